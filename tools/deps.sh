#!/bin/sh
# Installs the packages that are missing to build, run or test gpuslice on Debian and Ubuntu. Elsewhere, or with
# NO_INSTALL=1, prints what is needed if something is missing, and fails. Never installs Go, but fails if e2e lacks it.
#   tools/deps.sh build|run|test|bench|chart|e2e|ci
#   tools/deps.sh packages        prints the Debian packages to build with
set -eu

purpose=${1:-build}
modules="libmicrohttpd gnutls libcrypto libcjson jansson yaml-0.1 libcurl"
programs="gcc make pkg-config"
debian="gcc libc6-dev make pkg-config libmicrohttpd-dev libgnutls28-dev libssl-dev libcjson-dev libjansson-dev libyaml-dev libcurl4-openssl-dev"
case $purpose in
build) ;;
packages)
  echo "$debian"
  exit 0
  ;;
run)
  programs="$programs curl"
  debian="$debian curl"
  ;;
test)
  modules="$modules cmocka"
  debian="$debian libcmocka-dev"
  ;;
bench)
  programs="$programs wrk"
  debian="$debian wrk"
  ;;
chart)
  programs="$programs promtool"
  debian="$debian prometheus"
  ;;
e2e)
  # Go is not installed here, because Debian's is too old for Kubernetes.
  if ! found=$(cd "$(dirname "$0")/../tests/e2e/controlplane/crds" && go env GOVERSION 2>&1) ||
    [ "$(printf 'go1.26.6\n%s\n' "$found" | sort -V | head -n 1)" != go1.26.6 ]; then
    cat >&2 <<EOF
gpuslice: the end-to-end tests build a Kubernetes control plane, which needs Go 1.26.6 or newer (found: $found).
Install it from https://go.dev/dl/ (unpack it into /usr/local, then PATH=/usr/local/go/bin:\$PATH), or let any Go since
1.21 download it (GOTOOLCHAIN=auto). Then repeat the command.
EOF
    exit 1
  fi
  ;;
ci)
  modules="$modules cmocka"
  programs="$programs clang clang-format perl curl wrk promtool"
  debian="$debian libcmocka-dev clang libclang-rt-14-dev clang-format perl curl wrk prometheus"
  ;;
*)
  echo "usage: tools/deps.sh build|run|test|bench|chart|e2e|ci|packages" >&2
  exit 2
  ;;
esac

missing=""
for program in $programs; do
  command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
done
if command -v pkg-config >/dev/null 2>&1; then
  for module in $modules; do
    pkg-config --exists "$module" || missing="$missing $module"
  done
fi
[ -n "$missing" ] || exit 0

if command -v apt-get >/dev/null 2>&1 && [ -z "${NO_INSTALL:-}" ]; then
  if [ "$(id -u)" = 0 ]; then
    as_root=""
  elif command -v sudo >/dev/null 2>&1; then
    as_root="sudo"
  else
    echo "gpuslice: missing:$missing; run as root: apt-get install $debian" >&2
    exit 1
  fi
  echo "gpuslice: missing for $purpose:$missing; installing packages"
  # The first attempt is quiet, because it fails on a fresh machine, which has no package lists yet.
  # shellcheck disable=SC2086
  $as_root env DEBIAN_FRONTEND=noninteractive sh -c "
    apt-get install -y -qq --no-install-recommends $debian >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends $debian >/dev/null; }"
  exit 0
fi

cat >&2 <<EOF
gpuslice: missing:$missing
Install the packages for $purpose, then repeat the command:
  Debian, Ubuntu  apt-get install $debian
  Fedora          dnf install gcc make pkgconf curl libmicrohttpd-devel gnutls-devel openssl-devel cjson-devel jansson-devel libyaml-devel libcurl-devel libcmocka-devel
  Alpine          apk add gcc musl-dev argp-standalone make pkgconf curl libmicrohttpd-dev gnutls-dev openssl-dev cjson-dev jansson-dev yaml-dev curl-dev cmocka-dev
  Homebrew        brew install pkg-config argp-standalone libmicrohttpd gnutls openssl@3 cjson jansson libyaml curl cmocka
EOF
exit 1
