package karpenter

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"gpuslice.dev/e2e/cluster"
)

const poolKey = "gpuslice.dev/pool"

var (
	nodeClaims = schema.GroupVersionResource{Group: "karpenter.sh", Version: "v1", Resource: "nodeclaims"}
	nodePools  = schema.GroupVersionResource{Group: "karpenter.sh", Version: "v1", Resource: "nodepools"}
)

func get(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	resource, err := plane.Resource(object)
	if err != nil {
		return nil, err
	}
	return resource.Get(ctx, object.GetName(), metav1.GetOptions{})
}

// fresh deletes all pods and nodes, so that a test counts only its own. It removes finalizers, so as not to wait until
// Karpenter has drained the nodes, and ends the instances of nodes.
func fresh(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	pods, err := plane.Client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	cluster.Must(t, err)
	inParallel(pods.Items, func(pod corev1.Pod) {
		_ = plane.Client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To(int64(0))})
	})
	if unknown := aws.Unknown(); len(unknown) > 0 {
		t.Fatalf("Karpenter has asked awsfake for what it does not know: %v", unknown)
	}
	cluster.Eventually(t, func() error {
		left := len(aws.Instances())
		aws.Reset()
		for _, kind := range []schema.GroupVersionResource{nodeClaims, corev1.SchemeGroupVersion.WithResource("nodes")} {
			list, err := plane.Dynamic.Resource(kind).List(ctx, metav1.ListOptions{})
			if err != nil {
				return err
			}
			left += len(list.Items)
			inParallel(list.Items, func(object unstructured.Unstructured) {
				noFinalizers := []byte(`{"metadata":{"finalizers":null}}`)
				_, _ = plane.Dynamic.Resource(kind).Patch(ctx, object.GetName(), types.MergePatchType, noFinalizers, metav1.PatchOptions{})
				_ = plane.Dynamic.Resource(kind).Delete(ctx, object.GetName(), metav1.DeleteOptions{})
			})
		}
		if left > 0 {
			return fmt.Errorf("%d nodes are still there", left)
		}
		return nil
	})
}

// inParallel calls do for each item, eight at a time.
func inParallel[T any](items []T, do func(T)) {
	var all sync.WaitGroup
	gate := make(chan struct{}, 8)
	for _, item := range items {
		gate <- struct{}{}
		all.Go(func() {
			do(item)
			<-gate
		})
	}
	all.Wait()
}

// Tiers of namespaces that the shipped policies treat differently. A namespace without a tier ("") has not opted in.
const (
	ml      = "ml"
	guarded = "guarded"
)

// newTeam creates a namespace of a tier with a class, each of which may be "".
func newTeam(t *testing.T, tier, class string) string {
	t.Helper()
	labels, annotations := map[string]string{}, map[string]string{}
	if tier != "" {
		labels["gpuslice.dev/inject"], labels["team-tier"] = "enabled", tier
	}
	if class != "" {
		annotations["gpuslice.dev/class"] = class
	}
	return plane.NewNamespace(t, labels, annotations)
}

// podAsking is a pod of one container that asks for count of a resource, or for nothing if count is 0.
func podAsking(resourceName string, count int64) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "work-"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "cuda:12"}}}}
	if count > 0 {
		pod.Spec.Containers[0].Resources.Limits = corev1.ResourceList{
			corev1.ResourceName(resourceName): *resource.NewQuantity(count, resource.DecimalSI)}
	}
	return pod
}

// order is a number of copies of a pod in a namespace.
type order struct {
	namespace string
	count     int
	pod       *corev1.Pod
}

// place creates the pods of orders. Karpenter is stopped until each pod has a node or the scheduler has found none for
// it, so that Karpenter sees all pods at once. Otherwise the number of nodes would depend on how fast this machine
// creates pods.
func place(t *testing.T, orders ...order) {
	t.Helper()
	buyer.Signal(syscall.SIGSTOP)
	defer buyer.Signal(syscall.SIGCONT)
	var pods []*corev1.Pod
	for _, order := range orders {
		for range order.count {
			pod := order.pod.DeepCopy()
			pod.Namespace = order.namespace
			pods = append(pods, pod)
		}
	}
	failed := make(chan error, len(pods))
	inParallel(pods, func(pod *corev1.Pod) {
		_, err := plane.Client.CoreV1().Pods(pod.Namespace).Create(context.Background(), pod, metav1.CreateOptions{})
		failed <- err
	})
	for range pods {
		cluster.Must(t, <-failed)
	}
	for _, order := range orders {
		cluster.Eventually(t, func() error {
			for _, pod := range podsOf(t, order.namespace) {
				if pod.Spec.NodeName == "" && scheduledReason(&pod) != corev1.PodReasonUnschedulable {
					return fmt.Errorf("the scheduler has not tried pod %s", pod.Name)
				}
			}
			return nil
		})
	}
}

