package karpenter

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// NodePools that a cluster has in addition to the slice pools: one for pods without a GPU, and one for whole GPUs with
// the usual taint.
const (
	generalPool = `
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: general}
spec:
  disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: Never}
  template:
    spec:
      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: default}
      requirements: [{key: karpenter.k8s.aws/instance-gpu-name, operator: DoesNotExist}]
`
	ownGPUPool = `
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: own-gpus}
spec:
  disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: Never}
  template:
    spec:
      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: default}
      requirements: [{key: karpenter.k8s.aws/instance-gpu-name, operator: In, values: [t4]}]
      taints: [{key: nvidia.com/gpu, value: "true", effect: NoSchedule}]
`
)

// A pod asks for a GPU in a namespace that has not opted in. It tolerates the taint nvidia.com/gpu, as on EKS, and
// slices with that resource name are free, but it gets none.
func TestForeignPodStaysOffTheSlices(t *testing.T) {
	fresh(t)
	team, foreign := newTeam(t, ml, "t4-third"), newTeam(t, "", "")
	place(t, order{team, 1, podAsking(gpuResource, 1)})
	used := running(t, team)
	place(t, order{foreign, 1, podAsking(gpuResource, 1)})
	pod := podsOf(t, foreign)[0]
	if !slices.ContainsFunc(pod.Spec.Tolerations, func(toleration corev1.Toleration) bool { return toleration.Key == gpuResource }) {
		t.Errorf("ExtendedResourceToleration has not worked: %v", pod.Spec.Tolerations)
	}
	message := refusal(t, foreign)
	if !strings.Contains(message, "did not tolerate taint (taint=gpuslice.dev/pool=t4-thirds:NoSchedule)") {
		t.Errorf("Karpenter reports: %s", message)
	}
	if pod := podsOf(t, foreign)[0]; pod.Spec.NodeName != "" || len(used) != 1 {
		t.Errorf("the pod runs on %s", pod.Spec.NodeName)
	}
	if claims := claimsOf(t, "t4-thirds"); len(claims) != 1 {
		t.Errorf("there are %d nodes of thirds", len(claims))
	}
}

// If the cluster has NodePools of its own too, the same pod gets a whole GPU, and a pod without a GPU gets a node
// without one, whether its namespace is opted in or not.
func TestOthersAreUnaffected(t *testing.T) {
	fresh(t)
	apply(t, decode(t, defaultNodeClass+"---"+generalPool+"---"+ownGPUPool)...)
	foreign, team := newTeam(t, "", ""), newTeam(t, ml, "t4-third")
	place(t, order{foreign, 2, podAsking(gpuResource, 1)})
	used := running(t, foreign)
	for _, node := range used {
		count := node.Status.Allocatable[gpuResource]
		if pool := node.Labels["karpenter.sh/nodepool"]; pool != "own-gpus" || count.Value() != int64(goods[node.Labels[typeKey]].GPUCount) {
			t.Errorf("a pod runs on %s of %s, which has %s GPUs", node.Labels[typeKey], pool, count.String())
		}
	}
	plain := newTeam(t, "", "")
	place(t, order{plain, 1, podAsking("", 0)}, order{team, 1, podAsking("", 0)})
	checkPools(t, running(t, plain, team), map[string]int{"general": 1})
	for _, pod := range slices.Concat(podsOf(t, foreign), podsOf(t, plain), podsOf(t, team)) {
		if pod.Spec.Affinity != nil || pod.Labels["gpuslice.dev/class"] != "" {
			t.Errorf("pod %s/%s was changed: %v", pod.Namespace, pod.Name, pod.Labels)
		}
	}
}

// In a cluster with slice pools only, a pod that asks for a MIG slice in a namespace that has not opted in gets no
// node.
func TestForeignPodThatAsksForASliceGetsNoNode(t *testing.T) {
	fresh(t)
	foreign := newTeam(t, "", "")
	place(t, order{foreign, 1, podAsking("nvidia.com/mig-1g.5gb", 1)})
	message := refusal(t, foreign)
	if !strings.Contains(message, "did not tolerate taint") {
		t.Errorf("Karpenter reports: %s", message)
	}
	if claims := claimsOf(t, "a100-7x1g5gb"); len(claims) != 0 {
		t.Errorf("Karpenter has made a node for the pod")
	}
}
