package karpenter

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gpuslice.dev/e2e/cluster"
)

// bill is what Karpenter bought, at the prices with which it compares offerings.
type bill struct {
	Nodes         int              `json:"nodes"`
	GPUs          int              `json:"gpus"`
	DollarsAnHour float64          `json:"dollarsAnHour"`
	offerings     map[offering]int // their nodes
}

// offering is what Karpenter has a price for.
type offering struct{ instanceType, zone, capacityType string }

// comparison is what Karpenter buys for one demand without slicing, where each pod gets a whole GPU, and with slicing.
type comparison struct {
	Demand string `json:"demand"`
	Pods   int    `json:"pods"`
	Whole  bill   `json:"without"`
	Slices bill   `json:"with"`
	counts map[string]int
}

// The demands: numbers of pods by class. Without slicing, a pod gets a whole GPU of the model that its class slices.
var demands = []comparison{
	{Demand: "100 notebooks", counts: map[string]int{"t4-third": 100}},
	{Demand: "100 small models", counts: map[string]int{"a100-1g5gb": 100}},
	{Demand: "100 pods of five classes", counts: map[string]int{
		"t4-third": 40, "a100-1g5gb": 20, "h100-1g10gb": 20, "h100-2g20gb": 10, "h100-3g40gb": 10}},
}

func TestCostOfAHundredPods(t *testing.T) {
	var measured []comparison
	for _, demand := range demands {
		t.Run(demand.Demand, func(t *testing.T) {
			for _, count := range demand.counts {
				demand.Pods += count
			}
			demand.Whole = buyWhole(t, demand.counts)
			demand.Slices = buySlices(t, demand.counts)
			if demand.Slices.GPUs >= demand.Whole.GPUs || demand.Slices.Nodes >= demand.Whole.Nodes {
				t.Errorf("slices save nothing: %+v", demand)
			}
			measured = append(measured, demand)
		})
	}
	for i := range measured { // last of all, because Karpenter publishes prices every minute only
		demand := &measured[i]
		demand.Whole.price(t)
		demand.Slices.price(t)
		t.Logf("%d pods (%s): %d nodes, %d GPUs without slicing; %d nodes, %d GPUs with ($%.2f and $%.2f an hour)", demand.Pods,
			demand.Demand, demand.Whole.Nodes, demand.Whole.GPUs, demand.Slices.Nodes, demand.Slices.GPUs, demand.Whole.DollarsAnHour,
			demand.Slices.DollarsAnHour)
	}
	checkDocs(t, measured)
	text, err := json.MarshalIndent(measured, "", "  ")
	cluster.Must(t, err)
	cluster.Must(t, os.WriteFile(filepath.Join(plane.Root, "build/e2e/cost.json"), append(text, '\n'), 0o644))
}

func buySlices(t *testing.T, counts map[string]int) bill {
	t.Helper()
	fresh(t)
	var orders []order
	var teams []string
	for class, count := range counts {
		team := newTeam(t, tierOf(class), class)
		teams = append(teams, team)
		orders = append(orders, order{team, count, podAsking(gpuResource, 1)})
	}
	place(t, orders...)
	running(t, teams...)
	return billOf(t)
}

// buyWhole gives each pod a whole GPU, in a namespace that has not opted in, on a NodePool that has the instance types
// of the first pool of the pod's class, but whole GPUs.
func buyWhole(t *testing.T, counts map[string]int) bill {
	t.Helper()
	fresh(t)
	pools := map[string]*unstructured.Unstructured{}
	var orders []order
	foreign := newTeam(t, "", "")
	for _, class := range shippedClasses(t) {
		if counts[class.name] == 0 {
			continue
		}
		pool := uncut(t, class.pools[0])
		pools[pool.GetName()] = pool
		pod := podAsking(gpuResource, 1)
		pod.Spec.NodeSelector = map[string]string{"karpenter.sh/nodepool": pool.GetName()}
		orders = append(orders, order{foreign, counts[class.name], pod})
	}
	for _, pool := range pools {
		apply(t, pool)
	}
	place(t, orders...)
	bought(t, counts)
	return billOf(t)
}

// bought waits until NodeClaims cover all pods and each NodeClaim has its node. The pods need not run.
func bought(t *testing.T, counts map[string]int) {
	t.Helper()
	ctx := context.Background()
	cluster.Eventually(t, func() error {
		claims, err := plane.Dynamic.Resource(nodeClaims).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		nodes, err := plane.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		left := int64(0)
		for _, count := range counts {
			left += int64(count)
		}
		for _, claim := range claims.Items {
			text, _, _ := unstructured.NestedString(claim.Object, "spec", "resources", "requests", gpuResource)
			left -= quantity(t, text)
		}
		if left != 0 || len(nodes.Items) != len(claims.Items) {
			return fmt.Errorf("%d pods have no node; %d NodeClaims have %d nodes", left, len(claims.Items), len(nodes.Items))
		}
		return nil
	})
}

// uncut is a NodePool with the instance types of a slice pool, but with whole GPUs and without limits.
func uncut(t *testing.T, pool string) *unstructured.Unstructured {
	t.Helper()
	object, err := plane.Dynamic.Resource(nodePools).Get(context.Background(), pool, metav1.GetOptions{})
	cluster.Must(t, err)
	spec := object.Object["spec"].(map[string]any)
	delete(spec, "limits")
	unstructured.RemoveNestedField(spec, "template", "metadata")
	taint := map[string]any{"key": gpuResource, "value": "true", "effect": "NoSchedule"}
	cluster.Must(t, unstructured.SetNestedSlice(spec, []any{taint}, "template", "spec", "taints"))
	return &unstructured.Unstructured{Object: map[string]any{"apiVersion": object.GetAPIVersion(), "kind": object.GetKind(),
		"metadata": map[string]any{"name": "uncut-" + pool}, "spec": spec}}
}

// billOf adds up all nodes of the cluster.
func billOf(t *testing.T) bill {
	t.Helper()
	list, err := plane.Client.CoreV1().Nodes().List(context.Background(), metav1.ListOptions{})
	cluster.Must(t, err)
	sum := bill{offerings: map[offering]int{}}
	for _, node := range list.Items {
		machine := goods[node.Labels[typeKey]]
		if machine == nil {
			t.Fatalf("node %s is of no known type", node.Name)
		}
		sum.Nodes++
		sum.GPUs += machine.GPUCount
		sum.offerings[offering{machine.Name, node.Labels[corev1.LabelTopologyZone], node.Labels["karpenter.sh/capacity-type"]}]++
	}
	return sum
}

// price adds up what the nodes cost according to Karpenter.
func (b *bill) price(t *testing.T) {
	t.Helper()
	for each, count := range b.offerings {
		cluster.Eventually(t, func() error {
			price, err := buyer.Metric("karpenter_cloudprovider_instance_type_offering_price_estimate", map[string]string{
				"instance_type": each.instanceType, "zone": each.zone, "capacity_type": each.capacityType})
			if err == nil && price == 0 {
				err = fmt.Errorf("Karpenter has no price for %v", each)
			}
			if err == nil {
				b.DollarsAnHour += float64(count) * price
			}
			return err
		})
	}
	b.DollarsAnHour = math.Round(100*b.DollarsAnHour) / 100
}
