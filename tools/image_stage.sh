#!/bin/sh
# Does the work of the Dockerfile's build stage, on a Debian image. TARGETARCH (amd64, arm64) is the architecture to build
# for. If that is not the build stage's own, Debian's cross compiler and that architecture's libraries are used.
#   tools/image_stage.sh packages   installs packages; SNAPSHOT=20261101T000000Z: those of that time (snapshot.debian.org)
#   tools/image_stage.sh root DIR   makes the image's files in DIR; uses COMMIT and SOURCE_DATE_EPOCH
set -eu
cd "$(dirname "$0")/.."

own=$(dpkg --print-architecture)
target=${TARGETARCH:-$own}
case $target in
amd64) triplet=x86_64-linux-gnu ;;
arm64) triplet=aarch64-linux-gnu ;;
*)
  echo "image: architecture $target is not supported, only amd64 and arm64" >&2
  exit 2
  ;;
esac

pin_snapshot() {
  rm -f /etc/apt/sources.list.d/debian.sources
  {
    echo "deb [check-valid-until=no] http://snapshot.debian.org/archive/debian/$SNAPSHOT bookworm main"
    echo "deb [check-valid-until=no] http://snapshot.debian.org/archive/debian-security/$SNAPSHOT bookworm-security main"
  } >/etc/apt/sources.list
}

# Installs the packages that tools/deps.sh lists; for another architecture, its libraries and the cross compiler.
install_packages() {
  packages=""
  for package in $(tools/deps.sh packages); do
    case $package in
    gcc) packages="$packages gcc-$(echo "$triplet" | tr _ -)" ;;
    lib*) packages="$packages $package:$target" ;;
    *) packages="$packages $package" ;;
    esac
  done
  [ "$target" = "$own" ] || dpkg --add-architecture "$target"
  [ -z "${SNAPSHOT:-}" ] || pin_snapshot
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
}

# The commit is an argument, because there is no repository in the build stage.
compile() {
  PKG_CONFIG_LIBDIR="/usr/lib/$triplet/pkgconfig:/usr/share/pkgconfig" \
    make CC="$triplet-gcc" AR="$triplet-ar" BUILD=build/image COMMIT="${COMMIT:-unknown}" -j"$(nproc)"
}

needed() { # prints the libraries that a file needs
  "$triplet-readelf" -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

# Copies the libraries that $1 needs, and those that these need, into the folder that the loader searches first. Skips
# the loader, which libc needs too, because make_root copies it to a path of its own.
copy_libraries() {
  for library in $(needed "$1"); do
    [ "$library" != "$(basename "$loader")" ] || continue
    [ ! -e "$root/lib/$triplet/$library" ] || continue
    install -D -m 644 "/usr/lib/$triplet/$library" "$root/lib/$triplet/$library"
    copy_libraries "/usr/lib/$triplet/$library"
  done
}

# Copies libcurl with the libraries that it needs. It is loaded by name when a cluster is used
# (webhook/kube/curl_library.h), and so is in no file's list of needed libraries.
copy_loaded_library() {
  install -D -m 644 "/usr/lib/$triplet/$1" "$root/lib/$triplet/$1"
  copy_libraries "/usr/lib/$triplet/$1"
}

# Compares the copied libraries with those that ldd lists. Only for this machine's own architecture, because ldd runs
# the loader of the program.
check_libraries() {
  { ldd build/image/gpuslice "/usr/lib/$triplet/$1" && echo "$1 => loaded"; } | sed -n 's/^[[:space:]]*\([^ /]*\) => .*/\1/p' | grep -v '^linux-vdso' | sort -u >/tmp/named
  ls "$root/lib/$triplet" | sort >/tmp/copied
  diff /tmp/named /tmp/copied || {
    echo "image: the copied libraries differ from those that ldd lists" >&2
    exit 1
  }
}

# Copies the licences of the packages. Writes what dpkg knows about each package to the folder where scanners look for
# it in images without dpkg.
copy_package_facts() {
  for file in "$root/lib/$triplet"/*; do
    dpkg -S "*/$triplet/$(basename "$file")" | sed 's/: .*//'
  done | sort -u | while read -r package; do
    name=${package%%:*}
    install -D -m 644 "/usr/share/doc/$name/copyright" "$root/usr/share/doc/$name/copyright"
    mkdir -p "$root/var/lib/dpkg/status.d"
    dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$name"
  done
}

make_root() {
  root=$1
  compile
  mkdir -p "$root/usr/local/bin" "$root/etc"
  "$triplet-strip" -o "$root/usr/local/bin/gpuslice" build/image/gpuslice
  loader=$("$triplet-readelf" -l build/image/gpuslice | sed -n 's/.*program interpreter: \(.*\)\]/\1/p')
  loaded=$(sed -n 's/^#define CURL_LIBRARY "\([^"]*\)".*/\1/p' webhook/kube/curl_library.h)
  copy_libraries build/image/gpuslice
  copy_loaded_library "$loaded"
  install -D -m 755 "/usr/lib/$triplet/$(basename "$loader")" "$root$loader"
  [ "$target" != "$own" ] || check_libraries "$loaded"
  copy_package_facts
  cp -r policies "$root/policies"
  install -D -m 644 LICENSE "$root/usr/share/doc/gpuslice/copyright"
  echo "hosts: files dns" >"$root/etc/nsswitch.conf"
  # Modes and times must not depend on where and when the image is built.
  find "$root" -type d -exec chmod 755 {} +
  find "$root/policies" "$root/etc" "$root/var" -type f -exec chmod 644 {} +
  find "$root" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
}

case ${1:-} in
packages) install_packages ;;
root) make_root "$2" ;;
*)
  echo "usage: tools/image_stage.sh packages | root DIR" >&2
  exit 2
  ;;
esac
