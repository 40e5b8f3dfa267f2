package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"gpuslice.dev/e2e/awsfake"
	"gpuslice.dev/e2e/cluster"
)

const (
	gpuResource = "nvidia.com/gpu"
	poolKey     = "karpenter.sh/nodepool"
	layoutTaint = "gpuslice.dev/layout"
	seenKey     = "e2e.gpuslice.dev/devices"
)

var (
	nodeClaims = schema.GroupVersionResource{Group: "karpenter.sh", Version: "v1", Resource: "nodeclaims"}
	getOptions = metav1.GetOptions{}
)

// playDevicePlugin gives each node the devices for which Karpenter planned it, and then removes the startup taint, as
// the DaemonSet layout-ready does. (Which devices a node's device plugin would register is tested in tests/e2e/karpenter.)
func playDevicePlugin(ctx context.Context) error {
	go func() {
		for ctx.Err() == nil {
			nodes, err := plane.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
			claims, err2 := plane.Dynamic.Resource(nodeClaims).List(ctx, metav1.ListOptions{})
			if err == nil && err2 == nil {
				for _, node := range nodes.Items {
					registerDevices(ctx, &node, claims.Items) // an error is gone in the next round, or the test's pods do not run
				}
			}
			time.Sleep(200 * time.Millisecond)
		}
	}()
	return nil
}

func registerDevices(ctx context.Context, node *corev1.Node, claims []unstructured.Unstructured) {
	at := slices.IndexFunc(claims, func(claim unstructured.Unstructured) bool { return providerID(&claim) == node.Spec.ProviderID })
	if _, seen := node.Annotations[seenKey]; seen || at < 0 {
		return
	}
	requests, _, _ := unstructured.NestedStringMap(claims[at].Object, "spec", "resources", "requests")
	for name := range requests {
		if !strings.Contains(name, "/") {
			delete(requests, name)
		}
	}
	nodes := plane.Client.CoreV1().Nodes()
	devices, _ := json.Marshal(map[string]any{"status": map[string]any{"capacity": requests, "allocatable": requests}})
	if _, err := nodes.Patch(ctx, node.Name, types.MergePatchType, devices, metav1.PatchOptions{}, "status"); err != nil {
		return
	}
	now, err := nodes.Get(ctx, node.Name, getOptions)
	if err != nil {
		return
	}
	now.Spec.Taints = slices.DeleteFunc(now.Spec.Taints, func(taint corev1.Taint) bool { return taint.Key == layoutTaint })
	metav1.SetMetaDataAnnotation(&now.ObjectMeta, seenKey, "registered")
	_, _ = nodes.Update(ctx, now, metav1.UpdateOptions{})
}

func providerID(claim *unstructured.Unstructured) string {
	id, _, _ := unstructured.NestedString(claim.Object, "status", "providerID")
	return id
}

// team is a Deployment in a namespace of its own, whose pods ask for one slice each.
type team struct{ namespace string }

// newTeam creates a Deployment whose pods get slices of a class.
func newTeam(t *testing.T, class string, replicas int32) *team {
	t.Helper()
	namespace := plane.NewNamespace(t, map[string]string{"gpuslice.dev/inject": "enabled"}, map[string]string{"gpuslice.dev/class": class})
	return deploy(t, namespace, gpuResource, replicas, nil)
}

// deploy creates a Deployment whose pods ask for one of a resource each.
func deploy(t *testing.T, namespace, name string, replicas int32, selector map[string]string) *team {
	t.Helper()
	labels := map[string]string{"app": "work"}
	no := int64(0)
	pod := corev1.PodSpec{TerminationGracePeriodSeconds: &no, NodeSelector: selector, Containers: []corev1.Container{{Name: "main", Image: "cuda:12",
		Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{corev1.ResourceName(name): resource.MustParse("1")}}}}}
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "work"}, Spec: appsv1.DeploymentSpec{Replicas: &replicas,
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: pod}}}
	_, err := plane.Client.AppsV1().Deployments(namespace).Create(context.Background(), deployment, metav1.CreateOptions{})
	cluster.Must(t, err)
	w := &team{namespace}
	t.Cleanup(w.end)
	return w
}

