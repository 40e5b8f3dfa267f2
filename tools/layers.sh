#!/bin/sh
# Checks that includes point one way: a folder may include itself and those that its line names. ARCHITECTURE.md draws the picture.
set -eu
cd "$(dirname "$0")/.."

allowed() { # the folders that a folder may include
  case $1 in
  base) echo "base" ;;
  json) echo "base json" ;;
  gpu) echo "base json gpu" ;;
  core) echo "base json core" ;;
  pod) echo "base json core gpu pod" ;;
  policy) echo "base json core gpu policy" ;;
  admission) echo "base json core gpu pod policy admission" ;;
  migrate) echo "base json core gpu migrate" ;;
  lint) echo "base json core gpu pod policy admission lint" ;;
  kube) echo "base json core policy kube" ;;
  render) echo "base json core gpu policy render" ;;
  certs) echo "base certs" ;;
  serve) echo "base certs serve" ;;
  cmd) echo "base json core gpu pod policy admission migrate lint kube certs serve render cmd" ;;
  *) echo "" ;;
  esac
}

bad=0
for file in webhook/*/*.[ch] certs/*.[ch]; do
  [ -e "$file" ] || continue
  folder=$(basename "$(dirname "$file")")
  may=" $(allowed "$folder") "
  for target in $(sed -n 's/^#include "\([a-z]*\)\/.*/\1/p' "$file" | sort -u); do
    case $may in
    *" $target "*) ;;
    *)
      echo "$file: $folder/ may not include $target/ (it may include:$may)" >&2
      bad=$((bad + 1))
      ;;
    esac
  done
done
[ "$bad" = 0 ] || exit 1
echo "layers: every include points downwards"
