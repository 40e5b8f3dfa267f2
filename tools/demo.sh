#!/bin/sh
# `make demo`: what happens to the two pods of the guide that this project began with. Ends with 0.
set -eu
bin=$1
diff() { "$bin" mutate -o diff --policies policies --namespaces docs/examples/namespaces.yaml "$1"; }

echo "Time-slicing: the pod asks for a GPU by its limits alone. It gets one of three shares of a T4: the resource stays"
echo "nvidia.com/gpu, and affinity and tolerations lead to the pool whose GPUs are shared."
echo
diff docs/examples/timeslice-pod.yaml
echo "MIG: the namespace's class is a100-1g5gb. nvidia.com/gpu becomes nvidia.com/mig-1g.5gb, and the pod's own affinity"
echo "and toleration stay beside ours."
echo
diff docs/examples/mig-pod.yaml
