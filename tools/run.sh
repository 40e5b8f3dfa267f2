#!/bin/sh
# `make run`: serves the shipped policies on loopback until Ctrl-C, with its own certificates and sample namespaces.
set -eu
bin=$1
work=$(mktemp -d)
server=""
cleanup() {
  trap - EXIT INT TERM
  [ -z "$server" ] || { kill -TERM "$server" 2>/dev/null && wait "$server" || true; }
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 0' INT TERM

"$bin" serve --policies policies --namespaces docs/examples/namespaces.yaml --listen 127.0.0.1:0 \
  --health-listen 127.0.0.1:0 --ca-out "$work/ca.crt" --ready-file "$work/ready" --drain-delay 0 &
server=$!
tries=0
until [ -s "$work/ready" ]; do
  tries=$((tries + 1))
  kill -0 "$server" 2>/dev/null || { server=""; echo "gpuslice: serve ended before it was ready" >&2; exit 1; }
  [ "$tries" -lt 200 ] || { echo "gpuslice: serve was not ready within 10 s" >&2; exit 1; }
  sleep 0.05
done
url=$(sed -n 1p "$work/ready")
health=$(sed -n 2p "$work/ready")

cat <<EOF

gpuslice answers at $url/mutate and $url/advise. Its health is at $health/readyz?verbose

The slice classes in policies/:

$("$bin" classes --policies policies)

To see what happens to a pod of namespace ml-team in docs/examples/namespaces.yaml, as a diff and without the server:

  $bin mutate -o diff --namespaces docs/examples/namespaces.yaml docs/examples/timeslice-pod.yaml

To send a recorded request of an API server to the webhook, whose answer contains the patch in base64:

  curl --cacert $work/ca.crt -H 'Content-Type: application/json' \\
    --data-binary @tests/golden/real-timeslice-pod/review.json $url/mutate

Edit a file in policies/, and it is reloaded within a second. Ctrl-C stops the server.

EOF
wait "$server"
