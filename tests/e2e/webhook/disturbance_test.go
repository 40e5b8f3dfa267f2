package webhook

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gpuslice.dev/e2e/cluster"
)

// During each of these disturbances no pod is refused, and every pod gets its slice.

func TestNothingIsLostWhilePoliciesAreReloaded(t *testing.T) {
	extra := filepath.Join(hook.Policies, "extra.yaml")
	t.Cleanup(func() { _ = os.Remove(extra) })
	underLoad(t, func(pods *load) {
		for i := range 3 {
			text := fmt.Sprintf("apiVersion: gpuslice.dev/v1alpha1\nkind: SlicePolicy\nmetadata: {name: extra-%d}\nspec: {namespaces: {names: [nobody]}, classes: {default: t4-third}}\n", i)
			write(t, extra, text)
			waitForLoad(t, 1)
			pods.waitFor(t, 10)
			write(t, extra, "kind: nonsense\n")
			waitForLoad(t, 0)
			pods.waitFor(t, 10)
		}
	})
}

func TestNothingIsLostWhileReplicasAreReplaced(t *testing.T) {
	underLoad(t, func(pods *load) {
		for i := range hook.Replicas {
			cluster.Must(t, hook.StopReplica(i))
			pods.waitFor(t, 20)
			cluster.Must(t, hook.StartReplica(i))
			pods.waitFor(t, 20)
		}
	})
}

// While the API server is down no pod can be created. Every pod that is created before or afterwards has its slice,
// even in a namespace that is created afterwards.
func TestNothingIsLostWhileTheAPIServerRestarts(t *testing.T) {
	hook.OnFailure(t)
	for name, end := range map[string]func(){"stopped": plane.StopAPIServer, "killed": plane.KillAPIServer} {
		t.Run(name, func(t *testing.T) {
			open, closed := startLoad(t, enabled), startLoad(t, strict)
			open.waitFor(t, 50)
			end()
			cluster.Must(t, plane.StartAPIServer())
			open.waitFor(t, 100)
			closed.waitFor(t, 100)
			open.end(t)
			closed.end(t)
			if failed := counters(t); failed > 0 {
				t.Errorf("the API server counted %v calls that failed open or were rejected", failed)
			}
			checkSliced(t, mustCreate(t, plane.NewNamespace(t, enabled, mig), newPod("later", gpu, 1)), a100, "main")
			for _, replica := range hook.Replicas {
				cluster.Eventually(t, replica.Ready)
			}
		})
	}
}

// waitForLoad waits until every replica reports that its last load of policies succeeded (1) or failed (0).
func waitForLoad(t *testing.T, successful float64) {
	t.Helper()
	for _, replica := range hook.Replicas {
		cluster.Eventually(t, func() error {
			text, err := replica.Get("/metrics")
			if err != nil {
				return err
			}
			value, err := cluster.SumMetric([]byte(text), "gpuslice_last_load_successful", map[string]string{"what": "policies"})
			if err == nil && value != successful {
				err = fmt.Errorf("gpuslice_last_load_successful is %v", value)
			}
			return err
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	next := filepath.Join(filepath.Dir(path), ".next")
	cluster.Must(t, os.WriteFile(next, []byte(text), 0o644))
	cluster.Must(t, os.Rename(next, path))
}
