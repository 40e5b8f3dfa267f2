package webhook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gpuslice.dev/e2e/cluster"
)

// controlled is a workload of one pod whose template has these labels and annotations, in YAML. Its selector has the
// labels as well.
func controlled(kind, namespace, labels, annotations string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: %s
metadata: {name: vllm, namespace: %s}
spec:
  replicas: 1
  selector: {matchLabels: {%[3]s}}
  template:
    metadata: {labels: {%[3]s}, annotations: {%[4]s}}
    spec: {containers: [{name: main, image: "cuda:12", resources: {limits: {nvidia.com/gpu: 1}}}]}
`, kind, namespace, labels, annotations)
}

const (
	appAlone      = `app: vllm`
	appAndClass   = `app: vllm, gpuslice.dev/class: a100-1g5gb`
	choosesA100   = `gpuslice.dev/class: a100-1g5gb`
	recordOfA100  = `gpuslice.dev/applied: '{"class":"a100-1g5gb","policy":"ml-teams","revision":"0123456789ab","containers":["main"],"was":{"main":{"nvidia.com/gpu":1}}}'`
	recordOfThird = `gpuslice.dev/applied: '{"class":"t4-third","policy":"ml-teams","revision":"0123456789ab","containers":["main"],"was":{"main":{"nvidia.com/gpu":1}}}'`
)

// A workload selects by the class label, and another class than that applies: its pods are refused, since a changed
// label would take them out of the selector, and the owner would make others without end. Once the template chooses that
// class by annotation, as the denial says, one pod is made.
func TestLabelThatTheOwnerSelectsByIsRefused(t *testing.T) {
	for _, test := range []struct {
		kind, owner string
		labels      map[string]string // of the namespace
	}{{"Deployment", "ReplicaSet", enabled}, {"ReplicaSet", "ReplicaSet", enabled}, {"StatefulSet", "StatefulSet", strict}} {
		t.Run(test.kind, func(t *testing.T) {
			kind, namespace := test.kind, plane.NewNamespace(t, test.labels, nil)
			output := plane.Kubectl(t, controlled(kind, namespace, appAndClass, ""), "apply", "-f", "-")
			if !output.OK || !strings.Contains(output.Stderr, "Warning: gpuslice: ") || !strings.Contains(output.Stderr, "gpuslice.dev/class") {
				t.Errorf("kubectl prints %q", output.Stderr)
			}
			waitForRefusals(t, namespace, 4) // the owner tries again, and never gets a pod
			message := waitForEvent(t, namespace, test.owner, "FailedCreate", "gpuslice.dev/class")
			if !strings.Contains(message, "annotation") {
				t.Errorf("the event says %q", message)
			}
			if found := creations(t, namespace); len(found) != 1 || len(podsOf(t, namespace)) != 0 {
				t.Fatalf("creations of pods ended as %v", found)
			}
			t.Logf("%d pods were refused", creations(t, namespace)["label_conflict"])
			output = plane.Kubectl(t, controlled(kind, namespace, appAndClass, choosesA100), "apply", "-f", "-")
			if !output.OK {
				t.Fatal(output.Stderr)
			}
			waitForOnePod(t, namespace, kind)
			checkSliced(t, &podsOf(t, namespace)[0], a100, "main")
			if found := creations(t, namespace); found["admitted"] != 1 || len(found) != 2 {
				t.Errorf("creations of pods ended as %v", found)
			}
			deleteWorkload(t, namespace, kind)
		})
	}
}

// Each of these workloads makes exactly one pod, and none of its attempts is refused.
func TestControllersMakeOnePod(t *testing.T) {
	for _, test := range []struct {
		name                string
		labels, annotations string // of the template
		class               class
		label               string                       // the class label of the pod in the end
		second              func(pod *corev1.Pod) string // the change by another webhook, or nil
	}{
		{"without the label", appAlone, "", t4Third, t4Third.name, nil},
		{"without the label, two rounds", appAlone, "", t4Third, t4Third.name, addLabel},
		{"without the label, two rounds with two classes", appAlone, "", a100, t4Third.name, addChoice(a100)},
		{"with the class of its annotation", appAndClass, choosesA100, a100, a100.name, nil},
		{"with the class of its annotation, two rounds", appAndClass, choosesA100, a100, a100.name, addLabel},
		{"copied from a live pod of another class", appAndClass, recordOfA100, t4Third, a100.name, nil},
		{"copied from a live pod of another class, two rounds", appAndClass, recordOfA100, t4Third, a100.name, addLabel},
		{"copied from a live pod of today's class", `app: vllm, gpuslice.dev/class: t4-third`, recordOfThird, t4Third, t4Third.name, nil},
	} {
		for _, kind := range []string{"Deployment", "StatefulSet"} {
			t.Run(test.name+", "+kind, func(t *testing.T) {
				namespace := plane.NewNamespace(t, enabled, nil)
				if test.second != nil {
					startSecondWebhook(t, namespace, test.second)
				}
				output := plane.Kubectl(t, controlled(kind, namespace, test.labels, test.annotations), "apply", "-f", "-")
				if !output.OK {
					t.Fatal(output.Stderr)
				}
				waitForOnePod(t, namespace, kind)
				pod := podsOf(t, namespace)[0]
				checkLabelled(t, &pod, test.class, test.label)
				checkQuiet(t, namespace, &pod)
				if test.second != nil {
					checkRounds(t, namespace, "")
				}
				deleteWorkload(t, namespace, kind)
				checkCreations(t, namespace, map[string]int{"admitted": 1})
			})
		}
	}
}

// In mode warn nothing is written, and so nothing needs to be refused.
func TestLabelIsNoConflictInModeWarn(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	hook.AddPolicy(t, "warn-only.yaml", "apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePolicy\nmetadata: {name: warn-only}\n"+
		"spec: {priority: 500, namespaces: {names: ["+namespace+"]}, classes: {default: t4-third}, mode: warn}\n")
	cluster.Eventually(t, func() error {
		pod, err := createDry(namespace, newPod("is-it-in-use", gpu, 1))
		if err == nil && pod.Labels["gpuslice.dev/class"] != "" {
			err = errors.New("the policy is not in use")
		}
		return err
	})
	output := plane.Kubectl(t, controlled("Deployment", namespace, appAndClass, ""), "apply", "-f", "-")
	if !output.OK {
		t.Fatal(output.Stderr)
	}
	waitForOnePod(t, namespace, "Deployment")
	pod := podsOf(t, namespace)[0]
	if pod.Labels["gpuslice.dev/class"] != a100.name || pod.Annotations["gpuslice.dev/applied"] != "" {
		t.Errorf("the pod was changed: %v %v", pod.Labels, pod.Annotations)
	}
	events, err := plane.Audit(namespace)
	cluster.Must(t, err)
	last := events[len(events)-1].Annotations
	if last["enabled.inject.gpuslice.dev/decision"] != "would_deny" || last["enabled.inject.gpuslice.dev/reason"] != "label_conflict" {
		t.Errorf("the audit log has %v", last)
	}
	deleteWorkload(t, namespace, "Deployment")
	checkCreations(t, namespace, map[string]int{"admitted": 1})
}

// A bare pod has no owner that selects by the label, which is rewritten, with a warning.
func TestLabelOfABarePodIsRewritten(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	pod := newPod("bare", gpu, 1)
	pod.Labels = map[string]string{"gpuslice.dev/class": a100.name}
	output := plane.Kubectl(t, podDocument(t, pod, namespace), "create", "-f", "-")
	if !output.OK || !strings.Contains(output.Stderr, "Warning: gpuslice: ") || !strings.Contains(output.Stderr, "gpuslice.dev/class") {
		t.Errorf("kubectl prints %q", output.Stderr)
	}
	checkSliced(t, getPod(t, namespace, "bare"), t4Third, "main")
	checkCreations(t, namespace, map[string]int{"admitted": 1})
}

// checkLabelled is checkSliced of the container main for a pod whose label may name another class.
func checkLabelled(t *testing.T, pod *corev1.Pod, class class, label string) {
	t.Helper()
	if found := pod.Labels["gpuslice.dev/class"]; found != label {
		t.Errorf("the label names class %q instead of %q", found, label)
	}
	pod = pod.DeepCopy()
	pod.Labels["gpuslice.dev/class"] = class.name
	checkSliced(t, pod, class, "main")
}

// waitForRefusals waits until this many pods were refused because of their label, and ends the test at the first that is
// not.
func waitForRefusals(t *testing.T, namespace string, count int) {
	t.Helper()
	cluster.Eventually(t, func() error {
		found := creations(t, namespace)
		if found["admitted"] > 0 {
			t.Fatalf("creations of pods ended as %v", found)
		}
		if found["label_conflict"] < count {
			return fmt.Errorf("creations of pods ended as %v", found)
		}
		return nil
	})
}

// waitForOnePod waits until a workload counts one pod as its own. A pod that was released is not counted.
func waitForOnePod(t *testing.T, namespace, kind string) {
	t.Helper()
	ctx, apps := context.Background(), plane.Client.AppsV1()
	cluster.Eventually(t, func() error {
		var counted int32
		switch kind {
		case "Deployment":
			found, err := apps.Deployments(namespace).Get(ctx, "vllm", metav1.GetOptions{})
			if err != nil || found.Status.ObservedGeneration < found.Generation {
				return fmt.Errorf("not observed: %v", err)
			}
			counted = min(found.Status.Replicas, found.Status.UpdatedReplicas)
		case "ReplicaSet":
			found, err := apps.ReplicaSets(namespace).Get(ctx, "vllm", metav1.GetOptions{})
			if err != nil {
				return err
			}
			counted = found.Status.FullyLabeledReplicas
		default:
			found, err := apps.StatefulSets(namespace).Get(ctx, "vllm", metav1.GetOptions{})
			if err != nil || found.Status.ObservedGeneration < found.Generation {
				return fmt.Errorf("not observed: %v", err)
			}
			counted = found.Status.Replicas
		}
		pods := podsOf(t, namespace)
		if len(pods) > 5 { // it makes others without end
			t.Fatalf("%d pods, of which the %s counts %d", len(pods), kind, counted)
		}
		if counted != 1 || len(pods) != 1 || len(pods[0].OwnerReferences) != 1 {
			return fmt.Errorf("the %s counts %d pods of %d; creations ended as %v", kind, counted, len(pods), creations(t, namespace))
		}
		return nil
	})
}

// deleteWorkload deletes a workload, and fails unless its pods go with it.
func deleteWorkload(t *testing.T, namespace, kind string) {
	t.Helper()
	output := plane.Kubectl(t, "", "-n", namespace, "delete", kind, "vllm", "--cascade=foreground", "--wait=false", "--ignore-not-found")
	if !output.OK {
		t.Error(output.Stderr)
	}
	waitForPods(t, namespace, 0)
}
