package webhook

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"gpuslice.dev/e2e/cluster"
)

// Another webhook, which is called after ours, changes what the choice of the class depends on. Our second call takes
// back the edits of the first and applies the other class; a further call changes nothing.
func TestClassChangedByAnotherWebhook(t *testing.T) {
	const choice, record = "gpuslice.dev/class", "gpuslice.dev/applied"
	for _, test := range []struct {
		name        string
		annotations map[string]string // of the namespace
		chosen      string            // the pod's class, or ""
		change      func(pod *corev1.Pod) string
		class       class
		was         corev1.ResourceName
	}{
		{"from time slices to MIG", nil, "", addChoice(a100), a100, gpu},
		{"from MIG to time slices", mig, "", addChoice(t4Third), t4Third, gpu},
		{"from time slices to a whole GPU", nil, "", addChoice(whole), whole, gpu},
		{"from one pool to two", mig, "", addChoice(h100), h100, gpu},
		{"the pod's choice is removed", nil, a100.name, removeAnnotations(choice), t4Third, gpu},
		{"the choice and the record are removed", nil, a100.name, removeAnnotations(choice, record), a100, mig1g5gb},
		{"the record is removed", mig, "", removeAnnotations(record), a100, mig1g5gb},
	} {
		t.Run(test.name, func(t *testing.T) {
			namespace := plane.NewNamespace(t, enabled, test.annotations)
			startSecondWebhook(t, namespace, onlyTrain(test.change))
			pod := original("train")
			if test.chosen != "" {
				named(pod, test.chosen)
			}
			createInTwoRounds(t, namespace, pod, test.class, test.was)
		})
	}
}

// createInTwoRounds creates a pod made by original, and fails unless it is admitted in two rounds with this class.
func createInTwoRounds(t *testing.T, namespace string, pod *corev1.Pod, class class, was corev1.ResourceName) {
	t.Helper()
	conflicts := auditConflicts(t)
	pod = mustCreate(t, namespace, pod)
	checkOnly(t, pod, class, was)
	checkOthersKept(t, pod)
	checkRounds(t, namespace, pod.Name)
	checkQuiet(t, namespace, pod)
	checkCreations(t, namespace, map[string]int{"admitted": 1})
	checkAuditConflicts(t, conflicts())
}

// onlyTrain is a change of startSecondWebhook for pods named train.
func onlyTrain(change func(pod *corev1.Pod) string) func(pod *corev1.Pod) string {
	return func(pod *corev1.Pod) string {
		if pod.Name != "train" {
			return ""
		}
		return change(pod)
	}
}

// addChoice is a change of startSecondWebhook: a pod that has a slice and does not name a class names this one.
func addChoice(class class) func(pod *corev1.Pod) string {
	return func(pod *corev1.Pod) string {
		if pod.Annotations["gpuslice.dev/class"] != "" || pod.Annotations["gpuslice.dev/applied"] == "" {
			return ""
		}
		return fmt.Sprintf(`[{"op":"add","path":"/metadata/annotations/gpuslice.dev~1class","value":%q}]`, class.name)
	}
}

// addLabel is a change of startSecondWebhook that has nothing to do with us, but causes a second round.
func addLabel(pod *corev1.Pod) string {
	if pod.Labels["second"] != "" || pod.Annotations["gpuslice.dev/applied"] == "" {
		return ""
	}
	return `[{"op":"add","path":"/metadata/labels/second","value":"called"}]`
}

// removeAnnotations is a change of startSecondWebhook.
func removeAnnotations(keys ...string) func(pod *corev1.Pod) string {
	return func(*corev1.Pod) string {
		var operations []string
		for _, key := range keys {
			operations = append(operations, fmt.Sprintf(`{"op":"remove","path":"/metadata/annotations/%s"}`, strings.ReplaceAll(key, "/", "~1")))
		}
		return "[" + strings.Join(operations, ",") + "]"
	}
}

// checkAuditConflicts fails if the API server refused another audit annotation than the class or the policy. Those of the
// first round stay in its log where the second applies others.
func checkAuditConflicts(t *testing.T, lines []string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(line, ".inject.gpuslice.dev/class to ") && !strings.Contains(line, ".inject.gpuslice.dev/policy to ") {
			t.Error(line)
		}
	}
}

