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
	largeAuthors = 16 // they create large pods at the same time
	largeRounds  = 2  // large pods that each author creates
	smallPods    = 1000
	largeArgs    = 1_250_000 // number of "<", each of which takes six bytes in a review
)

// newLargePod has 1.25 MB, and its review 7.5 MB.
func newLargePod(name string) *corev1.Pod {
	pod := newPod(name, gpu, 1)
	pod.Spec.Containers[0].Args = []string{strings.Repeat("<", largeArgs)}
	return pod
}

// The webhook decides about large reviews one at a time, in a lane of their own. Small reviews do not wait for them,
// and each large pod gets a slice or a denial.
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

// failedOpen is the number of pods that the API server admitted in `enabled` namespaces because its call of the webhook
// failed.
func failedOpen(t *testing.T) float64 {
	t.Helper()
	value, err := plane.Metric("apiserver_admission_webhook_fail_open_count", map[string]string{"name": "enabled.inject.gpuslice.dev"})
	cluster.Must(t, err)
	return value
}
