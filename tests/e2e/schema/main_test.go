// Package schema checks all objects that `gpuslice render` can write with the CustomResourceDefinitions of a cluster on
// AWS, without running anything.
package schema

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gpuslice.dev/e2e/cluster"
)

var (
	plane    *cluster.Cluster
	rendered string // the folder that `gpuslice render` has filled
)

func TestMain(m *testing.M) {
	os.Exit(cluster.Run(m, cluster.Options{Name: "schema", NoControllers: true}, func(c *cluster.Cluster) error {
		plane = c
		for _, folder := range []string{"karpenter-aws-crds", "kueue-crds"} {
			files, err := filepath.Glob(filepath.Join(c.Share(folder), "*.yaml"))
			if err == nil {
				err = c.InstallCRDs(files...)
			}
			if err != nil {
				return err
			}
		}
		rendered = filepath.Join(c.Dir, "rendered")
		return render()
	}))
}

func render() error {
	program := os.Getenv("GPUSLICE_BIN")
	if program == "" {
		program = filepath.Join(plane.Root, "build/gcc/gpuslice")
	}
	text, err := exec.Command(program, "render", "--policies", filepath.Join(plane.Root, "policies"), "--all", "--cluster", "e2e",
		"--guard", "--quota", "--dra", "-d", rendered).CombinedOutput()
	if err != nil {
		return fmt.Errorf("gpuslice render: %w: %s", err, text)
	}
	return nil
}

// objects returns what was rendered for the API server, without Helm values, the kustomization and the part of Kueue's
// configuration file.
func objects(t *testing.T) []*unstructured.Unstructured {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(rendered, "*.yaml"))
	cluster.Must(t, err)
	all, err := cluster.Load(files...)
	cluster.Must(t, err)
	return slices.DeleteFunc(all, func(object *unstructured.Unstructured) bool {
		return slices.Contains([]string{"", "Kustomization", "Configuration"}, object.GetKind())
	})
}

func load(t *testing.T, files ...string) []*unstructured.Unstructured {
	t.Helper()
	var all []*unstructured.Unstructured
	for _, file := range files {
		found, err := cluster.Load(filepath.Join(rendered, file))
		cluster.Must(t, err)
		all = append(all, found...)
	}
	return all
}

// makeNamespaces creates the namespaces of objects.
func makeNamespaces(t *testing.T, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, object := range objects {
		if name := object.GetNamespace(); name != "" {
			namespace := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace",
				"metadata": map[string]any{"name": name}}}
			cluster.Must(t, plane.Apply(context.Background(), namespace))
		}
	}
}
