package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Both JobSet and LeaderWorkerSet read this. Their metrics are off, since they would be served beyond loopback.
const controllerConfig = `apiVersion: config.%s.x-k8s.io/v1alpha1
kind: Configuration
leaderElection: {leaderElect: false}
internalCertManagement: {enable: false}
webhook: {host: 127.0.0.1, port: %d, certDir: %s}
health: {healthProbeBindAddress: "127.0.0.1:%d"}
metrics: {bindAddress: "0"}
`

// StartController starts the controller of a project of SIG Apps, jobset or lws, which build.sh built, waits until it is
// ready, and registers its webhooks. The controller ends, and its webhooks go, when the test ends.
func (c *Cluster) StartController(t testing.TB, name string) {
	t.Helper()
	files := c.file(name)
	webhookPort, err := freePort()
	Must(t, err)
	healthPort, err := freePort()
	Must(t, err)
	config := fmt.Appendf(nil, controllerConfig, name, webhookPort, files, healthPort)
	Must(t, os.MkdirAll(files, 0o700))
	Must(t, errors.Join(os.CopyFS(files, os.DirFS(c.Share(name+"-webhook"))), writeAll(files, map[string][]byte{"config.yaml": config}),
		os.Symlink(c.file("api.crt"), filepath.Join(files, "tls.crt")), os.Symlink(c.file("api.key"), filepath.Join(files, "tls.key"))))
	process, err := startProcess(name, c.Logs, []string{"KUBECONFIG=" + c.Kubeconfig}, c.Program(name),
		"--config="+filepath.Join(files, "config.yaml"))
	Must(t, err)
	t.Cleanup(process.Stop)
	probe := &Replica{Process: process, Health: fmt.Sprintf("http://127.0.0.1:%d", healthPort)}
	Must(t, eventually(startLimit, process, probe.Ready))
	webhooks, err := Load(filepath.Join(files, "manifests.yaml"))
	Must(t, err)
	c.registerWebhooks(t, webhooks, name, fmt.Sprintf("127.0.0.1:%d", webhookPort))
}

func (c *Cluster) registerWebhooks(t testing.TB, webhooks []*unstructured.Unstructured, name, address string) {
	t.Helper()
	ctx := context.Background()
	bundle, err := os.ReadFile(c.file("api-ca.crt"))
	Must(t, err)
	for _, webhook := range webhooks {
		webhook.SetName(name)
		Must(t, pointAt(webhook, address, bundle))
	}
	t.Cleanup(func() { Must(t, c.Delete(ctx, webhooks...)) })
	Must(t, c.Apply(ctx, webhooks...))
}
