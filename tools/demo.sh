#!/bin/sh
# `make demo`: prints how two sample pods are rewritten.
set -eu
bin=$1
diff() { "$bin" mutate -o diff --policies policies --namespaces docs/examples/namespaces.yaml "$1"; }

echo "Time-slicing: the pod asks for a GPU and gets one of three shares of a T4. The resource is still called nvidia.com/gpu;"
echo "affinity and tolerations place the pod on the pool whose GPUs are shared."
echo
diff docs/examples/timeslice-pod.yaml
echo "MIG: the class of the namespace is a100-1g5gb. nvidia.com/gpu becomes nvidia.com/mig-1g.5gb. The affinity and"
echo "toleration of the pod itself are kept."
echo
diff docs/examples/mig-pod.yaml
echo
echo "Next: \`make install\`, then \`gpuslice explain --namespaces docs/examples/namespaces.yaml docs/examples/mig-pod.yaml\`"
echo "shows which rule of which file decided what. README.md has more to try."