func scheduledReason(pod *corev1.Pod) string {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodScheduled {
			return condition.Reason
		}
	}
	return ""
}

func podsOf(t *testing.T, namespace string) []corev1.Pod {
	t.Helper()
	list, err := plane.Client.CoreV1().Pods(namespace).List(context.Background(), metav1.ListOptions{})
	cluster.Must(t, err)
	return list.Items
}

// nodes are the nodes on which pods run, by name.
type nodes map[string]*usedNode

type usedNode struct {
	corev1.Node
	pods int // their number
}

// running waits until every pod of the namespaces runs, and returns the nodes.
func running(t *testing.T, namespaces ...string) nodes {
	t.Helper()
	used := nodes{}
	for _, namespace := range namespaces {
		cluster.Eventually(t, func() error {
			for _, pod := range podsOf(t, namespace) {
				if pod.Status.Phase != corev1.PodRunning {
					return fmt.Errorf("pod %s/%s is %s: %s", namespace, pod.Name, pod.Status.Phase, lastEvent(&pod))
				}
			}
			return nil
		})
		for _, pod := range podsOf(t, namespace) {
			if used[pod.Spec.NodeName] == nil {
				node, err := plane.Client.CoreV1().Nodes().Get(context.Background(), pod.Spec.NodeName, metav1.GetOptions{})
				cluster.Must(t, err)
				used[pod.Spec.NodeName] = &usedNode{Node: *node}
			}
			used[pod.Spec.NodeName].pods++
		}
	}
	return used
}

func (n nodes) String() string {
	var all []string
	for _, node := range n {
		all = append(all, fmt.Sprintf("%d on %s of %s", node.pods, node.Labels[typeKey], node.Labels["karpenter.sh/nodepool"]))
	}
	return strings.Join(slices.Sorted(slices.Values(all)), ", ")
}

// pools counts the nodes of each NodePool.
func (n nodes) pools() map[string]int {
	found := map[string]int{}
	for _, node := range n {
		found[node.Labels["karpenter.sh/nodepool"]]++
	}
	return found
}

func checkPools(t *testing.T, used nodes, expected map[string]int) {
	t.Helper()
	if !maps.Equal(used.pools(), expected) {
		t.Errorf("pods run: %s; nodes of NodePools %v were expected", used, expected)
	}
}

// planned returns how many of a resource each NodeClaim of a NodePool requests, the most first. The scheduler may place
// the pods in another way.
func planned(t *testing.T, pool, resourceName string) []int {
	t.Helper()
	var plan []int
	for _, claim := range claimsOf(t, pool) {
		text, _, err := unstructured.NestedString(claim.Object, "spec", "resources", "requests", resourceName)
		cluster.Must(t, err)
		count, err := strconv.Atoi(text)
		cluster.Must(t, err)
		plan = append(plan, count)
	}
	slices.SortFunc(plan, func(a, b int) int { return b - a })
	return plan
}

func claimsOf(t *testing.T, pool string) []unstructured.Unstructured {
	t.Helper()
	list, err := plane.Dynamic.Resource(nodeClaims).List(context.Background(), metav1.ListOptions{LabelSelector: "karpenter.sh/nodepool=" + pool})
	cluster.Must(t, err)
	return list.Items
}

// refusal waits until Karpenter reports that it cannot make a node for the one pod of a namespace, and returns the
// message.
func refusal(t *testing.T, namespace string) string {
	t.Helper()
	pod := podsOf(t, namespace)[0]
	var message string
	cluster.Eventually(t, func() error {
		message = karpenterEvent(&pod, "FailedScheduling")
		if message == "" {
			return fmt.Errorf("the last event of pod %s: %s", pod.Name, lastEvent(&pod))
		}
		return nil
	})
	return message
}

