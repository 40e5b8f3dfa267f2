package webhook

import (
	"context"
	"fmt"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gpuslice.dev/e2e/cluster"
)

func patchNamespace(t *testing.T, name, patch string) {
	t.Helper()
	_, err := plane.Client.CoreV1().Namespaces().Patch(context.Background(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	cluster.Must(t, err)
}

// The namespace's class changes while pods are created. Each pod is completely of the old or of the new class, and the
// new class takes effect soon.
func TestAnnotationChangedWhilePodsAreMade(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	slowest, number := time.Duration(0), 0
	for round := range 10 {
		wanted, name := t4Third, "t4-third"
		if round%2 == 0 {
			wanted, name = a100, "a100-1g5gb"
		}
		patchNamespace(t, namespace, fmt.Sprintf(`{"metadata":{"annotations":{"gpuslice.dev/class":%q}}}`, name))
		began := time.Now()
		cluster.Eventually(t, func() error {
			number++
			pod := mustCreate(t, namespace, newPod(fmt.Sprintf("pod-%d", number), gpu, 1))
			if pod.Labels["gpuslice.dev/class"] != wanted.name {
				return fmt.Errorf("pods are still of %s", pod.Labels["gpuslice.dev/class"])
			}
			return nil
		})
		slowest = max(slowest, time.Since(began))
	}
	for _, pod := range podsOf(t, namespace) {
		if pod.Labels["gpuslice.dev/class"] == a100.name {
			checkSliced(t, &pod, a100, "main")
		} else {
			checkSliced(t, &pod, t4Third, "main")
		}
	}
	t.Logf("%d pods, the slowest change took effect after %s (one request included)", number, slowest)
}

// The namespace opts out and in again while pods are created. Each pod is converted completely or not at all.
func TestLabelChangedWhilePodsAreMade(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, mig)
	number := 0
	untilClass := func(class string) {
		cluster.Eventually(t, func() error {
			number++
			pod := mustCreate(t, namespace, newPod(fmt.Sprintf("pod-%d", number), gpu, 1))
			if pod.Labels["gpuslice.dev/class"] != class {
				return fmt.Errorf("pods are still of class %q", pod.Labels["gpuslice.dev/class"])
			}
			return nil
		})
	}
	for range 5 {
		patchNamespace(t, namespace, `{"metadata":{"labels":{"gpuslice.dev/inject":null}}}`)
		untilClass("")
		patchNamespace(t, namespace, `{"metadata":{"labels":{"gpuslice.dev/inject":"enabled"}}}`)
		untilClass(a100.name)
	}
	for _, pod := range podsOf(t, namespace) {
		checkSlicedOrUntouched(t, &pod)
	}
}

func checkSlicedOrUntouched(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	if pod.Labels["gpuslice.dev/class"] == "" {
		checkUntouched(t, pod)
		return
	}
	checkSliced(t, pod, a100, "main")
}
