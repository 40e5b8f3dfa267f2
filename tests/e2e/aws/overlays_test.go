package aws

import (
	"context"
	"testing"

	"gpuslice.dev/e2e/cluster"
)

// Overlays that select instance types by the labels of their GPUs.
const labelOverlays = `
apiVersion: karpenter.sh/v1
kind: NodePool
metadata: {name: by-labels}
spec:
  disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: Never}
  template:
    spec:
      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: newest}
      requirements:
      - {key: node.kubernetes.io/instance-type, operator: In, values: [g5.xlarge, g5.12xlarge, g5g.xlarge, g6e.xlarge]}
---
apiVersion: karpenter.sh/v1alpha1
kind: NodeOverlay
metadata: {name: by-count}
spec:
  requirements: [{key: karpenter.k8s.aws/instance-gpu-count, operator: In, values: ["4"]}]
  capacity: {e2e.gpuslice.dev/by-count: "3"}
---
apiVersion: karpenter.sh/v1alpha1
kind: NodeOverlay
metadata: {name: by-name}
spec:
  requirements: [{key: karpenter.k8s.aws/instance-gpu-name, operator: In, values: [t4g]}]
  capacity: {e2e.gpuslice.dev/by-name: "3"}
---
apiVersion: karpenter.sh/v1alpha1
kind: NodeOverlay
metadata: {name: by-memory}
spec:
  requirements: [{key: karpenter.k8s.aws/instance-gpu-memory, operator: Gt, values: ["40000"]}]
  capacity: {e2e.gpuslice.dev/by-memory: "3"}
`

// Four pods, of which a node takes three, get two nodes of the type that the overlay selects.
func TestOverlaysSelectByTheLabelsOfGPUs(t *testing.T) {
	t.Parallel()
	objects, err := cluster.Decode([]byte(labelOverlays))
	cluster.Must(t, err)
	cluster.Must(t, apply(context.Background(), objects))
	t.Cleanup(func() { cluster.Must(t, plane.Delete(context.Background(), objects...)) })
	for label, expected := range map[string]string{"by-count": "g5.12xlarge", "by-name": "g5g.xlarge", "by-memory": "g6e.xlarge"} {
		t.Run(label, func(t *testing.T) {
			t.Parallel()
			namespace := plane.NewNamespace(t, nil, nil)
			work := deploy(t, namespace, "e2e.gpuslice.dev/"+label, 4, map[string]string{poolKey: "by-labels"})
			nodes := work.running(t, 4)
			for _, node := range nodes {
				if name := instanceOf(t, node).Type; name != expected {
					t.Errorf("%s was bought instead of %s", name, expected)
				}
			}
			if len(nodes) != 2 {
				t.Errorf("4 pods run on %d nodes", len(nodes))
			}
		})
	}
}
