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

// The files of the guide, one for each of its blocks, in the order of the page.
func guideBlocks(t *testing.T) []string {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(plane.Root, "tests/migrate/guide-as-printed/[1-7]-*"))
	cluster.Must(t, err)
	if len(blocks) != 7 {
		t.Fatalf("the guide has %d blocks", len(blocks))
	}
	return blocks
}

// migrateGuide writes what `gpuslice migrate` makes of the guide to a new folder, and returns it.
func migrateGuide(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	args = append([]string{"migrate", "--cluster", awsfake.Cluster, "-d", dir}, args...)
	if converted := plane.Gpuslice(t, "", append(args, guideBlocks(t)...)...); converted.OK { // the role of the nodes is a guess
		t.Errorf("nothing needs attention: %s", converted.Stderr)
	}
	return dir
}

// useNodeSide applies the node side in a folder until the test ends.
func useNodeSide(t *testing.T, dir string) *nodeSide {
	t.Helper()
	side, err := readNodeSide(dir)
	cluster.Must(t, err)
	operator.use(side)
	t.Cleanup(func() { operator.use(shipped) })
	objects, err := cluster.Manifests(dir)
	cluster.Must(t, err)
	t.Cleanup(func() {
		cluster.Must(t, plane.Delete(context.Background(), objects...))
		cluster.Must(t, applyFolder(context.Background(), nodeFiles)) // some have the same names
	})
	cluster.Must(t, applyFolder(context.Background(), dir))
	return side
}

// guidePods are the pod for time-slicing, which asks for nvidia.com/gpu, and the one for MIG, which the guide has ask
// for nothing.
func guidePods(t *testing.T, migResource string) (sharing, slice *corev1.Pod) {
	t.Helper()
	blocks := guideBlocks(t)
	sharing, slice = podAsking(gpuResource, 1), podAsking(migResource, 1)
	completePod(t, blocks[5], &sharing.Spec.Containers[0])
	completePod(t, blocks[6], &slice.Spec)
	return sharing, slice
}

// What `gpuslice migrate` makes of the guide, as a page prints it, is applied untouched. The guide's parts of pods then
// run: three pods share a T4, and the one for MIG, with the limit that the report asks for, gets a slice of an A100.
func TestTheGuideAsItIsPrinted(t *testing.T) {
	fresh(t)
	side := useNodeSide(t, migrateGuide(t))
	cluster.Must(t, yaml.UnmarshalStrict([]byte(shippedLayout), &side.mig))

	sharing, slice := guidePods(t, "nvidia.com/mig-1g.5gb")
	team := newTeam(t, "", "")
	place(t, order{team, 3, sharing}, order{team, 1, slice})
	used := running(t, team)
	checkPools(t, used, map[string]int{"shared-gpus": 1, "all-1g-5gb": 1})
	t.Logf("the pods of the guide run: %s", used)
}

// The policies that `gpuslice migrate -o policies` makes of the guide are all that the webhook has, and the node side
// is what render makes of them. Both pods ask for nvidia.com/gpu and run on the same types of nodes as with manifests.
func TestTheGuideAsPolicies(t *testing.T) {
	fresh(t)
	policies, dir := migrateGuide(t, "-o", "policies"), t.TempDir()
	cluster.Must(t, plane.RenderNodes(policies, dir))
	useNodeSide(t, dir)
	hook.UsePolicies(t, policies)

	sharing, slice := guidePods(t, gpuResource)
	enabled := map[string]string{"gpuslice.dev/inject": "enabled"}
	thirds := plane.NewNamespace(t, enabled, nil)
	slices := plane.NewNamespace(t, enabled, map[string]string{"gpuslice.dev/class": "all-1g-5gb"})
	place(t, order{thirds, 3, sharing}, order{slices, 1, slice})
	checkPools(t, running(t, thirds), map[string]int{"shared-gpus": 1})
	checkPools(t, running(t, slices), map[string]int{"all-1g-5gb": 1})
	if _, sliced := podsOf(t, slices)[0].Spec.Containers[0].Resources.Limits["nvidia.com/mig-1g.5gb"]; !sliced {
		t.Errorf("the pod for MIG has no slice")
	}
}

// completePod adds the fields in a file to a pod's spec or container.
func completePod[T corev1.PodSpec | corev1.Container](t *testing.T, file string, to *T) {
	t.Helper()
	text, err := os.ReadFile(file)
	cluster.Must(t, err)
	cluster.Must(t, yaml.UnmarshalStrict(text, to))
}
