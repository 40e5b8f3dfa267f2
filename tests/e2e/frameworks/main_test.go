// Package frameworks tries the kinds with pod templates that other projects define: with their CustomResourceDefinitions
// on a real API server and, for some, with the controllers that make pods of them.
package frameworks

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gpuslice.dev/e2e/cluster"
)

var (
	plane *cluster.Cluster
	hook  *cluster.Webhook
)

func TestMain(m *testing.M) {
	os.Exit(cluster.Run(m, cluster.Options{Name: "frameworks"}, func(c *cluster.Cluster) error {
		plane = c
		if err := installCRDs(); err != nil {
			return err
		}
		namespaces, err := cluster.Load(repositoryFile("docs/examples/namespaces.yaml"))
		if err == nil {
			err = c.Apply(context.Background(), namespaces...)
		}
		if err != nil {
			return err
		}
		hook, err = c.StartWebhook(cluster.WebhookOptions{})
		return err
	}))
}

func installCRDs() error {
	files, err := filepath.Glob(filepath.Join(plane.Share("frameworks"), "*", "*.yaml"))
	if err != nil {
		return err
	}
	began := time.Now()
	err = plane.InstallCRDs(files...)
	fmt.Printf("%d CustomResourceDefinitions in %.1f s\n", len(files), time.Since(began).Seconds())
	return err
}

func repositoryFile(path string) string { return filepath.Join(plane.Root, path) }
