#!/bin/sh
# `make chart`: lints and renders the chart with each of its ci/ values, then checks the result. Only the first run
# needs the network, for Go modules.
#   tests/chart/run.sh build/gcc/gpuslice      leaves the rendered files in build/chart
#   README_UPDATE=1                            rewrites the table of values in the chart's README
set -eu
cd "$(dirname "$0")/../.."
GPUSLICE=$PWD/$1
HELM=$(tools/helm.sh)
PROMTOOL=$(command -v promtool)
export GPUSLICE HELM PROMTOOL CGO_ENABLED=0
chart=charts/gpuslice
out=build/chart
rm -rf "$out"
mkdir -p "$out"
passed=0 failed=0
verdict() { # name, status
  if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)) && echo "FAIL $1"; fi
}
for values in "$chart"/ci/*.yaml; do
  name=$(basename "$values" -values.yaml)
  status=0
  "$HELM" lint --strict --quiet "$chart" --namespace gpuslice-system --values "$values" || status=1
  verdict "helm lint $values" $status
  status=0
  "$HELM" template gpuslice "$chart" --namespace gpuslice-system --values "$values" >"$out/$name.yaml" || status=1
  verdict "helm template $values" $status
done
status=0
(cd tests/chart && go test -trimpath -count=1 -v ./...) >"$out/test.log" 2>&1 || status=1
passed=$((passed + $(grep -c '^ *--- PASS' "$out/test.log" || true)))
failed=$((failed + $(grep -c '^ *--- FAIL' "$out/test.log" || true)))
[ $status = 0 ] || { grep -v -e '^ *--- PASS' -e '^=== ' "$out/test.log" || true; [ "$failed" -gt 0 ] || failed=1; }
echo "chart: $passed passed, $failed failed"
[ "$failed" = 0 ]
