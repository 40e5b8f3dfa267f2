package karpenter

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"gpuslice.dev/e2e/awsfake"
	"gpuslice.dev/e2e/cluster"
)

// The configuration of this name that the GPU Operator ships.
const shippedLayout = `
version: v1
mig-configs:
  all-1g.5gb: [{devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}]
`

// What `gpuslice migrate` makes of the guide, as a page prints it, is applied untouched. The guide's parts of pods then
// run: three pods share a T4, and the one for MIG, with the limit that the report asks for, gets a slice of an A100.
func TestTheGuideAsItIsPrinted(t *testing.T) {
	fresh(t)
	dir, printed := t.TempDir(), filepath.Join(plane.Root, "tests/migrate/guide-as-printed")
	blocks, err := filepath.Glob(filepath.Join(printed, "[1-7]-*"))
	cluster.Must(t, err)
	if len(blocks) != 7 {
		t.Fatalf("the guide has %d blocks", len(blocks))
	}
	converted := plane.Gpuslice(t, "", append([]string{"migrate", "--cluster", awsfake.Cluster, "-d", dir}, blocks...)...)
	if converted.OK { // the role of the nodes is a guess
		t.Errorf("nothing needs attention: %s", converted.Stderr)
	}

	side, err := readNodeSide(dir)
	cluster.Must(t, err)
	cluster.Must(t, yaml.UnmarshalStrict([]byte(shippedLayout), &side.mig))
	operator.use(side)
	t.Cleanup(func() { operator.use(shipped) })
	objects, err := manifests(dir)
	cluster.Must(t, err)
	t.Cleanup(func() { cluster.Must(t, plane.Delete(context.Background(), objects...)) })
	cluster.Must(t, applyFolder(context.Background(), dir))

	sharing, slice := podAsking(gpuResource, 1), podAsking("nvidia.com/mig-1g.5gb", 1)
	completePod(t, filepath.Join(printed, "6-pod-time-slicing.yaml"), &sharing.Spec.Containers[0])
	completePod(t, filepath.Join(printed, "7-pod-mig.yaml"), &slice.Spec)
	team := newTeam(t, "", "")
	place(t, order{team, 3, sharing}, order{team, 1, slice})
	used := running(t, team)
	checkPools(t, used, map[string]int{"shared-gpus": 1, "all-1g-5gb": 1})
	t.Logf("the pods of the guide run: %s", used)
}

// completePod adds the fields in a file to a pod's spec or container.
func completePod[T corev1.PodSpec | corev1.Container](t *testing.T, file string, to *T) {
	t.Helper()
	text, err := os.ReadFile(file)
	cluster.Must(t, err)
	cluster.Must(t, yaml.UnmarshalStrict(text, to))
}