// end deletes the Deployment, without waiting until its pods are gone.
func (w *team) end() {
	ctx := context.Background()
	_ = plane.Client.AppsV1().Deployments(w.namespace).Delete(ctx, "work", metav1.DeleteOptions{})
}

// running waits until as many pods run as the Deployment asks for, and returns their nodes by name.
func (w *team) running(t *testing.T, replicas int) map[string]*corev1.Node {
	t.Helper()
	var nodes map[string]*corev1.Node
	cluster.Eventually(t, func() (err error) {
		nodes, err = w.nodes(replicas)
		return err
	})
	return nodes
}

func (w *team) nodes(replicas int) (map[string]*corev1.Node, error) {
	pods, err := plane.Client.CoreV1().Pods(w.namespace).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	nodes, running := map[string]*corev1.Node{}, 0
	for _, pod := range pods.Items {
		if pod.Status.Phase != corev1.PodRunning || pod.DeletionTimestamp != nil {
			continue
		}
		running++
		if nodes[pod.Spec.NodeName], err = plane.Client.CoreV1().Nodes().Get(context.Background(), pod.Spec.NodeName, getOptions); err != nil {
			return nil, err
		}
	}
	if running != replicas {
		return nil, fmt.Errorf("%d of %d pods run; %s", running, replicas, strings.Join(w.events(), "; "))
	}
	return nodes, nil
}

// one returns the only node of the running pods and its instance.
func (w *team) one(t *testing.T, replicas int) (*corev1.Node, awsfake.Instance) {
	t.Helper()
	nodes := w.running(t, replicas)
	if len(nodes) != 1 {
		t.Fatalf("%d pods run on %d nodes", replicas, len(nodes))
	}
	for _, node := range nodes {
		return node, instanceOf(t, node)
	}
	return nil, awsfake.Instance{}
}

func instanceOf(t *testing.T, node *corev1.Node) awsfake.Instance {
	t.Helper()
	for _, instance := range region.Instances() {
		if instance.ProviderID() == node.Spec.ProviderID {
			return instance
		}
	}
	t.Fatalf("node %s (%s) has no running instance", node.Name, node.Spec.ProviderID)
	return awsfake.Instance{}
}

// moved waits until the pods run on one other node, and the instance of the node before is gone.
func (w *team) moved(t *testing.T, replicas int, from *corev1.Node) (*corev1.Node, awsfake.Instance) {
	t.Helper()
	cluster.Eventually(t, func() error {
		nodes, err := w.nodes(replicas)
		if err == nil && nodes[from.Name] != nil {
			err = fmt.Errorf("pods still run on %s", from.Name)
		}
		return errors.Join(err, gone(from))
	})
	return w.one(t, replicas)
}

// gone returns an error while the instance of a node runs.
func gone(node *corev1.Node) error {
	for _, instance := range region.Instances() {
		if instance.ProviderID() == node.Spec.ProviderID {
			return fmt.Errorf("instance %s of node %s runs", instance.ID, node.Name)
		}
	}
	return nil
}

// events returns the reasons and messages of the events about the pods.
func (w *team) events() (all []string) {
	list, err := plane.Client.CoreV1().Events(w.namespace).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return nil
	}
	for _, event := range list.Items {
		if event.InvolvedObject.Kind == "Pod" {
			all = append(all, event.Reason+": "+event.Message)
		}
	}
	return all
}

// reported waits until an event about a NodeClaim, a Node or one of the team's pods has the reason, and returns its message.
func (w *team) reported(t *testing.T, reason, part string) string {
	t.Helper()
	var message string
	cluster.Eventually(t, func() error {
		list, err := plane.Client.CoreV1().Events("").List(context.Background(), metav1.ListOptions{FieldSelector: "reason=" + reason})
		if err != nil {
			return err
		}
		for _, event := range list.Items {
			own := event.InvolvedObject.Kind != "Pod" || event.Namespace == w.namespace
			if own && strings.Contains(event.Message+" "+event.InvolvedObject.Name, part) {
				message = event.Message
				return nil
			}
		}
		return fmt.Errorf("no event %s about %q among %d", reason, part, len(list.Items))
	})
	return message
}
