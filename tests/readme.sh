#!/bin/sh
# Runs the code blocks of README.md, each in a shell of its own, as a reader pastes them.
#   tests/readme.sh                  those that need no cluster; ends with one line: N passed, M failed
#   tests/readme.sh cluster N DIR    the Nth of those that need one, in a folder; exits with 3 if there are fewer
#                                    ($KUBECONFIG names the cluster, $PATH has gpuslice, helm and kubectl)
#
# The line before a block, an HTML comment that readers do not see, says what to do with it:
#   run in the checkout              in the repository, with an empty home folder
#   run in a folder                  in one folder, empty at first, after `make install`
#   run in a cluster [, fails]       by tests/e2e/readme
#   printed by the block before      each line is printed there (text: but for where lines are broken)
#   not run: REASON
set -eu
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/home" "$work/folder" "$work/blocks"
passed=0
failed=0

# Writes each block into a file of blocks/: its number, language and line, and its mark; what is between.
awk -v out="$work/blocks" '
  /^```/ && file { close(file); file = ""; mark = ""; next }
  /^```/ {
    file = sprintf("%s/%02d", out, ++n)
    print mark > (file ".mark"); close(file ".mark")
    print "README.md:" NR > (file ".place"); close(file ".place")
    print substr($0, 4) > (file ".language"); close(file ".language")
    printf "" > file
    next
  }
  file { print > file; next }
  { mark = $0 }
' README.md

# A fresh shell: nothing of the caller but its compiler and what finds programs. Output is in $work/output.
paste() { # file, folder
  status=0
  (cd "$2" && env -i HOME="$work/home" PATH="$work/home/.local/bin:$PATH" ${KUBECONFIG:+KUBECONFIG="$KUBECONFIG"} \
    ${CC:+CC="$CC"} ${SANITIZER:+SANITIZER="$SANITIZER"} NO_INSTALL=1 LC_ALL=C.UTF-8 sh -eu "$1") >"$work/output" 2>&1 || status=$?
  return $status
}

say() { # block, what is wrong
  failed=$((failed + 1))
  echo "FAIL $(cat "$1.place"): $2"
  sed 's/^/  /' "$work/output" 2>/dev/null || true
}

# Lines of a diff are printed as they are; a text is one, broken where it suited.
was_printed() { # block
  case $(cat "$1.language") in
  text) tr -s '[:space:]' ' ' <"$work/output" | grep -qF "$(tr -s '[:space:]' ' ' <"$1" | sed 's/ $//')" ;;
  *) [ -z "$(grep -vxF -f "$work/output" "$1")" ] ;;
  esac
}

run() { # block, folder
  if paste "$1" "$2"; then passed=$((passed + 1)); else say "$1" "exit status $?"; fi
}

check_printed() { # block
  if was_printed "$1"; then passed=$((passed + 1)); else say "$1" "the block before printed something else"; fi
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
    *) say "$block" "this block is neither run nor marked \`not run: REASON\`" ;;
    esac
    cluster=""
  done
}

# The block of that number, and what it printed.
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
      if paste "$block" "$2"; then say "$block" "it did not fail"; else passed=$((passed + 1)); fi
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
