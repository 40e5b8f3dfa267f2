#!/bin/sh
# Runs the code blocks of README.md, or of another page ($PAGE), each in a shell of its own, as if a reader pasted them.
# The last line: N passed, M failed. A page other than README.md installs nothing: $GPUSLICE_BIN is the program.
#   tests/readme.sh                  runs the blocks that need no cluster
#   tests/readme.sh cluster N DIR    runs the Nth block that needs a cluster, in the folder DIR; exits with 3 if there is
#                                    none ($KUBECONFIG names the cluster, $PATH has gpuslice, helm and kubectl)
#
# The line before each block is one of these marks, as an HTML comment:
#   run in the checkout              is run in the repository, with an empty home folder
#   run in a folder                  is run in one folder, empty at first, after `make install`
#   run in a cluster [, fails]       is run by tests/e2e/readme, and with "fails" must fail
#   printed by the block before      the output of that block has each of these lines; a block of language "text" may
#                                    break lines elsewhere
#   not run: REASON
set -eu
cd "$(dirname "$0")/.."
root=$PWD
page=${PAGE:-README.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/home" "$work/folder" "$work/blocks"
if [ "$page" != README.md ]; then
  mkdir -p "$work/home/.local/bin"
  ln -s "$(realpath "$GPUSLICE_BIN")" "$work/home/.local/bin/gpuslice"
fi
passed=0
failed=0

# Writes the Nth block to blocks/N, and its mark, place and language to N.mark, N.place and N.language.
awk -v out="$work/blocks" -v page="$page" '
  /^```/ && file { close(file); file = ""; mark = ""; next }
  /^```/ {
    file = sprintf("%s/%02d", out, ++n)
    print mark > (file ".mark"); close(file ".mark")
    print page ":" NR > (file ".place"); close(file ".place")
    print substr($0, 4) > (file ".language"); close(file ".language")
    printf "" > file
    next
  }
  file { print > file; next }
  { mark = $0 }
' "$page"

# Runs a file in a fresh shell, with only the caller's PATH, KUBECONFIG, CC and SANITIZER. Writes $work/output.
paste() { # file, folder
  status=0
  (cd "$2" && env -i HOME="$work/home" PATH="$work/home/.local/bin:$PATH" ${KUBECONFIG:+KUBECONFIG="$KUBECONFIG"} \
    ${CC:+CC="$CC"} ${SANITIZER:+SANITIZER="$SANITIZER"} NO_INSTALL=1 LC_ALL=C.UTF-8 sh -eu "$1") >"$work/output" 2>&1 || status=$?
  return $status
}

fail() { # block, what is wrong
  failed=$((failed + 1))
  echo "FAIL $(cat "$1.place"): $2"
  sed 's/^/  /' "$work/output" 2>/dev/null || true
}

# Compares line by line; a block of language "text" as one string without regard to white space.
was_printed() { # block
  case $(cat "$1.language") in
  text) tr -s '[:space:]' ' ' <"$work/output" | grep -qF "$(tr -s '[:space:]' ' ' <"$1" | sed 's/ $//')" ;;
  *) [ -z "$(grep -vxF -f "$work/output" "$1")" ] ;;
  esac
}

run() { # block, folder
  if paste "$1" "$2"; then passed=$((passed + 1)); else fail "$1" "exit status $?"; fi
}

check_printed() { # block
  if was_printed "$1"; then passed=$((passed + 1)); else fail "$1" "the block before printed something else"; fi
}

run_local() {
  cluster=""
  for block in "$work"/blocks/[0-9][0-9]; do
    case $(cat "$block.mark") in
    "<!-- run in the checkout -->") run "$block" "$root" ;;
    "<!-- run in a folder -->") run "$block" "$work/folder" ;;
    "<!-- run in a cluster -->" | "<!-- run in a cluster, fails -->") cluster=yes && continue ;;
    "<!-- printed by the block before -->") [ -n "$cluster" ] || check_printed "$block" ;;
    "<!-- not run: "?*" -->") ;;
    *) fail "$block" "this block is neither run nor marked \`not run: REASON\`" ;;
    esac
    cluster=""
  done
}

# Runs the Nth block for a cluster, and compares what it prints with the "printed" blocks after it.
run_in_cluster() { # number, folder
  number=0
  here=""
  for block in "$work"/blocks/[0-9][0-9]; do
    mark=$(cat "$block.mark")
    case $mark in "<!-- run in a cluster"*) number=$((number + 1)) ;; esac
    [ "$number" = "$1" ] || continue
    case $mark in
    "<!-- run in a cluster -->") here=yes && run "$block" "$2" ;;
    "<!-- run in a cluster, fails -->")
      here=yes
      if paste "$block" "$2"; then fail "$block" "it did not fail"; else passed=$((passed + 1)); fi
      ;;
    "<!-- printed by the block before -->") [ -z "$here" ] || check_printed "$block" ;;
    *) here="" ;;
    esac
  done
  [ "$number" -ge "$1" ] || exit 3
}

case ${1:-} in
"") run_local ;;
cluster) run_in_cluster "$2" "$3" ;;
*) exit 2 ;;
esac
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