func eventsOf(pod *corev1.Pod) []corev1.Event {
	selector := "involvedObject.uid=" + string(pod.UID)
	list, err := plane.Client.CoreV1().Events(pod.Namespace).List(context.Background(), metav1.ListOptions{FieldSelector: selector})
	if err != nil {
		return nil
	}
	return list.Items
}

// karpenterEvent returns the message of Karpenter's event with this reason about a pod, or "". The scheduler's events
// may have the same reason.
func karpenterEvent(pod *corev1.Pod, reason string) string {
	for _, event := range eventsOf(pod) {
		if event.Source.Component == "karpenter" && event.Reason == reason {
			return event.Message
		}
	}
	return ""
}

func lastEvent(pod *corev1.Pod) string {
	events := eventsOf(pod)
	if len(events) == 0 {
		return "no event"
	}
	slices.SortFunc(events, func(a, b corev1.Event) int { return a.LastTimestamp.Compare(b.LastTimestamp.Time) })
	return events[len(events)-1].Message
}

// changePool changes fields of a NodePool's spec until the test ends.
func changePool(t *testing.T, name string, change map[string]any) {
	t.Helper()
	before, err := plane.Dynamic.Resource(nodePools).Get(context.Background(), name, metav1.GetOptions{})
	cluster.Must(t, err)
	after := before.DeepCopy()
	for field, value := range change {
		cluster.Must(t, unstructured.SetNestedField(after.Object, value, "spec", field))
	}
	writePool(t, after)
	t.Cleanup(func() { writePool(t, before) })
}

// writePool writes the spec of a NodePool and waits until Karpenter, which must evaluate a changed NodePool first, uses
// it.
func writePool(t *testing.T, pool *unstructured.Unstructured) {
	t.Helper()
	ctx := context.Background()
	cluster.Eventually(t, func() error {
		now, err := plane.Dynamic.Resource(nodePools).Get(ctx, pool.GetName(), metav1.GetOptions{})
		if err == nil {
			now.Object["spec"] = pool.Object["spec"]
			_, err = plane.Dynamic.Resource(nodePools).Update(ctx, now, metav1.UpdateOptions{})
		}
		return err
	})
	cluster.Must(t, plane.WaitUntilReady(ctx, []*unstructured.Unstructured{pool}))
	cluster.Must(t, evaluated(ctx))
}

// apply applies objects until the test ends, and waits until Karpenter uses them.
func apply(t *testing.T, objects ...*unstructured.Unstructured) {
	t.Helper()
	t.Cleanup(func() {
		fresh(t)
		cluster.Must(t, plane.Delete(context.Background(), objects...))
	})
	cluster.Must(t, plane.Apply(context.Background(), objects...))
	cluster.Must(t, plane.WaitUntilReady(context.Background(), objects))
	cluster.Must(t, evaluated(context.Background()))
}

func decode(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	objects, err := cluster.Decode([]byte(text))
	cluster.Must(t, err)
	return objects
}

// noNodes waits until Karpenter has removed every node of a NodePool.
func noNodes(t *testing.T, pool string) {
	t.Helper()
	cluster.Eventually(t, func() error {
		if claims := claimsOf(t, pool); len(claims) > 0 {
			return fmt.Errorf("%d nodes of %s are still there", len(claims), pool)
		}
		return nil
	})
}

// countedEmpty waits until the status of a NodePool counts no nodes. Karpenter updates it every five seconds. Only
// tests of limits need this.
func countedEmpty(t *testing.T, pool string) {
	t.Helper()
	cluster.Eventually(t, func() error {
		object, err := plane.Dynamic.Resource(nodePools).Get(context.Background(), pool, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if count, _, _ := unstructured.NestedInt64(object.Object, "status", "nodes"); count != 0 {
			return fmt.Errorf("Karpenter counts %d nodes of %s", count, pool)
		}
		return nil
	})
}

func isGPU(name string) bool { return strings.HasPrefix(name, "nvidia.com/") }

func quantity(t *testing.T, text string) int64 {
	t.Helper()
	parsed, err := resource.ParseQuantity(text)
	cluster.Must(t, err)
	return parsed.Value()
}
