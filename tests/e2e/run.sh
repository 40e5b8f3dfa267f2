#!/bin/sh
# Runs the end-to-end tests. Ends with one line: N passed, M failed.
#   tests/e2e/run.sh build/gcc/gpuslice [PACKAGE [TEST]]     run.sh build/gcc/gpuslice webhook TestQuota
set -eu
cd "$(dirname "$0")"
GPUSLICE_BIN=$(realpath "../../$1")
export GPUSLICE_BIN CGO_ENABLED=0
package=${2:-...}
only=${3:-.}
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "gofmt -w wants to change: $unformatted" >&2; exit 1; }
go vet ./...
log=../../build/e2e/tests.json
mkdir -p ../../build/e2e
# One package at a time: each starts a control plane.
status=0
go test -json -count=1 -p 1 -timeout 25m -run "$only" "./$package" > "$log" || status=$?
go run ./summary "$log" || status=1
exit "$status"
