// Package karpenter tests the objects that `gpuslice render` writes, with the real Karpenter and its AWS provider, for
// which package awsfake is AWS, and with pods that pass the webhook.
package karpenter

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"gpuslice.dev/e2e/awsfake"
	"gpuslice.dev/e2e/cluster"
)

const valuesFile = "gpu-operator-values.yaml"

// What the tests share. A test that needs nodes begins with fresh(), which deletes those of earlier tests.
var (
	plane     *cluster.Cluster
	hook      *cluster.Webhook
	buyer     *cluster.Karpenter
	aws       *awsfake.Fake
	goods     market
	operator  *gpuOperator
	nodeFiles string // the folder that `gpuslice render` has filled
	shipped   *nodeSide
)

func TestMain(m *testing.M) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// As on EKS: a pod that asks for nvidia.com/gpu gets a toleration of the taint of that name.
	options := cluster.Options{Name: "karpenter", AdmissionPlugins: []string{"ExtendedResourceToleration"}}
	os.Exit(cluster.Run(m, options, func(c *cluster.Cluster) error { return setUp(ctx, c) }))
}

func setUp(ctx context.Context, c *cluster.Cluster) (err error) {
	plane = c
	if goods, err = readMarket(c.Root); err != nil {
		return err
	}
	if err := applyText(ctx, gpuOperatorNamespace); err != nil {
		return err
	}
	if hook, err = c.StartWebhook(cluster.WebhookOptions{}); err != nil {
		return err
	}
	if _, err := c.StartKwok(); err != nil {
		return err
	}
	aws = awsfake.New(goods.types())
	if err := startKarpenter(); err != nil {
		return err
	}
	nodeFiles = filepath.Join(c.Dir, "rendered")
	if err := plane.RenderNodes(filepath.Join(c.Root, "policies"), nodeFiles); err != nil {
		return err
	}
	if shipped, err = readNodeSide(nodeFiles); err != nil {
		return err
	}
	operator = &gpuOperator{plane: c, market: goods}
	operator.use(shipped)
	if err := operator.start(ctx); err != nil {
		return err
	}
	return applyFolder(ctx, nodeFiles)
}

// startKarpenter starts Karpenter with the prices that it is compiled with, instead of the price list of the fake. It
// need not wait long for further pods, because place() shows it all pods at once.
func startKarpenter() (err error) {
	buyer, err = plane.StartKarpenterAWS(aws, "ISOLATED_VPC=true", "BATCH_IDLE_DURATION=300ms")
	return err
}

const gpuOperatorNamespace = `
apiVersion: v1
kind: Namespace
metadata: {name: gpu-operator}
`

func applyText(ctx context.Context, texts ...string) error {
	for _, text := range texts {
		objects, err := cluster.Decode([]byte(text))
		if err == nil {
			err = plane.Apply(ctx, objects...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// applyFolder applies the objects of a folder and waits until Karpenter uses them.
func applyFolder(ctx context.Context, dir string) error {
	objects, err := cluster.Manifests(dir)
	if err != nil {
		return err
	}
	if err := plane.Apply(ctx, objects...); err != nil {
		return err
	}
	if err := plane.WaitUntilReady(ctx, objects); err != nil {
		return err
	}
	return evaluated(ctx)
}

// evaluated waits until Karpenter has evaluated the overlays of every existing NodePool; until then it does not use the
// NodePool. It evaluates all overlays together, so all are evaluated when a further overlay, which matches no NodePool,
// is ready.
func evaluated(ctx context.Context) error {
	objects, err := cluster.Decode([]byte(lastOverlay))
	if err != nil {
		return err
	}
	if err := plane.Apply(ctx, objects...); err != nil {
		return err
	}
	if err := plane.WaitUntilReady(ctx, objects); err != nil {
		return err
	}
	return plane.Delete(ctx, objects...)
}

const lastOverlay = `
apiVersion: karpenter.sh/v1alpha1
kind: NodeOverlay
metadata: {name: last-of-all}
spec:
  requirements: [{key: karpenter.sh/nodepool, operator: In, values: [none]}]
  capacity: {e2e.gpuslice.dev/nothing: "1"}
`
