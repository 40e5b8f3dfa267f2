#!/bin/sh
# `make install` and `make uninstall`: the program that was installed finds the policies that came with it, wherever it
# is started; what the user names, and ./policies, come first. Ends with one line: N passed, M failed.
set -eu
cd "$(dirname "$0")/.."
unset GPUSLICE_POLICIES
work=$(realpath "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
prefix=$work/root/opt/gpu
gpuslice=$prefix/bin/gpuslice
passed=0
failed=0

expect() { # name, text, text that it must hold
  case $2 in
  *"$3"*) passed=$((passed + 1)) ;;
  *)
    failed=$((failed + 1))
    printf 'FAIL %s\n  got:      %s\n  expected: %s\n' "$1" "$2" "$3"
    ;;
  esac
}

# One class, by which a set is told from the shipped ones.
write_set() { # folder
  mkdir -p "$1"
  cat >"$1/set.yaml" <<EOF
apiVersion: gpuslice.dev/v1alpha1
kind: SlicePool
metadata: {name: p}
spec: {gpu: t4, sharing: {timeSlicing: {replicas: 2}}}
---
apiVersion: gpuslice.dev/v1alpha1
kind: SliceClass
metadata: {name: $(basename "$1")-class}
spec: {pools: [p]}
EOF
}

install() { make --no-print-directory "$@" DESTDIR="$work/root" PREFIX=/opt/gpu 2>&1; }
classes() { (cd "$work/elsewhere" && "$gpuslice" classes "$@" 2>&1) || true; }

mkdir "$work/elsewhere"
mkdir -p "$prefix/share/gpuslice/policies"
echo "not: ours" >"$prefix/share/gpuslice/policies/of-an-older-version.yaml"
expect "install says where the program is" "$(install install)" "installed $gpuslice"
expect "and where the policies are" "$(install install)" "installed $prefix/share/gpuslice/policies"
expect "policies are those of the repository" "$(diff -r policies "$prefix/share/gpuslice/policies" && echo same)" same
expect "the installed policies are found" "$(classes)" a100-1g5gb
expect "through a link, too" "$(ln -s "$gpuslice" "$work/link" && cd "$work/elsewhere" && "$work/link" classes)" a100-1g5gb
write_set "$work/elsewhere/policies"
expect "./policies comes first" "$(classes)" policies-class
write_set "$work/environment"
expect "\$GPUSLICE_POLICIES comes before it" "$(GPUSLICE_POLICIES=$work/environment classes)" environment-class
write_set "$work/option"
expect "and -p before all" "$(GPUSLICE_POLICIES=$work/environment classes -p "$work/option")" option-class
rm -r "$work/elsewhere/policies" "$prefix/share"
none="gpuslice: no policies found: neither ./policies nor $prefix/share/gpuslice/policies exists; name their folder with -p DIR or in \$GPUSLICE_POLICIES"
expect "none: it says where it looked" "$(classes)" "$none"
expect "serve says so, too" "$(cd "$work/elsewhere" && "$gpuslice" serve 2>&1 || echo "[$?]")" "$none
[2]"
expect "--help needs none" "$(cd "$work/elsewhere" && "$gpuslice" classes --help && echo "[$?]")" "[0]"
install uninstall >"$work/said"
expect "uninstall says what it removes" "$(cat "$work/said")" "removed $gpuslice"
expect "and leaves no file" "$(find "$work/root" -type f | wc -l)" 0
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
