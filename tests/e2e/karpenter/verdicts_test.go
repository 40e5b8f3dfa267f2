package karpenter

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"gpuslice.dev/e2e/cluster"
)

// verdict is lint's verdict on one pod.
type verdict struct {
	Name        string `json:"name"`
	Namespace   string `json:"namespace"`
	Schedulable bool   `json:"schedulable"`
	Reason      string `json:"reason"`
	Rule        string `json:"rule"`
}

// Each folder of tests/lint/verdicts has the NodePools and NodeOverlays of a cluster, right or wrong, and pods as the
// webhook leaves them. For each pod, lint must predict correctly whether Karpenter makes a node for it.
func TestLintAndKarpenterAgree(t *testing.T) {
	folders, err := filepath.Glob(filepath.Join(plane.Root, "tests/lint/verdicts/*/"))
	cluster.Must(t, err)
	removeShipped(t)
	apply(t, decode(t, defaultNodeClass)...)
	agreed, pods := 0, 0
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			good, all := compareVerdicts(t, folder)
			agreed, pods = agreed+good, pods+all
		})
	}
	if len(folders) < 25 {
		t.Errorf("there are only %d cases", len(folders))
	}
	t.Logf("lint and Karpenter agree on %d of %d pods in %d cases", agreed, pods, len(folders))
}

// removeShipped deletes the shipped NodePools and NodeOverlays until the test ends, so that Karpenter sees only those
// of a case. A node gets the devices that its NodeClaim requests, because the cases have no configuration of a device
// plugin.
func removeShipped(t *testing.T) {
	t.Helper()
	fresh(t)
	objects, err := cluster.Manifests(nodeFiles)
	cluster.Must(t, err)
	objects = slices.DeleteFunc(objects, func(object *unstructured.Unstructured) bool {
		return object.GetKind() != "NodePool" && object.GetKind() != "NodeOverlay"
	})
	cluster.Must(t, plane.Delete(context.Background(), objects...))
	operator.use(&nodeSide{asPlanned: true})
	t.Cleanup(func() {
		operator.use(shipped)
		cluster.Must(t, applyFolder(context.Background(), nodeFiles))
	})
}

func compareVerdicts(t *testing.T, folder string) (agreed, pods int) {
	objects, err := cluster.Manifests(folder)
	cluster.Must(t, err)
	applyCase(t, objects)
	var orders []order
	for _, object := range objects {
		if object.GetKind() == "Pod" {
			pod := &corev1.Pod{}
			cluster.Must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, pod))
			makeClaims(t, pod)
			orders = append(orders, order{pod.Namespace, 1, pod})
		}
	}
	place(t, orders...)
	for _, verdict := range lint(t, folder) {
		seen, why := outcome(t, verdict.Namespace, verdict.Name)
		predicted, agree := "schedulable", "agree"
		if !verdict.Schedulable {
			predicted = "never: " + verdict.Rule
		}
		pods++
		if verdict.Schedulable == (seen != refused) {
			agreed++
		} else {
			agree = "DISAGREE"
			t.Errorf("%s: lint predicts: %s (%s); Karpenter: %s, %s", verdict.Name, predicted, verdict.Reason, seen, why)
		}
		t.Logf("%-46s lint %-34s Karpenter %-22s %s", filepath.Base(folder)+"/"+verdict.Name, predicted, seen, agree)
	}
	if pods != len(orders) {
		t.Errorf("lint has verdicts on %d of %d pods", pods, len(orders))
	}
	return agreed, pods
}

// makeClaims creates the ResourceClaims that a pod names; without them the scheduler does not try the pod.
func makeClaims(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	for _, claim := range pod.Spec.ResourceClaims {
		if claim.ResourceClaimName == nil {
			continue
		}
		objects := decode(t, fmt.Sprintf(claimOfNoDevice, *claim.ResourceClaimName, pod.Namespace))
		cluster.Must(t, plane.Apply(context.Background(), objects...))
		t.Cleanup(func() { cluster.Must(t, plane.Delete(context.Background(), objects...)) })
	}
}

const claimOfNoDevice = `
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: %s, namespace: %s}
spec: {devices: {requests: [{name: gpu, exactly: {deviceClassName: none}}]}}
`

func lint(t *testing.T, folder string) []verdict {
	t.Helper()
	output := plane.Gpuslice(t, "", "lint", "-o", "json", "--no-policies", folder)
	var answer struct{ Verdicts []verdict }
	if err := json.Unmarshal([]byte(output.Stdout), &answer); err != nil {
		t.Fatalf("lint: %v: %s", err, output.Stderr)
	}
	return answer.Verdicts
}

// applyCase applies the NodePools and NodeOverlays of a case until the test ends, and waits until Karpenter has
// accepted or rejected each.
func applyCase(t *testing.T, objects []*unstructured.Unstructured) {
	t.Helper()
	ctx := context.Background()
	var own []*unstructured.Unstructured
	for _, object := range objects {
		if object.GetKind() == "NodePool" || object.GetKind() == "NodeOverlay" {
			own = append(own, object)
		}
	}
	t.Cleanup(func() {
		fresh(t)
		cluster.Must(t, plane.Delete(ctx, own...))
	})
	cluster.Must(t, plane.Apply(ctx, own...))
	cluster.Eventually(t, func() error {
		for _, object := range own {
			now, err := get(ctx, object)
			if err != nil {
				return err
			}
			if status, _ := cluster.Condition(now, "Ready"); status != "True" && status != "False" {
				return fmt.Errorf("%s %s: Ready is %q", object.GetKind(), object.GetName(), status)
			}
		}
		return nil
	})
	cluster.Must(t, evaluated(ctx))
}

// What may become of a pod. Karpenter makes a node for a pod that waits, too, but nothing removes the startup taint of
// that node.
const (
	runs    = "runs"
	waits   = "waits on its node"
	refused = "refuses it"
)

// outcome waits until it is clear what becomes of a pod, and returns that and the reason.
func outcome(t *testing.T, namespace, name string) (seen, why string) {
	t.Helper()
	cluster.Eventually(t, func() error {
		pod, err := plane.Client.CoreV1().Pods(namespace).Get(context.Background(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if pod.Status.Phase == corev1.PodRunning {
			seen, why = runs, "on "+pod.Spec.NodeName
			return nil
		}
		if why = karpenterEvent(pod, "FailedScheduling"); why != "" {
			seen = refused
			return nil
		}
		if why = karpenterEvent(pod, "Nominated"); why != "" && startupTaintLeft(t) {
			seen = waits
			return nil
		}
		return fmt.Errorf("pod %s is %s: %s", name, pod.Status.Phase, lastEvent(pod))
	})
	return seen, why
}

// startupTaintLeft reports whether a NodeClaim is not initialized because its node has a startup taint.
func startupTaintLeft(t *testing.T) bool {
	t.Helper()
	list, err := plane.Dynamic.Resource(nodeClaims).List(context.Background(), metav1.ListOptions{})
	cluster.Must(t, err)
	return slices.ContainsFunc(list.Items, func(claim unstructured.Unstructured) bool {
		status, message := cluster.Condition(&claim, "Initialized")
		return status != "True" && strings.HasPrefix(message, "StartupTaint")
	})
}
