package laws

import (
	"testing"

	"gpuslice.dev/e2e/oracle"
)

// At least a quarter of the pods are valid: a test would mean little if the API server refused almost every pod.
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
