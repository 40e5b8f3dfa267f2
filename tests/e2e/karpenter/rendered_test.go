package karpenter

import (
	"context"
	"path/filepath"
	"testing"

	"gpuslice.dev/e2e/cluster"
)

// Everything that was rendered is accepted by the API server, and by Karpenter: each shipped pool has a NodePool that is
// ready, and no overlay stands in another's way.
func TestRenderedIsReady(t *testing.T) {
	ctx := context.Background()
	objects, err := manifests(nodeFiles)
	cluster.Must(t, err)
	count := map[string]int{}
	for _, object := range objects {
		count[object.GetKind()]++
		if err := plane.DryRun(ctx, object); err != nil {
			t.Errorf("dry run: %v", err)
		}
		if object.GetKind() == "NodePool" || object.GetKind() == "NodeOverlay" {
			if err := isReady(ctx, object); err != nil {
				t.Error(err)
			}
		}
	}
	pools, err := filepath.Glob(filepath.Join(plane.Root, "policies/pools/*.yaml"))
	cluster.Must(t, err)
	if count["NodePool"] != len(pools) || count["NodeOverlay"] == 0 {
		t.Errorf("of %d pools this was rendered: %v", len(pools), count)
	}
}
