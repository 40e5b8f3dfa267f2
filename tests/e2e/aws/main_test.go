// Package aws tests what happens to rendered pools when AWS has no machine, takes one away, or publishes a new image,
// with Karpenter's real AWS provider and a fake of AWS.
package aws

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
	if rendered, err = render(policies, filepath.Join(c.Dir, "rendered")); err != nil {
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

// render renders every pool of the policies and returns the objects of Kubernetes among the files.
func render(policies, dir string) ([]*unstructured.Unstructured, error) {
	program := os.Getenv("GPUSLICE_BIN")
	if program == "" {
		program = filepath.Join(plane.Root, "build/gcc/gpuslice")
	}
	command := exec.Command(program, "render", "--policies", policies, "--all", "--cluster", awsfake.Cluster, "-d", dir)
	if text, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", command, err, text)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	objects, err := cluster.Load(files...)
	return slices.DeleteFunc(objects, func(object *unstructured.Unstructured) bool {
		return object.GetKind() == "" || object.GetKind() == "Kustomization"
	}), err
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
	return until(func() error {
		var pending []error
		for _, object := range objects {
			if strings.Contains(object.GetAPIVersion(), "karpenter") {
				pending = append(pending, isReady(ctx, object))
			}
		}
		return errors.Join(pending...)
	})
}

func isReady(ctx context.Context, object *unstructured.Unstructured) error {
	resource, err := plane.Resource(object)
	if err != nil {
		return err
	}
	now, err := resource.Get(ctx, object.GetName(), getOptions)
	if err == nil && condition(now, "Ready") != "True" {
		err = fmt.Errorf("%s %s is not ready: %v", now.GetKind(), now.GetName(), now.Object["status"])
	}
	return err
}

// condition returns the status of an object's condition, or "" if it has none for its current generation.
func condition(object *unstructured.Unstructured, kind string) string {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, entry := range conditions {
		found, ok := entry.(map[string]any)
		if generation, counted := found["observedGeneration"]; ok && found["type"] == kind && (!counted || generation == object.GetGeneration()) {
			status, _ := found["status"].(string)
			return status
		}
	}
	return ""
}

// until is cluster.Eventually for code that runs outside a test.
func until(ask func() error) (err error) {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = ask(); err == nil {
			return nil
		}
	}
	return err
}
