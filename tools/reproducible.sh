#!/bin/sh
# `make reproducible`: builds a copy of the sources in a folder with a longer path, and compares the resulting program
# with the one that was built here. CC and COMMIT are those of the build here.
set -eu
cd "$(dirname "$0")/.."
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
copy=$folder/another/folder/with-a-longer-path
mkdir -p "$copy"
tar -cf - --exclude=./build --exclude=./.git . | tar -xf - -C "$copy"
${MAKE:-make} --no-print-directory -s -C "$copy" -j"$(nproc)" CC="$CC" COMMIT="$COMMIT" all >"$folder/log" 2>&1 || {
  cat "$folder/log"
  exit 1
}
if cmp "$program" "$copy/$program"; then
  echo "reproducible: $program is the same from another folder"
else
  echo "reproducible: $program depends on the folder's path, or on something else besides the sources" >&2
  strings -a "$copy/$program" | grep -F "$folder" | sort -u | head -n 5 >&2 || true
  exit 1
fi
