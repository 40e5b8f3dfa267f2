package webhook

import (
	"context"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"gpuslice.dev/e2e/cluster"
)

// withDebugger are the arguments of kubectl debug for a copy with a further container.
var withDebugger = []string{"--image=busybox:1", "--container=debugger"}

// debug copies a pod with kubectl debug.
func debug(t *testing.T, namespace, pod, copied string, args ...string) cluster.Output {
	t.Helper()
	return plane.Kubectl(t, "", append([]string{"debug", pod, "-n", namespace, "--copy-to=" + copied, "--quiet"}, args...)...)
}

func getPod(t *testing.T, namespace, name string) *corev1.Pod {
	t.Helper()
	pod, err := plane.Client.CoreV1().Pods(namespace).Get(context.Background(), name, metav1.GetOptions{})
	cluster.Must(t, err)
	return pod
}

// A copy has the class of the pod that it copies, in every profile, although all but the oldest drop the annotations:
// that which chose the class, and the record.
func TestDebugCopyHasTheClassOfItsPod(t *testing.T) {
	profiles := []string{"legacy", "general", "baseline", "restricted", "netadmin", "sysadmin"}
	for _, test := range []struct {
		name        string
		labels      map[string]string // of the namespace
		annotations map[string]string // of the namespace
		chosen      string            // the pod's annotation
		class       class
		profiles    []string
	}{
		{"chosen by the pod, MIG", enabled, nil, a100.name, a100, profiles},
		{"of the namespace, MIG", strict, mig, "", a100, profiles},
		{"chosen by the pod, the resource of today's class", strict, nil, whole.name, whole, []string{"legacy", "general"}},
		{"chosen by the pod, of two pools", enabled, mig, h100.name, h100, []string{"legacy", "general"}},
		{"chosen by the pod, guarded", guarded, nil, half.name, half, []string{"legacy", "general"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			namespace := plane.NewNamespace(t, test.labels, test.annotations)
			pod := original("origin")
			if test.chosen != "" {
				named(pod, test.chosen)
			}
			mustCreate(t, namespace, pod)
			for _, profile := range test.profiles {
				output := debug(t, namespace, "origin", profile, append(withDebugger, "--profile="+profile)...)
				if !output.OK {
					t.Errorf("profile %s: %s", profile, output.Stderr)
					continue
				}
				copied := getPod(t, namespace, profile)
				was := test.class.resource // it asked for this when it came
				if profile == "legacy" {
					was = gpu // the record was kept
				}
				checkOnly(t, copied, test.class, was)
				checkQuiet(t, namespace, copied)
			}
			checkCreations(t, namespace, map[string]int{"admitted": 1 + len(test.profiles)})
		})
	}
}

// The flags of kubectl debug decide what a copy brings of what we wrote: everything, the label or nothing; the
// containers that the record names or not.
func TestDebugCopyWithFlags(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	pod := named(original("origin"), a100.name)
	pod.Spec.InitContainers = []corev1.Container{{Name: "warm-up", Image: "cuda:12", Resources: *pod.Spec.Containers[0].Resources.DeepCopy()}}
	mustCreate(t, namespace, pod)
	tests := []struct {
		name    string
		args    []string
		holders []string
	}{
		{"annotations", append(withDebugger, "--keep-annotations"), []string{"warm-up", "main"}},
		{"labels", append(withDebugger, "--keep-labels"), []string{"warm-up", "main"}},
		{"annotations-without-init", append(withDebugger, "--keep-annotations", "--keep-labels", "--keep-init-containers=false"), []string{"main"}},
		{"without-init", append(withDebugger, "--keep-init-containers=false"), []string{"main"}},
		{"image", []string{"--set-image=main=cuda:13"}, []string{"warm-up", "main"}},
		{"image-and-annotations", []string{"--set-image=*=cuda:13", "--keep-annotations"}, []string{"warm-up", "main"}},
		{"command", []string{"--container=main", "--attach=false", "--", "sleep", "1d"}, []string{"warm-up", "main"}},
	}
	for _, test := range tests {
		if output := debug(t, namespace, "origin", test.name, test.args...); !output.OK {
			t.Errorf("%s: %s", test.name, output.Stderr)
			continue
		}
		copied := getPod(t, namespace, test.name)
		checkSliced(t, copied, a100, test.holders...)
		if err := onceError(copied); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		checkQuiet(t, namespace, copied)
	}
	checkCreations(t, namespace, map[string]int{"admitted": 1 + len(tests)})
}