// The policies, or the namespace, change between the two rounds of one admission: the pod is admitted with the class
// that applies in the second.
func TestReloadBetweenTwoRounds(t *testing.T) {
	policy := filepath.Join(hook.Policies, "between-rounds.yaml")
	for _, test := range []struct {
		name    string
		classes string // of a policy for the namespace; if "", the annotation of the namespace changes instead
		class   class
	}{
		{"another default", "{allowed: [t4-third, a100-1g5gb], default: a100-1g5gb}", a100},
		{"the class is no longer allowed", "{allowed: [h100-1g10gb], default: h100-1g10gb}", h100},
		{"another revision with the same class", "{allowed: [t4-third], default: t4-third}", t4Third},
		{"the class of the namespace", "", whole},
	} {
		t.Run(test.name, func(t *testing.T) {
			namespace := plane.NewNamespace(t, enabled, nil)
			t.Cleanup(func() { _ = os.Remove(policy) })
			change := func() error {
				if test.classes == "" {
					return annotate(namespace, test.class)
				}
				return os.WriteFile(policy, []byte("apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePolicy\nmetadata: {name: between-rounds}\n"+
					"spec: {priority: 500, namespaces: {names: ["+namespace+"]}, classes: "+test.classes+"}\n"), 0o644)
			}
			startSecondWebhook(t, namespace, onlyTrain(func(pod *corev1.Pod) string {
				before := policyRevisions()
				if err := change(); err != nil {
					t.Error(err)
				}
				err := waitWithin(20*time.Second, func() error {
					if test.classes != "" && slices.Equal(policyRevisions(), before) {
						return errors.New("the policies are not reloaded")
					}
					return classInUse(namespace, test.class.name)
				})
				if err != nil {
					t.Error(err)
				}
				return addLabel(pod)
			}))
			createInTwoRounds(t, namespace, original("train"), test.class, gpu)
		})
	}
}

// annotate sets the class of a namespace.
func annotate(namespace string, class class) error {
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{"gpuslice.dev/class":%q}}}`, class.name)
	_, err := plane.Client.CoreV1().Namespaces().Patch(context.Background(), namespace, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// policyRevisions lists the revision that each replica reports.
func policyRevisions() (found []string) {
	for _, replica := range hook.Replicas {
		text, _ := replica.Get("/metrics")
		_, after, _ := strings.Cut(text, `gpuslice_policy_info{revision="`)
		revision, _, _ := strings.Cut(after, `"`)
		found = append(found, revision)
	}
	return found
}

// waitWithin is cluster.Eventually for use outside of the test's goroutine.
func waitWithin(limit time.Duration, ask func() error) error {
	var last error
	err := wait.PollUntilContextTimeout(context.Background(), 50*time.Millisecond, limit, true, func(context.Context) (bool, error) {
		last = ask()
		return last == nil, nil
	})
	if err != nil && last != nil {
		return last
	}
	return err
}

// Whatever an author writes into a record stays out of the audit log, also where the record is taken back.
func TestNothingOfARecordGetsIntoTheAuditLog(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, mig)
	for name, text := range map[string]string{
		"today":     `{"class":"a100-1g5gb","policy":"forged-policy","revision":"f0f0f0f0f0f0","containers":["main"],"was":{"main":{"nvidia.com/gpu":1}}}`,
		"other":     `{"class":"t4-third","policy":"forged-policy","revision":"f0f0f0f0f0f0","containers":["main"],"was":{"main":{"nvidia.com/gpu":1}}}`,
		"unknown":   `{"class":"forged-class","policy":"forged-policy","revision":"f0f0f0f0f0f0","containers":["main"],"was":{"main":{"nvidia.com/gpu":1}}}`,
		"nonsense":  `{"class":"forged-class","policy":"forged-policy","revision":"f0f0f0f0f0f0","containers":["main"],"was":{"main":{"forged.io/x":1}}}`,
		"unpaired":  `{"class":"t4-third","policy":"forged-policy","revision":"f0f0f0f0f0f0","containers":["forged-container"],"was":{}}`,
		"too-small": `{"class":"t4-third","policy":"forged-policy","revision":"f0f0f0f0f0f0","containers":["main"],"was":{"main":{"nvidia.com/gpu":-1}}}`,
	} {
		pod := newPod(name, gpu, 1)
		pod.Annotations = map[string]string{"gpuslice.dev/applied": text}
		checkSliced(t, mustCreate(t, namespace, pod), a100, "main")
	}
	events, err := plane.Audit(namespace)
	cluster.Must(t, err)
	for _, event := range events {
		annotations := event.Annotations
		if strings.Contains(fmt.Sprint(annotations), "forged-") || strings.Contains(fmt.Sprint(annotations), "f0f0f0f0f0f0") {
			t.Errorf("%s: %v", event.ObjectRef.Name, annotations)
		}
		if class := annotations["enabled.inject.gpuslice.dev/class"]; class != a100.name {
			t.Errorf("%s: the audit log has the class %q", event.ObjectRef.Name, class)
		}
	}
}
