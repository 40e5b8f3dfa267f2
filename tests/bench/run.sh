#!/bin/sh
# `make bench`: times the engine alone and the MIG geometry alone, then compares the requests/s of serve with those of
# tests/bench/canned.c, loading both in turn. The ratio is what counts. Writes bench.json into the build folder.
#   tests/bench/run.sh build/gcc
# Environment variables, with their defaults: BENCH_SECONDS=5 for each turn, BENCH_TURNS=3 for each server,
# BENCH_CONNECTIONS=16.
set -eu
cd "$(dirname "$0")/../.."
build=$1
seconds=${BENCH_SECONDS:-5}
turns=${BENCH_TURNS:-3}
connections=${BENCH_CONNECTIONS:-16}
work=$(mktemp -d)
serve="" canned=""
cleanup() {
  trap - EXIT INT TERM
  for pid in $serve $canned; do kill -TERM "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

await() { # file, pid
  tries=0
  until [ -s "$1" ]; do
    tries=$((tries + 1))
    if ! kill -0 "$2" 2>/dev/null || [ "$tries" -gt 200 ]; then
      echo "bench: a server did not start" >&2
      exit 1
    fi
    sleep 0.05
  done
}
cpu_ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
peak_kib() { awk '/VmHWM/ {print $2}' "/proc/$1/status"; }

for size in small usual; do
  case $size in
  small) review=tests/golden/real-timeslice-pod/review.json ;;
  usual) review=tests/golden/real-deployment-vllm/review.json ;;
  esac
  "$build/tests/bench/engine" policies docs/examples/namespaces.yaml "$review"
done
"$build/tests/bench/fit"
echo

"$build/gpuslice" certs issue --host 127.0.0.1 --out "$work" >/dev/null
"$build/gpuslice" serve --policies policies --namespaces docs/examples/namespaces.yaml --listen 127.0.0.1:0 \
  --health-listen 127.0.0.1:0 --tls-cert "$work/tls.crt" --tls-key "$work/tls.key" --ready-file "$work/ready" \
  --drain-delay 0 2>/dev/null &
serve=$!
"$build/tests/bench/canned" >"$work/canned" 2>/dev/null &
canned=$!
await "$work/ready" $serve
await "$work/canned" $canned
serve_url=$(sed -n 1p "$work/ready")
canned_url="https://127.0.0.1:$(grep -o '[0-9]*$' "$work/canned" | head -n 1)"

load() { # name, url, pid: adds the line "requests microseconds bad p50 p99 ticks" to $work/$size.NAME
  before=$(cpu_ticks "$3")
  result=$(BODY="$review" wrk -t1 -c"$connections" -d"${seconds}s" --latency -s tests/bench/post.lua "$2/mutate" | sed -n 's/^RESULT //p')
  echo "$result $(($(cpu_ticks "$3") - before))" >>"$work/$size.$1"
}
for size in small usual; do
  case $size in
  small) review=tests/golden/real-timeslice-pod/review.json ;;
  usual) review=tests/golden/real-deployment-vllm/review.json ;;
  esac
  turn=0
  while [ "$turn" -lt "$turns" ]; do
    load canned "$canned_url" $canned
    load serve "$serve_url" $serve
    turn=$((turn + 1))
  done
done

ticks_per_second=$(getconf CLK_TCK)
summary() { # size, name: requests/s, p50 us, p99 us and CPU us per request of the median turn; errors of all turns
  sort -n "$work/$1.$2" | awk -v tps="$ticks_per_second" '
    { rate[NR] = $1 * 1e6 / $2; p50[NR] = $4; p99[NR] = $5; cpu[NR] = $6 / tps * 1e6 / $1; bad += $3 }
    END { m = int((NR + 1) / 2); printf "%.0f %.0f %.0f %.1f %d", rate[m], p50[m], p99[m], cpu[m], bad }'
}
printf '%-7s %-8s %12s %9s %9s %12s %10s %6s\n' review server requests/s "p50 us" "p99 us" "CPU us/req" "peak KiB" errors
json=""
for size in small usual; do
  for name in canned serve; do
    pid=$canned
    [ "$name" = canned ] || pid=$serve
    # shellcheck disable=SC2046
    set -- $(summary "$size" "$name")
    peak=$(peak_kib "$pid")
    printf '%-7s %-8s %12s %9s %9s %12s %10s %6s\n' "$size" "$name" "$1" "$2" "$3" "$4" "$peak" "$5"
    json="$json{\"review\":\"$size\",\"server\":\"$name\",\"requestsPerSecond\":$1,\"p50Microseconds\":$2,\"p99Microseconds\":$3,\"cpuMicroseconds\":$4,\"peakKiB\":$peak,\"errors\":$5},"
    eval "rate_${size}_$name=$1"
  done
done
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
# shellcheck disable=SC2154
echo "ratio serve/canned: small $(ratio "$rate_small_serve" "$rate_small_canned"), usual $(ratio "$rate_usual_serve" "$rate_usual_canned")"
printf '{"results":[%s],"ratio":{"small":%s,"usual":%s}}\n' "${json%,}" "$(ratio "$rate_small_serve" "$rate_small_canned")" \
  "$(ratio "$rate_usual_serve" "$rate_usual_canned")" >"$build/bench.json"
