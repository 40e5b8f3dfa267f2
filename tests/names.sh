#!/bin/sh
# Tests tools/names.pl with one line of C at a time, in a folder with the three names.h and one more file.
set -eu
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
for header in core/names.h karpenter/names.h nvidia/names.h; do
  mkdir -p "$copy/webhook/${header%/*}" "$copy/webhook/policy" "$copy/webhook/lint/check"
  cp "webhook/$header" "$copy/webhook/$header"
done
passed=0
failed=0

check() { # "refused" or "taken", file, line
  printf '%s\n' "$3" >"$copy/webhook/$2"
  status=taken
  output=$(tools/names.pl "$copy" 2>&1) || status=refused
  rm "$copy/webhook/$2"
  if [ "$status" = "$1" ] && { [ "$1" = taken ] || [ "${output#*webhook/"$2":1:}" != "$output" ]; }; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "$2: $3: $status, must be $1: $output"
  fi
}

check taken policy/a.c 'return LABEL_INJECT;'
check refused policy/a.c 'return "gpuslice.dev/inject";'
check refused lint/check/a.c 'return "gpuslice.dev/inject";'
check refused karpenter/a.c 'return "gpuslice.dev/inject";'
check taken karpenter/a.c 'return "karpenter.sh/nodepool";'
check refused policy/a.h '#define POOL "karpenter.sh/nodepool"'
check refused policy/a.c 'f("a", "karpenter.k8s.aws");'
check refused policy/a.c 'return "node.kubernetes.io/instance-type";'
check refused policy/a.c 'return "NodePool";'
check refused policy/a.c 'return "SlicePool";'
check taken policy/a.c 'return "NodePool %s";'
check refused policy/a.c 'return "nvidia.com/gpu";'
check refused policy/a.c 'return "requests.nvidia.com/gpu";'
check taken nvidia/a.c 'return "nvidia.com/gpu";'
check refused policy/a.c 'return "NVIDIA_VISIBLE_DEVICES";'
check taken policy/a.c '/* "nvidia.com/gpu" */ return GPU_RESOURCE_WHOLE; // "nvidia.com/gpu"'
check refused policy/a.c '/* a */ return "/*nvidia.com/gpu"; /* b */'
check refused policy/a.c "return \"e.name == 'NVIDIA_VISIBLE_DEVICES' && e\";"
check refused policy/a.c 'return "{\"a\": \"nvidia.com/gpu\"}";'
check taken policy/a.c 'return "the resource nvidia.com/gpu, in a sentence";'
check taken policy/a.c 'return "the label gpuslice.dev/inject, and karpenter.k8s.aws/instance-gpu-name.";'
check refused policy/a.c 'return "the label gpuslice.dev/injekt";'
check refused policy/a.c 'return "the label karpenter.k8s.aws/instance-gpu-nam";'
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
