#!/bin/sh
# `make image`: builds the container image with docker, podman or buildah, the first that works here.
#   IMAGE=gpuslice:0.1.0   the image's name  BASE_IMAGE=debian:bookworm-slim   the image in which it is compiled
#   ARCH=amd64             or arm64          SNAPSHOT=20261101T000000Z         uses Debian's packages of that time
#   IMAGE_TOOL=buildah     the tool to use
set -eu
cd "$(dirname "$0")/.."
version=$1

works() {
  case $1 in
  docker | podman) "$1" info >/dev/null 2>&1 ;; # fails without a daemon or runtime, which a build needs
  *) command -v "$1" >/dev/null 2>&1 ;;
  esac
}

tool=${IMAGE_TOOL:-}
for candidate in docker podman buildah; do
  [ -n "$tool" ] || ! works "$candidate" || tool=$candidate
done
[ -n "$tool" ] || {
  echo "image: none of docker (with its daemon), podman, buildah works here; on Debian: apt-get install buildah" >&2
  exit 1
}

image=${IMAGE:-gpuslice:$version}
own=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
arch=${ARCH:-$own}
commit=${COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)}
[ -z "$(git status --porcelain 2>/dev/null)" ] || commit=$commit-dirty
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
created=$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)

set -- --platform "linux/$arch" --tag "$image" --build-arg "VERSION=$version" --build-arg "COMMIT=$commit" \
  --build-arg "CREATED=$created" --build-arg "SOURCE_DATE_EPOCH=$epoch" --build-arg "SNAPSHOT=${SNAPSHOT:-}"
[ -z "${BASE_IMAGE:-}" ] || set -- "$@" --build-arg "BASE_IMAGE=$BASE_IMAGE"
case $tool in
docker) set -- "$@" --provenance=false ;; # an attestation would contain the time of the build
*)
  # Without BUILDPLATFORM, Buildah 1.28 runs the build stage on the image's platform.
  set -- "$@" --timestamp "$epoch" --build-arg "BUILDPLATFORM=linux/$own" --build-arg "TARGETARCH=$arch"
  ;;
esac
echo "image: $image for $arch from commit $commit, by $tool"
"$tool" build "$@" .
