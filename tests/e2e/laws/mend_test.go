package laws

import (
	"testing"

	"gpuslice.dev/e2e/oracle"
)

// A good part of the pods is such that the API server makes them: a law about pods that it refuses would say little.
func TestPodsAreOftenValid(t *testing.T) {
	const count = 2000
	valid := 0
	for number := range uint64(count) {
		pod := Pod(number, 1<<30)
		pod.Namespace = "enabled"
		if oracle.Valid(pod) == nil {
			valid++
		}
	}
	if valid < count/4 {
		t.Errorf("only %d of %d pods are valid", valid, count)
	}
}
