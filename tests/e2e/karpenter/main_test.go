// Package karpenter tests the objects that `gpuslice render` writes, with the real Karpenter and its AWS provider, for
// which package awsfake is AWS, and with pods that pass the webhook.
package karpenter

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
	if err := render(filepath.Join(c.Root, "policies"), nodeFiles); err != nil {
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

// render renders every pool of the policies into a folder, as users do.
func render(policies, dir string, args ...string) error {
	program := os.Getenv("GPUSLICE_BIN")
	if program == "" {
		program = filepath.Join(plane.Root, "build/gcc/gpuslice")
	}
	args = append([]string{"render", "--policies", policies, "--all", "--cluster", awsfake.Cluster, "-d", dir}, args...)
	if text, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("gpuslice %s: %w: %s", strings.Join(args, " "), err, text)
	}
	return nil
}

// manifests returns the Kubernetes objects in a folder, without Helm values and the kustomization.
func manifests(dir string) ([]*unstructured.Unstructured, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	objects, err := cluster.Load(files...)
	return slices.DeleteFunc(objects, func(object *unstructured.Unstructured) bool {
		return object.GetKind() == "" || object.GetKind() == "Kustomization"
	}), err
}

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
	objects, err := manifests(dir)
	if err != nil {
		return err
	}
	if err := plane.Apply(ctx, objects...); err != nil {
		return err
	}
	if err := ready(ctx, objects); err != nil {
		return err
	}
	return evaluated(ctx)
}

// hasReady reports whether Karpenter says of a kind that an object of it is ready.
func hasReady(kind string) bool {
	return slices.Contains([]string{"NodePool", "NodeOverlay", "EC2NodeClass"}, kind)
}

// ready waits until Karpenter has accepted the NodePools, EC2NodeClasses and NodeOverlays among objects.
func ready(ctx context.Context, objects []*unstructured.Unstructured) error {
	return until(func() error {
		var pending []error
		for _, object := range objects {
			if hasReady(object.GetKind()) {
				pending = append(pending, isReady(ctx, object))
			}
		}
		return errors.Join(pending...)
	})
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
	if err := ready(ctx, objects); err != nil {
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

// until is cluster.Eventually for code that runs outside a test.
func until(ask func() error) (err error) {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = ask(); err == nil {
			return nil
		}
	}
	return err
}

// conditionOf returns a condition's status and message, or "" if there is none for the current generation.
func conditionOf(object *unstructured.Unstructured, kind string) (status, message string) {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	for _, entry := range conditions {
		condition, ok := entry.(map[string]any)
		if ok && condition["type"] == kind && condition["observedGeneration"] == object.GetGeneration() {
			status, _ = condition["status"].(string)
			message, _ = condition["message"].(string)
		}
	}
	return status, message
}

func isReady(ctx context.Context, object *unstructured.Unstructured) error {
	now, err := get(ctx, object)
	if err != nil {
		return err
	}
	for _, kind := range []string{"ValidationSucceeded", "Ready"} {
		if status, message := conditionOf(now, kind); status != "True" {
			return fmt.Errorf("%s %s: %s is %q: %s", object.GetKind(), object.GetName(), kind, status, message)
		}
	}
	return nil
}
