package webhook

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"

	"gpuslice.dev/e2e/cluster"
)

// Applies workloads as users write them in namespaces of several kinds, and checks their pods or the denial.
func TestWorkloadsEndAsTheyShould(t *testing.T) {
	withNode(t, "node-1") // a DaemonSet creates a pod for each node
	for _, test := range []struct {
		file        string
		namespace   map[string]string // its labels
		annotations map[string]string // its annotations
		pods        int               // their number in the end
		class       class
		holders     []string
		denied      string // part of the refusal, or ""
	}{
		{file: "timeslice-pod", namespace: enabled, pods: 1, class: t4Third, holders: []string{"cuda"}},
		{file: "timeslice-pod", namespace: required, pods: 1, class: t4Third, holders: []string{"cuda"}},
		{file: "timeslice-pod", namespace: nil, pods: 1},
		{file: "mig-pod", namespace: enabled, annotations: mig, pods: 1, class: a100, holders: []string{"cuda"}},
		{file: "annotated-pod", namespace: enabled, pods: 1, class: t4Third, holders: []string{"notebook"}},
		{file: "or-affinity-pod", namespace: enabled, pods: 1, class: a100, holders: []string{"infer"}},
		{file: "node-selector-conflict-pod", namespace: enabled, pods: 1, class: t4Third, holders: []string{"main"}},
		{file: "plain-pod", namespace: enabled, pods: 1},
		{file: "plain-pod", namespace: required, pods: 1},
		{file: "visible-devices-pod", namespace: enabled, pods: 1},
		{file: "explicit-mig-pod", namespace: enabled, denied: `asks for nvidia.com/mig-2g.10gb`},
		{file: "two-gpu-pod", namespace: enabled, denied: `asks for nvidia.com/gpu: "2", but slice class "t4-third"`},
		{file: "forged-record-pod", namespace: enabled, denied: `asks for nvidia.com/gpu: "4", but slice class "t4-third"`},
		{file: "vllm-deployment", namespace: enabled, pods: 2, class: t4Third, holders: []string{"vllm"}},
		{file: "vllm-deployment", namespace: enabled, annotations: mig, pods: 2, class: a100, holders: []string{"vllm"}},
		{file: "statefulset", namespace: enabled, pods: 1, class: t4Third, holders: []string{"triton"}},
		{file: "train-job", namespace: enabled, pods: 1, class: t4Third, holders: []string{"prepare", "trainer"}},
		{file: "train-job", namespace: enabled, annotations: mig, pods: 1, class: a100, holders: []string{"prepare", "trainer"}},
		{file: "daemonset", namespace: enabled, pods: 1},
		{file: "daemonset", namespace: required, pods: 1},
	} {
		t.Run(fmt.Sprintf("%s in %s with %s", test.file, test.namespace["gpuslice.dev/inject"], test.annotations["gpuslice.dev/class"]), func(t *testing.T) {
			hook.OnFailure(t)
			namespace := plane.NewNamespace(t, test.namespace, test.annotations)
			output := plane.Kubectl(t, workload(t, test.file, namespace), "apply", "-f", "-")
			if test.denied != "" {
				checkDenied(t, output, test.denied)
				return
			}
			if !output.OK {
				t.Fatal(output.Stderr)
			}
			for _, pod := range waitForPods(t, namespace, test.pods) {
				if test.class.name == "" {
					checkUntouched(t, &pod)
				} else {
					checkSliced(t, &pod, test.class, test.holders...)
				}
			}
		})
	}
}

// The API server sends every pod of a guarded namespace to the webhook, which hides GPUs from containers without a
// slice.
func TestGuardedNamespaceHidesGPUsFromPodsWithoutSlice(t *testing.T) {
	namespace := plane.NewNamespace(t, guarded, nil)
	for _, file := range []string{"plain-pod", "visible-devices-pod"} {
		output := plane.Kubectl(t, workload(t, file, namespace), "apply", "-f", "-")
		if !output.OK {
			t.Fatal(output.Stderr)
		}
	}
	for _, pod := range waitForPods(t, namespace, 2) {
		env := pod.Spec.Containers[0].Env
		if len(env) != 1 || env[0].Name != "NVIDIA_VISIBLE_DEVICES" || env[0].Value != "void" {
			t.Errorf("pod %s: %v", pod.Name, env)
		}
	}
}

