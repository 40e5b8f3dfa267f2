// Package aws tests what happens to rendered pools when AWS has no machine, takes one away, or publishes a new image,
// with Karpenter's real AWS provider and a fake of AWS.
package aws

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gpuslice.dev/e2e/awsfake"
	"gpuslice.dev/e2e/cluster"
)

// What the tests share. Tests in which Karpenter starts again run one after the other, before those in parallel.
var (
	plane     *cluster.Cluster
	region    *awsfake.Fake
	karpenter *cluster.Karpenter
	rendered  []*unstructured.Unstructured
)

func TestMain(m *testing.M) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	status := cluster.Run(m, cluster.Options{Name: "aws"}, func(c *cluster.Cluster) error { return setUp(ctx, c) })
	if region != nil && len(region.Unknown()) > 0 {
		fmt.Fprintln(os.Stderr, "the fake of AWS does not know:", region.Unknown())
		status = 1
	}
	os.Exit(status)
}

func setUp(ctx context.Context, c *cluster.Cluster) error {
	plane = c
	types, err := awsfake.Types(filepath.Join(c.Root, "webhook/gpu/data"))
	if err != nil {
		return err
	}
	region = awsfake.New(types)
	policies := filepath.Join(c.Root, "tests/e2e/aws/testdata/policies")
	if _, err := c.StartWebhook(cluster.WebhookOptions{Policies: policies}); err != nil {
		return err
	}
	if _, err := c.StartKwok(); err != nil {
		return err
	}
	if err := startKarpenter(); err != nil {
		return err
	}
	files := filepath.Join(c.Dir, "rendered")
	if err := c.RenderNodes(policies, files); err != nil {
		return err
	}
	if rendered, err = cluster.Manifests(files); err != nil {
		return err
	}
	if err := apply(ctx, rendered); err != nil {
		return err
	}
	return playDevicePlugin(ctx)
}

// startKarpenter starts Karpenter with the prices that it is compiled with, instead of the price list of the fake. It
// need not wait for further pods, because no test creates many.
func startKarpenter() (err error) {
	karpenter, err = plane.StartKarpenterAWS(region, "INTERRUPTION_QUEUE=interruptions", "ISOLATED_VPC=true", "BATCH_IDLE_DURATION=300ms")
	return err
}

// restartKarpenter makes Karpenter forget shortages, which it remembers for three minutes, and images, which it looks
// up again after hours.
func restartKarpenter(t *testing.T) {
	t.Helper()
	karpenter.Stop()
	cluster.Must(t, startKarpenter())
}

// apply applies objects and waits until Karpenter uses those of its kinds.
func apply(ctx context.Context, objects []*unstructured.Unstructured) error {
	namespace, err := cluster.Decode([]byte("{apiVersion: v1, kind: Namespace, metadata: {name: gpu-operator}}"))
	if err != nil {
		return err
	}
	if err := plane.Apply(ctx, append(namespace, objects...)...); err != nil {
		return err
	}
	return plane.WaitUntilReady(ctx, objects)
}
