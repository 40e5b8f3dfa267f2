// Package webhook tests gpuslice as the webhook of a real API server.
package webhook

import (
	"os"
	"testing"

	"k8s.io/kubernetes/pkg/capabilities"

	"gpuslice.dev/e2e/cluster"
)

// The control plane and the webhook that the tests share. A test that stops or removes something restores it.
var (
	plane *cluster.Cluster
	hook  *cluster.Webhook
)

func TestMain(m *testing.M) {
	capabilities.Setup(true, 0) // what the flag does, for oracle.Valid
	os.Exit(cluster.Run(m, cluster.Options{Name: "webhook", APIServerFlags: []string{"--allow-privileged=true"}}, func(c *cluster.Cluster) (err error) {
		plane = c
		hook, err = c.StartWebhook(cluster.WebhookOptions{Replicas: 2})
		return err
	}))
}

// Labels of namespaces, named by what the shipped policies do with them.
var (
	enabled  = map[string]string{"gpuslice.dev/inject": "enabled", "team-tier": "ml"}
	required = map[string]string{"gpuslice.dev/inject": "required"}
	strict   = map[string]string{"gpuslice.dev/inject": "required", "team-tier": "ml"}
	guarded  = map[string]string{"gpuslice.dev/inject": "enabled", "gpuslice.dev/pods": "all", "team-tier": "guarded"}
	mig      = map[string]string{"gpuslice.dev/class": "a100-1g5gb"} // an annotation
)