// Administrators run DaemonSets that ask for GPUs on purpose: `enabled` admits their pods unchanged, but `required`
// refuses them.
func TestDaemonSetThatAsksForAGPU(t *testing.T) {
	withNode(t, "node-1")
	labels := map[string]string{"app": "agent"}
	set := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Name: "agent"}, Spec: appsv1.DaemonSetSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: newPod("", gpu, 1).Spec},
	}}
	for name, test := range map[string]struct {
		labels map[string]string
		check  func(t *testing.T, namespace string)
	}{
		"enabled": {enabled, func(t *testing.T, namespace string) {
			checkUntouched(t, &waitForPods(t, namespace, 1)[0])
		}},
		"required": {required, func(t *testing.T, namespace string) {
			waitForEvent(t, namespace, "DaemonSet", "FailedCreate", "DaemonSet")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := plane.NewNamespace(t, test.labels, nil)
			_, err := plane.Client.AppsV1().DaemonSets(namespace).Create(context.Background(), set.DeepCopy(), metav1.CreateOptions{})
			cluster.Must(t, err)
			test.check(t, namespace)
		})
	}
}

// workload is the text of testdata/workloads/FILE.yaml with all objects in the namespace.
func workload(t *testing.T, file, namespace string) string {
	t.Helper()
	objects, err := cluster.Load(filepath.Join("../testdata/workloads", file+".yaml"))
	cluster.Must(t, err)
	var all strings.Builder
	for _, object := range objects {
		object.SetNamespace(namespace)
		all.WriteString(document(t, object))
	}
	return all.String()
}

func document(t *testing.T, object *unstructured.Unstructured) string {
	t.Helper()
	text, err := object.MarshalJSON()
	cluster.Must(t, err)
	return string(text) + "---\n"
}

func podDocument(t *testing.T, pod *corev1.Pod, namespace string) string {
	t.Helper()
	pod = pod.DeepCopy()
	pod.APIVersion, pod.Kind, pod.Namespace = "v1", "Pod", namespace
	text, err := json.Marshal(pod)
	cluster.Must(t, err)
	return string(text)
}

func waitForPods(t *testing.T, namespace string, count int) []corev1.Pod {
	t.Helper()
	var pods []corev1.Pod
	cluster.Eventually(t, func() error {
		if pods = podsOf(t, namespace); len(pods) != count {
			return fmt.Errorf("%d pods instead of %d", len(pods), count)
		}
		return nil
	})
	return pods
}

// waitForEvent waits for an event about an object of this kind, with this reason and with text in its message, and
// returns the message.
func waitForEvent(t *testing.T, namespace, kind, reason, text string) string {
	t.Helper()
	var message string
	cluster.Eventually(t, func() error {
		events, err := plane.Client.CoreV1().Events(namespace).List(context.Background(), metav1.ListOptions{})
		if err != nil {
			return err
		}
		var seen []string
		for _, event := range events.Items {
			seen = append(seen, fmt.Sprintf("%s %s: %s", event.InvolvedObject.Kind, event.Reason, event.Message))
			if event.InvolvedObject.Kind == kind && event.Reason == reason && strings.Contains(event.Message, text) {
				message = event.Message
				return nil
			}
		}
		return fmt.Errorf("no event says %q, only %q", text, seen)
	})
	return message
}

func checkDenied(t *testing.T, output cluster.Output, text string) {
	t.Helper()
	if output.OK || !strings.Contains(output.Stderr, "inject.gpuslice.dev\" denied the request: ") || !strings.Contains(output.Stderr, text) {
		t.Errorf("not denied with %q: %q %q", text, output.Stdout, output.Stderr)
	}
}

// withNode creates a ready, unschedulable node. Only pods that tolerate this, such as those of DaemonSets, run on it.
func withNode(t *testing.T, name string) {
	t.Helper()
	ctx := context.Background()
	nodes := plane.Client.CoreV1().Nodes()
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.NodeSpec{Unschedulable: true}}
	_, err := nodes.Create(ctx, node, metav1.CreateOptions{})
	cluster.Must(t, err)
	t.Cleanup(func() { _ = nodes.Delete(ctx, name, metav1.DeleteOptions{}) })
	cluster.Eventually(t, func() error { // a controller may write to it at the same time
		node, err := nodes.Get(ctx, name, metav1.GetOptions{})
		if err == nil {
			node.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
			_, err = nodes.UpdateStatus(ctx, node, metav1.UpdateOptions{})
		}
		return err
	})
}
