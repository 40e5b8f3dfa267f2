package webhook

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"gpuslice.dev/e2e/cluster"
)

const (
	largeAuthors = 16 // who create large pods at the same time
	largeRounds  = 2  // pods of each
	smallPods    = 1000
	largeArgs    = 1_250_000 // bytes of "<", each six bytes long in a review
)

// newLargePod is as large as an author can make it: 1.25 MB, and 7.5 MB as a review.
func newLargePod(name string) *corev1.Pod {
	pod := newPod(name, gpu, 1)
	pod.Spec.Containers[0].Args = []string{strings.Repeat("<", largeArgs)}
	return pod
}

// Large reviews are decided one at a time, in a lane of their own: small ones do not wait for them, and the large ones
// get a slice or a denial, never neither.
func TestLargePodsDoNotKeepOthersFromTheirSlices(t *testing.T) {
	hook.OnFailure(t)
	before := failedOpen(t)
	namespace := plane.NewNamespace(t, enabled, nil)
	var small, large sync.WaitGroup
	var unplaced, sliced, denied atomic.Int64
	judge := func(pod *corev1.Pod, err error) {
		switch {
		case err != nil && strings.Contains(err.Error(), "denied the request") && strings.Contains(err.Error(), "as a review"):
			denied.Add(1)
		case err != nil:
			t.Errorf("a large pod: %v", err)
		case slicedError(pod, t4Third, "main") != nil:
			t.Errorf("a large pod is without its slice")
		default:
			sliced.Add(1)
		}
	}
	for author := range largeAuthors {
		large.Go(func() {
			for round := range largeRounds {
				judge(createDry(namespace, newLargePod(fmt.Sprintf("large-%d-%d", author, round))))
			}
		})
	}
	for author := range creators {
		small.Go(func() {
			for i := author; i < smallPods; i += creators {
				pod, err := createDry(namespace, newPod(fmt.Sprintf("small-%d", i), gpu, 1))
				if err != nil || slicedError(pod, t4Third, "main") != nil {
					unplaced.Add(1)
				}
			}
		})
	}
	small.Wait()
	large.Wait()
	t.Logf("%d of %d small pods without their slice; %d large ones with, %d denied as too large", unplaced.Load(), smallPods, sliced.Load(), denied.Load())
	if unplaced.Load() > 0 || sliced.Load() == 0 {
		t.Error("large pods keep others from their slices")
	}
	if after := failedOpen(t); after > before {
		t.Errorf("the API server counted %v calls that failed open", after-before)
	}
}

// failedOpen is how often the API server let a pod pass because our webhook failed. A denial is no failure.
func failedOpen(t *testing.T) float64 {
	t.Helper()
	value, err := plane.Metric("apiserver_admission_webhook_fail_open_count", map[string]string{"name": "enabled.inject.gpuslice.dev"})
	cluster.Must(t, err)
	return value
}
