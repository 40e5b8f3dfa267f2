package karpenter

import (
	"context"
	"path/filepath"
	"testing"

	"gpuslice.dev/e2e/cluster"
)

// The API server and Karpenter accept everything that was rendered: each shipped pool has a NodePool and an
// EC2NodeClass, and everything is ready.
func TestRenderedIsReady(t *testing.T) {
	ctx := context.Background()
	objects, err := cluster.Manifests(nodeFiles)
	cluster.Must(t, err)
	count := map[string]int{}
	for _, object := range objects {
		count[object.GetKind()]++
		if err := plane.DryRun(ctx, object); err != nil {
			t.Errorf("dry run: %v", err)
		}
		if cluster.HasReady(object) {
			if err := plane.IsReady(ctx, object); err != nil {
				t.Error(err)
			}
		}
	}
	pools, err := filepath.Glob(filepath.Join(plane.Root, "policies/pools/*.yaml"))
	cluster.Must(t, err)
	if count["NodePool"] != len(pools) || count["EC2NodeClass"] != len(pools) || count["NodeOverlay"] == 0 {
		t.Errorf("%d pools were rendered as %v", len(pools), count)
	}
}
