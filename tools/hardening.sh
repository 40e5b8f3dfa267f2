#!/bin/sh
# Checks that linking kept the protections with which the program is compiled (OpenSSF compiler hardening guide).
#   tools/hardening.sh build/gcc
set -eu
cd "$(dirname "$0")/.."
program=$1/gpuslice
object=$1/webhook/cmd/main.o
bad=0

complain() {
  echo "hardening: $program $1" >&2
  bad=1
}

# "IBT, SHSTK" on x86, "BTI, PAC" on arm64, or nothing.
properties() {
  readelf -n "$1" 2>/dev/null | sed -n 's/.*\(x86\|AArch64\) feature: *//p' | grep -v needed | head -n 1
}

has() { # readelf's option, pattern
  readelf -W "$1" "$program" | grep -q "$2"
}

compiled=$(properties "$object")
linked=$(properties "$program")
case $compiled in
*IBT*) [ "$linked" = "$compiled" ] || complain "is compiled for $compiled, but has lost the note that turns it on" ;;
esac
has -h 'Type: *DYN' || complain "is not position-independent"
has -l 'GNU_RELRO' || complain "has no GNU_RELRO segment"
has -d 'BIND_NOW\|FLAGS_1.*NOW' || complain "does not bind its symbols at start"
has -l 'GNU_STACK .* RW ' || complain "has an executable stack"
[ "$bad" = 0 ] && echo "hardening: position-independent, read-only after relocation, no executable stack${linked:+, $linked}"
exit "$bad"
