package karpenter

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gpuslice.dev/e2e/cluster"
)

// shippedClass is a class of the shipped policies.
type shippedClass struct {
	name  string
	pools []string
}

func shippedClasses(t *testing.T) []shippedClass {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(plane.Root, "policies/classes/*.yaml"))
	cluster.Must(t, err)
	objects, err := cluster.Load(files...)
	cluster.Must(t, err)
	var classes []shippedClass
	for _, object := range objects {
		pools, _, err := unstructured.NestedStringSlice(object.Object, "spec", "pools")
		cluster.Must(t, err)
		classes = append(classes, shippedClass{object.GetName(), pools})
	}
	if len(classes) == 0 {
		t.Fatal("there is no shipped class")
	}
	return classes
}

// tierOf is a tier whose policy allows the class.
func tierOf(class string) string {
	if class == "a10g-half" || class == "l4-quarter" {
		return guarded
	}
	return ml
}

// One pod of every class gets a node of the first pool of its class, with the promised devices.
func TestEveryShippedClassGetsANode(t *testing.T) {
	fresh(t)
	classes := shippedClasses(t)
	teams := map[string]shippedClass{}
	var orders []order
	for _, class := range classes {
		team := newTeam(t, tierOf(class.name), class.name)
		teams[team] = class
		pod := order{team, 1, podAsking(gpuResource, 1)}
		if len(class.pools) > 1 { // first, and alone: later it could run on a node of its second pool, which another pod needs
			place(t, pod)
			running(t, team)
		} else {
			orders = append(orders, pod)
		}
	}
	place(t, orders...)
	for team, class := range teams {
		t.Run(class.name, func(t *testing.T) {
			used := running(t, team)
			checkPools(t, used, map[string]int{class.pools[0]: 1})
			for _, node := range used {
				checkDevices(t, &node.Node)
			}
			pod := podsOf(t, team)[0]
			if pod.Labels["gpuslice.dev/class"] != class.name {
				t.Errorf("the pod's class is %q", pod.Labels["gpuslice.dev/class"])
			}
		})
	}
}

// checkDevices fails unless a node's device plugin has registered exactly the devices that Karpenter expected: those of
// the instance type, as its overlay changes them.
func checkDevices(t *testing.T, node *corev1.Node) {
	t.Helper()
	pool := node.Labels["karpenter.sh/nodepool"]
	promised := map[string]int64{gpuResource: int64(goods[node.Labels[typeKey]].GPUCount)}
	objects, err := cluster.Manifests(nodeFiles)
	cluster.Must(t, err)
	for _, object := range objects {
		if object.GetKind() == "NodeOverlay" && overlays(t, object, pool, node.Labels[typeKey]) {
			capacity, _, err := unstructured.NestedStringMap(object.Object, "spec", "capacity")
			cluster.Must(t, err)
			for name, text := range capacity {
				promised[name] = quantity(t, text)
			}
		}
	}
	found := map[string]int64{}
	for name, count := range node.Status.Allocatable {
		if isGPU(string(name)) {
			found[string(name)] = count.Value()
		}
	}
	maps.DeleteFunc(promised, func(_ string, count int64) bool { return count == 0 })
	maps.DeleteFunc(found, func(_ string, count int64) bool { return count == 0 })
	if !maps.Equal(promised, found) {
		t.Errorf("%s of %s: Karpenter expects %v, the device plugin registers %v (%s)", node.Labels[typeKey], pool, promised,
			found, node.Annotations[seenKey])
	}
}

// overlays reports whether every requirement of an overlay names the NodePool or the instance type.
func overlays(t *testing.T, overlay *unstructured.Unstructured, pool, instance string) bool {
	t.Helper()
	wanted := map[string]string{"karpenter.sh/nodepool": pool, typeKey: instance}
	requirements, _, err := unstructured.NestedSlice(overlay.Object, "spec", "requirements")
	cluster.Must(t, err)
	for _, entry := range requirements {
		requirement := entry.(map[string]any)
		value, known := wanted[requirement["key"].(string)]
		if !known || !slices.Contains(requirement["values"].([]any), any(value)) {
			return false
		}
	}
	return true
}

// Time-slicing: without the overlay Karpenter would buy seven nodes.
func TestSevenThirdsOfAT4TakeThreeNodes(t *testing.T) {
	fresh(t)
	team := newTeam(t, ml, "t4-third")
	place(t, order{team, 7, podAsking(gpuResource, 1)})
	used := running(t, team)
	checkPools(t, used, map[string]int{"t4-thirds": 3})
	if plan := planned(t, "t4-thirds", gpuResource); !slices.Equal(plan, []int{3, 3, 1}) {
		t.Errorf("the NodeClaims request %v thirds", plan)
	}
	t.Logf("7 pods of t4-third run: %s", used)
}