// Once the namespace's class has changed, a copy without a record still has the class of its pod. With its record it is
// a pod that comes back, which gets the class of today.
func TestDebugCopyAfterTheClassOfTheNamespaceChanged(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, mig)
	mustCreate(t, namespace, original("origin"))
	useClass(t, namespace, t4Third.name)
	for _, test := range []struct {
		name  string
		args  []string
		class class
		was   corev1.ResourceName
	}{
		{"without", nil, a100, mig1g5gb},
		{"with-labels", []string{"--keep-labels"}, a100, mig1g5gb},
		{"with-record", []string{"--keep-annotations"}, t4Third, gpu},
	} {
		if output := debug(t, namespace, "origin", test.name, append(withDebugger, test.args...)...); !output.OK {
			t.Errorf("%s: %s", test.name, output.Stderr)
			continue
		}
		copied := getPod(t, namespace, test.name)
		checkOnly(t, copied, test.class, test.was)
		checkQuiet(t, namespace, copied)
	}
	checkCreations(t, namespace, map[string]int{"admitted": 4})
}

// Where pods may not choose, a copy cannot either. The denial says that the pod looks like a copy.
func TestDebugCopyWherePodsMayNotChoose(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, mig)
	hook.AddPolicy(t, "no-choice.yaml", "apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePolicy\nmetadata: {name: no-choice}\n"+
		"spec: {priority: 500, namespaces: {names: ["+namespace+"]}, classes: {allowed: [a100-1g5gb, t4-third], podChoice: false}}\n")
	chooses := named(newPod("chooses", gpu, 1), t4Third.name)
	cluster.Eventually(t, func() error { return eachReplicaSays(namespace, chooses, a100.name, "injected") })
	mustCreate(t, namespace, original("origin"))
	if output := debug(t, namespace, "origin", "same-class", withDebugger...); !output.OK {
		t.Errorf("the class of today: %s", output.Stderr)
	} else {
		checkOnly(t, getPod(t, namespace, "same-class"), a100, mig1g5gb)
	}
	useClass(t, namespace, t4Third.name)
	output := debug(t, namespace, "origin", "other-class", withDebugger...)
	checkDenied(t, output, "copy")
	checkDenied(t, output, "gpuslice.dev/class")
	checkCreations(t, namespace, map[string]int{"admitted": 2, "other_slice_denied": 1})
}

// A copy on the node of its pod has a node name when it is created: it is judged as any such pod.
func TestDebugCopyOnTheSameNode(t *testing.T) {
	for _, test := range []struct {
		name     string
		labels   map[string]string
		admitted bool
	}{
		{"enabled", enabled, true},
		{"required", strict, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			namespace := plane.NewNamespace(t, test.labels, nil)
			mustCreate(t, namespace, named(original("origin"), a100.name))
			bind(t, namespace, "origin")
			output := debug(t, namespace, "origin", "copied", append(withDebugger, "--same-node")...)
			if !test.admitted {
				checkDenied(t, output, "nodeName")
				checkCreations(t, namespace, map[string]int{"admitted": 1, "bound_gpu": 1})
				return
			}
			if !output.OK || !strings.Contains(output.Stderr, "Warning: gpuslice: ") || !strings.Contains(output.Stderr, "nodeName") {
				t.Fatalf("kubectl prints %q", output.Stderr)
			}
			forceDelete(t, namespace, "copied")
			checkCreations(t, namespace, map[string]int{"admitted": 2})
		})
	}
}

// bind assigns a pod to a node that does not exist, as a scheduler does.
func bind(t *testing.T, namespace, name string) {
	t.Helper()
	binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: name}, Target: corev1.ObjectReference{Kind: "Node", Name: "node-of-a-copy"}}
	cluster.Must(t, plane.Client.CoreV1().Pods(namespace).Bind(context.Background(), binding, metav1.CreateOptions{}))
	forceDelete(t, namespace, name)
}

// forceDelete deletes a bound pod when the test ends. Otherwise it would wait for its kubelet.
func forceDelete(t *testing.T, namespace, name string) {
	t.Cleanup(func() {
		_ = plane.Client.CoreV1().Pods(namespace).Delete(context.Background(), name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To(int64(0))})
	})
}
