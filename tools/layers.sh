#!/bin/sh
# Checks that includes point one way: a folder may include itself and the folders in its row. Each of these must have an
# earlier row, so that no circle can arise. ARCHITECTURE.md has a diagram.
set -eu
cd "$(dirname "$0")/.."

rows() {
  cat <<'END'
base:
json: base
core: base json
nvidia: base core
gpu: base json core nvidia
karpenter: base json core nvidia gpu
pod: base json core nvidia gpu
workload: base json core nvidia
manifest: base json
policy: base json core nvidia gpu karpenter manifest
admission/model: base json core nvidia gpu pod policy
admission/steps: base json core nvidia gpu pod policy admission/model
admission/edits: base json core nvidia gpu pod policy admission/model
admission: base json core nvidia gpu pod workload policy admission/model admission/steps admission/edits
kube: base json core policy
certs: base
serve: base certs
service: base json core gpu policy admission kube certs serve
offline: base json core gpu pod workload manifest policy admission/model admission
migrate/report: base json core
migrate/input: base json nvidia karpenter manifest migrate/report
migrate: base json core nvidia gpu karpenter manifest migrate/report migrate/input
render: base json core nvidia gpu karpenter policy
lint/rules: base
lint/model: base json core nvidia gpu karpenter pod workload manifest policy admission/model admission lint/rules
lint/check: base json core nvidia gpu karpenter pod workload manifest policy admission/model admission lint/rules lint/model
lint: base json core nvidia gpu karpenter pod workload manifest policy admission/model admission lint/rules lint/model lint/check
cmd: base json core gpu pod workload manifest policy admission/model admission kube certs serve service offline migrate render lint/rules lint/model lint/check lint
cmd/gpu: base json core gpu pod policy cmd
cmd/certs: base json kube certs serve service cmd
END
}

bad=0
say() {
  echo "$1" >&2
  bad=$((bad + 1))
}

above=" "
while IFS=: read -r folder may; do
  for target in $may; do
    case $above in
    *" $target "*) ;;
    *) say "tools/layers.sh: the row of $folder/ names $target/, which has no row above it" ;;
    esac
  done
  above="$above$folder "
done <<END
$(rows)
END

for file in webhook/*/*.[ch] webhook/*/*/*.[ch] certs/*.[ch]; do
  [ -e "$file" ] || continue
  folder=$(dirname "${file#webhook/}")
  row=$(rows | sed -n "s|^$folder:||p")
  case $above in
  *" $folder "*) ;;
  *) say "$file: $folder/ has no row in tools/layers.sh" ;;
  esac
  for target in $(sed -n 's|^#include "\([a-z/_]*\)/[a-z_0-9]*\.h".*|\1|p' "$file" | sort -u); do
    case " $row $folder " in
    *" $target "*) ;;
    *) say "$file: $folder/ may not include $target/ (it may include:$row)" ;;
    esac
  done
done
[ "$bad" = 0 ] || exit 1
echo "layers: every include points downwards"
