#!/bin/sh
# Fails if a C file is not as clang-format 14 would write it (another version formats otherwise: then nothing is said). .clang-format is the rule.
set -eu
if ! command -v clang-format >/dev/null 2>&1 || ! clang-format --version | grep -q 'version 14\.'; then
  echo "format: not checked, clang-format 14 is not installed"
  exit 0
fi
clang-format --dry-run --Werror "$@"
echo "format: every C file is as .clang-format says"
