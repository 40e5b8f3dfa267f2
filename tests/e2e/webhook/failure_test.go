package webhook

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gpuslice.dev/e2e/cluster"
)

// takeDown stops every replica, and starts them again when the test ends.
func takeDown(t *testing.T) {
	t.Helper()
	cluster.Must(t, hook.Down())
	t.Cleanup(func() { cluster.Must(t, hook.Up()) })
}

func TestWebhookDown(t *testing.T) {
	all := map[string]string{"gpuslice.dev/inject": "required", "gpuslice.dev/pods": "all"}
	takeDown(t)
	const refused = "failed calling webhook"
	for _, test := range []struct {
		name   string
		labels map[string]string
		pod    *corev1.Pod
		says   string // part of the refusal; "" if the pod is admitted unchanged
	}{
		{"enabled passes a GPU pod", enabled, newPod("pod", gpu, 1), ""},
		{"enabled passes a plain pod", enabled, newPod("pod", "", 0), ""},
		{"enabled passes any pod that is sent", guarded, newPod("pod", "", 0), ""},
		{"required refuses a GPU pod", required, newPod("pod", gpu, 1), refused},
		{"required refuses a MIG pod", required, newPod("pod", mig1g5gb, 1), refused},
		{"required passes a plain pod", required, newPod("pod", "", 0), ""},
		{"required refuses a plain pod where every pod is sent", all, newPod("pod", "", 0), refused},
		{"a namespace that has not opted in passes a GPU pod", nil, newPod("pod", gpu, 1), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			pod, err := create(plane.NewNamespace(t, test.labels, nil), test.pod)
			switch {
			case test.says == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.says == "":
				checkUntouched(t, pod)
			case err == nil || !strings.Contains(err.Error(), test.says):
				t.Errorf("not refused with %q: %v", test.says, err)
			}
		})
	}
}

// The API server itself enforces the guard: with it, `enabled` namespaces fail open for plain pods and closed for pods
// that ask for a GPU.
func TestGuardHoldsWhileTheWebhookIsDown(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	installGuard(t, namespace)
	sliced, err := createDry(namespace, newPod("sliced", gpu, 1))
	cluster.Must(t, err)
	for _, file := range []string{"timeslice-pod", "mig-pod", "annotated-pod", "or-affinity-pod", "plain-pod"} {
		output := plane.Kubectl(t, workload(t, file, namespace), "apply", "-f", "-")
		if !output.OK { // the guard admits what the webhook has decided about
			t.Errorf("%s: %s", file, output.Stderr)
		}
	}
	takeDown(t)
	for _, test := range []struct {
		name string
		pod  *corev1.Pod
		says string
	}{
		{"a plain pod passes", newPod("plain", "", 0), ""},
		{"a GPU pod without placement", newPod("gpu", gpu, 1), "must be placed on the pools of a slice class"},
		{"a MIG pod without placement", newPod("mig", mig1g5gb, 1), "must be placed on the pools of a slice class"},
		{"a GPU pod on a pool passes", placed("placed", gpu, 1, "t4-thirds"), ""},
		{"a GPU pod on a pool of another resource", placed("other", mig1g5gb, 1, "t4-thirds"), "must be placed on the pools of a slice class"},
		{"a GPU pod with a term that pins no pool", openTerm(placed("open", gpu, 1, "t4-thirds")), "must be placed on the pools of a slice class"},
		{"a bound GPU pod", bound(placed("bound", gpu, 1, "t4-thirds")), "may not set spec.nodeName"},
		{"what the webhook made passes", again(sliced), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := createDry(namespace, test.pod)
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("expected %q: %v", test.says, err)
			}
		})
	}
}

// installGuard installs the guard that `render --guard` writes, until the test ends. option is used instead of --guard
// if given. The namespace must be `enabled`: a dry run there shows when the guard is in force.
func installGuard(t *testing.T, namespace string, option ...string) {
	t.Helper()
	dir := t.TempDir()
	output := plane.Gpuslice(t, "", "render", append(option, "--guard")[0], "--node-class", "kwok", "--policies", hook.Policies, "-d", dir)
	if !output.OK {
		t.Fatal(output.Stderr)
	}
	guard, err := cluster.Load(filepath.Join(dir, "guard-policy.yaml"), filepath.Join(dir, "guard-binding.yaml"))
	cluster.Must(t, err)
	cluster.Must(t, plane.Apply(context.Background(), guard...))
	inForce := func() error {
		_, err := createDry(namespace, bound(newPod("probe", gpu, 1)))
		if err == nil || !strings.Contains(err.Error(), "ValidatingAdmissionPolicy") {
			return fmt.Errorf("the guard is not in force: %v", err)
		}
		return nil
	}
	t.Cleanup(func() {
		cluster.Must(t, plane.Delete(context.Background(), guard...))
		cluster.Eventually(t, func() error {
			if inForce() == nil {
				return errors.New("the guard is still in force")
			}
			return nil
		})
	})
	cluster.Eventually(t, inForce)
}

func placed(name string, resource corev1.ResourceName, count int64, pool string) *corev1.Pod {
	pod := newPod(name, resource, count)
	pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
			{MatchExpressions: []corev1.NodeSelectorRequirement{{Key: poolKey, Operator: corev1.NodeSelectorOpIn, Values: []string{pool}}}},
		}}}}
	return pod
}

func openTerm(pod *corev1.Pod) *corev1.Pod {
	selector := pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	selector.NodeSelectorTerms = append(selector.NodeSelectorTerms, corev1.NodeSelectorTerm{
		MatchExpressions: []corev1.NodeSelectorRequirement{{Key: "zone", Operator: corev1.NodeSelectorOpExists}}})
	return pod
}

func bound(pod *corev1.Pod) *corev1.Pod {
	pod.Spec.NodeName = "node-1"
	return pod
}

// again removes the metadata that the API server has added, so that the pod can be created a second time.
func again(pod *corev1.Pod) *corev1.Pod {
	pod.ObjectMeta = metav1.ObjectMeta{Name: pod.Name, Labels: pod.Labels, Annotations: pod.Annotations}
	return pod
}
