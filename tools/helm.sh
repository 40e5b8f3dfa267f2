#!/bin/sh
# Prints the path of build/tools/helm. Builds it first if it is missing or older than
# tests/e2e/controlplane/helm/go.mod or go.sum, which fix its version. Writes the program only to build/.
set -eu
cd "$(dirname "$0")/.."
module=tests/e2e/controlplane/helm
helm=build/tools/helm
if [ ! -x "$helm" ] || [ "$module/go.mod" -nt "$helm" ] || [ "$module/go.sum" -nt "$helm" ]; then
  command -v go >/dev/null 2>&1 || { echo "gpuslice: building helm needs Go, which is not installed: https://go.dev/doc/install" >&2; exit 1; }
  mkdir -p "${helm%/*}"
  version=$(cd "$module" && go list -m -f '{{.Version}}' helm.sh/helm/v4)
  echo "gpuslice: building helm $version" >&2
  (cd "$module" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X helm.sh/helm/v4/internal/version.version=$version" \
    -o "$OLDPWD/$helm.new" helm.sh/helm/v4/cmd/helm)
  mv "$helm.new" "$helm"
fi
echo "$PWD/$helm"
