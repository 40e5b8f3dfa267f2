#!/bin/sh
# Tests `make install` and `make uninstall`. The installed program finds the installed policies wherever it is started,
# but policies that the user names, and ./policies, come first. The last line: N passed, M failed.
set -eu
cd "$(dirname "$0")/.."
unset GPUSLICE_POLICIES
work=$(realpath "$(mktemp -d)")
trap 'rm -rf "$work"' EXIT
prefix=$work/root/opt/gpu
gpuslice=$prefix/bin/gpuslice
passed=0
failed=0

expect() { # name, text, what the text must contain
  case $2 in
  *"$3"*) passed=$((passed + 1)) ;;
  *)
    failed=$((failed + 1))
    printf 'FAIL %s\n  got:      %s\n  expected: %s\n' "$1" "$2" "$3"
    ;;
  esac
}

# Writes a policy set with one class, named after the folder.
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
expect "install prints where the program is" "$(install install)" "installed $gpuslice"
expect "install prints where the policies are" "$(install install)" "installed $prefix/share/gpuslice/policies"
expect "the installed policies are those of the repository" "$(diff -r policies "$prefix/share/gpuslice/policies" && echo same)" same
expect "the program finds the installed policies" "$(classes)" a100-1g5gb
expect "the program finds them if a link starts it" "$(ln -s "$gpuslice" "$work/link" && cd "$work/elsewhere" && "$work/link" classes)" a100-1g5gb
write_set "$work/elsewhere/policies"
expect "./policies comes before the installed ones" "$(classes)" policies-class
write_set "$work/environment"
expect "\$GPUSLICE_POLICIES comes before ./policies" "$(GPUSLICE_POLICIES=$work/environment classes)" environment-class
write_set "$work/option"
expect "-p comes before all others" "$(GPUSLICE_POLICIES=$work/environment classes -p "$work/option")" option-class
rm -r "$work/elsewhere/policies" "$prefix/share"
none="gpuslice: no policies found: neither ./policies nor $prefix/share/gpuslice/policies exists; name their folder with -p DIR or in \$GPUSLICE_POLICIES"
expect "without policies, the error names all places" "$(classes)" "$none"
expect "serve prints the same error" "$(cd "$work/elsewhere" && "$gpuslice" serve 2>&1 || echo "[$?]")" "$none
[2]"
expect "--help needs no policies" "$(cd "$work/elsewhere" && "$gpuslice" classes --help && echo "[$?]")" "[0]"
install uninstall >"$work/output"
expect "uninstall prints what it removes" "$(cat "$work/output")" "removed $gpuslice"
expect "uninstall leaves no file" "$(find "$work/root" -type f | wc -l)" 0
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
