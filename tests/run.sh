#!/bin/sh
# Runs the tests that were built in a folder; without "unit" or "server", also those of policies, scripts and documents.
# Adds up their results. The last line: N passed, M failed.
#   tests/run.sh build/gcc [unit|server]
set -eu
cd "$(dirname "$0")/.."
build=$1
only=${2:-}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export GPUSLICE_BIN="$build/gpuslice"
export ASAN_OPTIONS="detect_leaks=1:detect_stack_use_after_return=1:abort_on_error=1"
export UBSAN_OPTIONS="print_stacktrace=1"
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1"
export G_SLICE=always-malloc LC_ALL=C
passed=0
failed=0

# A cmocka program prints "[  PASSED  ] N test(s)." and "[  FAILED  ] N test(s)"; others end with "N passed, M failed".
count() { # name, exit status
  own_passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p; s/^\([0-9]*\) passed, [0-9]* failed$/\1/p' "$log" | tail -n 1)
  own_failed=$(sed -n 's/^\[  FAILED  \] .*: \([0-9]*\) test.*/\1/p; s/^\[  FAILED  \] \([0-9]*\) test.*/\1/p; s/^[0-9]* passed, \([0-9]*\) failed$/\1/p' "$log" | tail -n 1)
  own_passed=${own_passed:-0}
  own_failed=${own_failed:-0}
  [ "$2" = 0 ] || [ "$own_failed" -gt 0 ] || own_failed=1
  [ "$2" != 0 ] || [ "$own_passed" -gt 0 ] || { own_failed=1; echo "$1: ran no test" >>"$log"; }
  passed=$((passed + own_passed))
  failed=$((failed + own_failed))
  if [ "$own_failed" -gt 0 ]; then
    echo "FAIL $1"
    sed 's/^/     /' "$log"
  else
    echo "ok   $1: $own_passed"
    sed -n 's/^SKIPPED: /     skipped: /p' "$log"
  fi
}

run() { # name, command...
  name=$1
  shift
  status=0
  "$@" >"$log" 2>&1 || status=$?
  count "$name" "$status"
}

for folder in unit server; do
  [ -z "$only" ] || [ "$only" = "$folder" ] || continue
  for source in tests/"$folder"/test_*.c tests/"$folder"/*/test_*.c; do
    [ -e "$source" ] || continue
    name=${source#tests/}
    name=${name%.c}
    run "$name" timeout 300 "$build/tests/$name"
  done
done
if [ -z "$only" ]; then
  run "policies (gpuslice test)" "$build/gpuslice" test --policies policies
  run "cases (gpuslice test)" "$build/gpuslice" test --policies policies tests/cases
  run "every field (gpuslice test)" "$build/gpuslice" test --policies tests/render/every-field/policies
  run "names (tools/names.pl)" tests/names.sh
  run "make install" tests/install.sh
  run "README.md" tests/readme.sh
  run "docs/from-the-guide.md" env PAGE=docs/from-the-guide.md GPUSLICE_BIN="$build/gpuslice" tests/readme.sh
  run "links (tests/links.pl)" tests/links.pl
  case ${build##*/} in
  *-*) ;; # a build with a sanitizer: the test would compile all of it again, without
  *) run "CONTRIBUTING.md" tests/contributing.sh "$build" ;;
  esac
fi
echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
