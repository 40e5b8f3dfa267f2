package karpenter

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gpuslice.dev/e2e/cluster"
)

// All objects agree except the device plugin's file, which does not rename the shared resource. Karpenter buys a node
// that never becomes usable; lint reports the mistake beforehand.
func TestPluginThatRegistersAnotherName(t *testing.T) {
	fresh(t)
	dir := t.TempDir()
	cluster.Must(t, os.CopyFS(dir, os.DirFS(nodeFiles)))
	replace(t, filepath.Join(dir, "device-plugin-config.yaml"), "renameByDefault: true", "renameByDefault: false")
	found := plane.Gpuslice(t, "", "lint", "--policies", filepath.Join(plane.Root, "policies"), dir)
	if !strings.Contains(found.Stdout, "resource-not-registered") {
		t.Errorf("lint reports: %s", found.Stdout)
	}
	side, err := readNodeSide(dir)
	cluster.Must(t, err)
	operator.use(side)
	t.Cleanup(func() { operator.use(shipped) })

	team := newTeam(t, guarded, "a10g-half")
	place(t, order{team, 1, podAsking(gpuResource, 1)})
	cluster.Eventually(t, func() error {
		claims := claimsOf(t, "a10g-halves")
		if len(claims) != 1 {
			return fmt.Errorf("there are %d nodes", len(claims))
		}
		status, message := cluster.Condition(&claims[0], "Initialized")
		if status == "True" || message != `Resource "nvidia.com/gpu.shared" was requested but not registered` {
			return fmt.Errorf("Initialized is %s: %s", status, message)
		}
		return devicesAreRegistered("a10g-halves")
	})
	if pod := podsOf(t, team)[0]; pod.Spec.NodeName != "" {
		t.Errorf("the pod runs on %s", pod.Spec.NodeName)
	}
}

// devicesAreRegistered returns an error until the simulated operator has set seenKey on the one node of a NodePool.
func devicesAreRegistered(pool string) error {
	list, err := plane.Client.CoreV1().Nodes().List(context.Background(), metav1.ListOptions{LabelSelector: "karpenter.sh/nodepool=" + pool})
	if err == nil && (len(list.Items) != 1 || list.Items[0].Annotations[seenKey] == "") {
		err = fmt.Errorf("of %d nodes none has registered devices", len(list.Items))
	}
	return err
}

func replace(t *testing.T, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(file)
	cluster.Must(t, err)
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s has no %q", file, old)
	}
	cluster.Must(t, os.WriteFile(file, bytes.ReplaceAll(text, []byte(old), []byte(new)), 0o644))
}
