#!/bin/sh
# Runs the end-to-end tests. Ends with one line: N passed, M failed.
#   tests/e2e/run.sh build/gcc/gpuslice [PACKAGE [TEST]]     for example: webhook TestQuota
set -eu
cd "$(dirname "$0")"
GPUSLICE_BIN=$(realpath "../../$1")
export GPUSLICE_BIN CGO_ENABLED=0
package=${2:-...}
only=${3:-.}
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "gofmt -w wants to change: $unformatted" >&2; exit 1; }
go vet ./...
mkdir -p ../../build/e2e
go build -o ../../build/e2e/summary ./summary
# One package at a time: each starts a control plane.
{ go test -json -count=1 -p 1 -timeout "${GPUSLICE_E2E_TIMEOUT:-25m}" -run "$only" "./$package" || true; } | tee ../../build/e2e/tests.json | ../../build/e2e/summary
