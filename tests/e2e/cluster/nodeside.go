package cluster

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gpuslice.dev/e2e/awsfake"
)

// RenderNodes renders every pool of the policies into a folder, as users do.
func (c *Cluster) RenderNodes(policies, dir string) error {
	command := exec.Command(c.gpuslice(), "render", "--policies", policies, "--all", "--cluster", awsfake.Cluster, "-d", dir)
	if text, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", command, err, text)
	}
	return nil
}

// Manifests returns the Kubernetes objects in a folder, without Helm values and the kustomization.
func Manifests(dir string) ([]*unstructured.Unstructured, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	objects, err := Load(files...)
	return slices.DeleteFunc(objects, func(object *unstructured.Unstructured) bool {
		return object.GetKind() == "" || object.GetKind() == "Kustomization"
	}), err
}

// HasReady reports whether Karpenter says of an object whether it is ready: of NodePools, NodeOverlays and EC2NodeClasses.
func HasReady(object *unstructured.Unstructured) bool {
	group, _, _ := strings.Cut(object.GetAPIVersion(), "/")
	return group == "karpenter.sh" || group == "karpenter.k8s.aws"
}

// IsReady returns an error unless Karpenter has accepted an object for which it HasReady.
func (c *Cluster) IsReady(ctx context.Context, object *unstructured.Unstructured) error {
	resource, err := c.Resource(object)
	if err != nil {
		return err
	}
	now, err := resource.Get(ctx, object.GetName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, kind := range []string{"ValidationSucceeded", "Ready"} {
		if status, message := Condition(now, kind); status != "True" {
			return fmt.Errorf("%s %s: %s is %q: %s", object.GetKind(), object.GetName(), kind, status, message)
		}
	}
	return nil
}

// WaitUntilReady waits until Karpenter has accepted those of the objects for which it HasReady.
func (c *Cluster) WaitUntilReady(ctx context.Context, objects []*unstructured.Unstructured) error {
	return Until(func() error {
		var pending []error
		for _, object := range objects {
			if HasReady(object) {
				pending = append(pending, c.IsReady(ctx, object))
			}
		}
		return errors.Join(pending...)
	})
}

// Condition returns the status and message of an object's condition, or "" if there is none for its current generation.
func Condition(object *unstructured.Unstructured, kind string) (status, message string) {
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