// MIG: 56 pods use every slice of a p4d.24xlarge; the next pod needs another node.
func TestFiftySixSeventhsFillOneNode(t *testing.T) {
	fresh(t)
	team := newTeam(t, ml, "a100-1g5gb")
	place(t, order{team, 56, podAsking(gpuResource, 1)})
	used := running(t, team)
	checkPools(t, used, map[string]int{"a100-7x1g5gb": 1})
	t.Logf("56 pods of a100-1g5gb run: %s", used)
	place(t, order{team, 1, podAsking(gpuResource, 1)})
	checkPools(t, running(t, team), map[string]int{"a100-7x1g5gb": 2})
}

// A GPU is cut into slices of three sizes, and pods of three classes share one node. The small pods come last:
// Karpenter would make a node of their first pool for them, but the scheduler finds room on the existing node.
func TestThreeClassesShareANode(t *testing.T) {
	fresh(t)
	small, middle, large := newTeam(t, ml, "h100-1g10gb"), newTeam(t, ml, "h100-2g20gb"), newTeam(t, ml, "h100-3g40gb")
	place(t, order{middle, 1, podAsking(gpuResource, 1)}, order{large, 1, podAsking(gpuResource, 1)})
	running(t, middle, large)
	place(t, order{small, 2, podAsking(gpuResource, 1)})
	used := running(t, small, middle, large)
	checkPools(t, used, map[string]int{"h100-balanced": 1})
	t.Logf("pods of three classes run: %s", used)
}

// When the first pool of a class is at its limit, Karpenter uses the second.
func TestSecondPoolWhenTheFirstIsFull(t *testing.T) {
	fresh(t)
	countedEmpty(t, "h100-7x1g10gb")
	changePool(t, "h100-7x1g10gb", map[string]any{"limits": map[string]any{"nvidia.com/mig-1g.10gb": "7"}})
	team := newTeam(t, ml, "h100-1g10gb")
	place(t, order{team, 7, podAsking(gpuResource, 1)})
	checkPools(t, running(t, team), map[string]int{"h100-7x1g10gb": 1})
	place(t, order{team, 2, podAsking(gpuResource, 1)})
	used := running(t, team)
	checkPools(t, used, map[string]int{"h100-7x1g10gb": 1, "h100-balanced": 1})
	t.Logf("9 pods of h100-1g10gb, 7 of which fit the first pool, run: %s", used)
}

// A node of thirds has free nvidia.com/gpu, but pods of a class of whole GPUs do not run there.
func TestWholeGPUDoesNotLandOnASlicedNode(t *testing.T) {
	fresh(t)
	sharing, whole := newTeam(t, ml, "t4-third"), newTeam(t, ml, "gpu-whole")
	place(t, order{sharing, 1, podAsking(gpuResource, 1)})
	running(t, sharing)
	place(t, order{whole, 1, podAsking(gpuResource, 1)}, order{whole, 1, podAsking(gpuResource, 4)})
	used := running(t, whole)
	for pool := range used.pools() {
		if pool != "l4-whole" {
			t.Errorf("pods with whole GPUs run: %s", used)
		}
	}
	t.Logf("pods with one and with four whole GPUs run: %s", used)
}

// Two pods, written as in guides to time-slicing and MIG, run.
func TestPodsOfTheGuide(t *testing.T) {
	fresh(t)
	for file, team := range map[string]string{"timeslice-pod.yaml": newTeam(t, ml, ""), "mig-pod.yaml": newTeam(t, ml, "a100-1g5gb")} {
		pods, err := cluster.Load(plane.TestFile("workloads/" + file))
		cluster.Must(t, err)
		for _, pod := range pods {
			pod.SetNamespace(team)
		}
		cluster.Must(t, plane.Apply(context.Background(), pods...))
		t.Logf("%s runs: %s", file, running(t, team))
	}
}

// Karpenter removes a node after its last pod has ended. It checks twice, 15 s apart.
func TestNodesGoWhenPodsEnd(t *testing.T) {
	fresh(t)
	changePool(t, "a10g-halves", map[string]any{"disruption": map[string]any{"consolidationPolicy": "WhenEmpty", "consolidateAfter": "1s"}})
	team := newTeam(t, guarded, "a10g-half")
	place(t, order{team, 2, podAsking(gpuResource, 1)})
	checkPools(t, running(t, team), map[string]int{"a10g-halves": 1})
	cluster.Must(t, plane.Client.CoreV1().Pods(team).DeleteCollection(context.Background(), metav1.DeleteOptions{}, metav1.ListOptions{}))
	noNodes(t, "a10g-halves")
}
