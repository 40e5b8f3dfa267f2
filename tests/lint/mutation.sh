#!/bin/sh
# Renders a folder of policies, and tests lint on mutations of the result (tests/lint/mutation.c).
#   tests/lint/mutation.sh build/gcc [POLICIES [-v] [RULE-TO-DISABLE...]]      POLICIES defaults to policies/
set -eu
cd "$(dirname "$0")/../.."
build=$1
policies=${2:-policies}
shift
[ $# = 0 ] || shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/rendered" "$work/scratch"
"$build/gpuslice" render --policies "$policies" --cluster demo -d "$work/rendered" >/dev/null
"$build/tests/lint/mutation" "$policies" "$work/rendered" "$work/scratch" "$@"
