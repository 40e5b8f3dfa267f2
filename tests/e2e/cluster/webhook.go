package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	// Namespace is where gpuslice lives, by its service account: serve itself runs outside of the cluster.
	Namespace = "gpuslice-system"
	account   = "gpuslice"
)

// Webhook is gpuslice as a cluster sees it: replicas behind a Service, registered with the API server.
type Webhook struct {
	cluster   *Cluster
	Service   *Service
	Authority *Authority
	Replicas  []*Replica
	TLS       string // the folder of tls.crt and tls.key
	Policies  string // a copy, which a test may change
	args      []string
	former    []*Service // addresses of before, open until the end: calls may be under way
}

// Replica is one `gpuslice serve`.
type Replica struct {
	*Process
	Endpoint string // host:port of /mutate
	Health   string // URL of /readyz and /metrics
}

// WebhookOptions say how gpuslice is served.
type WebhookOptions struct {
	Replicas int      // default 1
	Policies string   // a folder, default the shipped ones
	Args     []string // more of `serve`
}

// StartWebhook gives gpuslice its service account, starts the replicas and registers them.
func (c *Cluster) StartWebhook(o WebhookOptions) (*Webhook, error) {
	w := &Webhook{cluster: c, TLS: c.file("tls"), Policies: c.file("policies"), args: o.Args}
	if o.Policies == "" {
		o.Policies = filepath.Join(c.Root, "policies")
	}
	if err := os.CopyFS(w.Policies, os.DirFS(o.Policies)); err != nil {
		return nil, err
	}
	if err := os.Mkdir(w.TLS, 0o700); err != nil {
		return nil, err
	}
	if err := c.createAccount(); err != nil {
		return nil, err
	}
	var err error
	if w.Authority, err = NewAuthority("gpuslice of the tests"); err != nil {
		return nil, err
	}
	if err = w.Authority.WriteLeaf(w.TLS); err != nil {
		return nil, err
	}
	if w.Service, err = StartService(); err != nil {
		return nil, err
	}
	for range max(1, o.Replicas) {
		w.Replicas = append(w.Replicas, nil)
	}
	if err := w.Up(); err != nil {
		return nil, err
	}
	return w, w.Register(w.Authority.PEM)
}

// Up starts every replica that does not run, and waits until each is ready.
func (w *Webhook) Up() error {
	for i, replica := range w.Replicas {
		if replica != nil && replica.Alive() {
			continue
		}
		if err := w.StartReplica(i); err != nil {
			return err
		}
	}
	return nil
}

// Down ends every replica: the Service has no endpoints.
func (w *Webhook) Down() error {
	var failed []error
	for i := range w.Replicas {
		failed = append(failed, w.StopReplica(i))
	}
	return errors.Join(failed...)
}

// StartReplica starts the replica of that number, waits until it is ready and makes it an endpoint of the Service.
func (w *Webhook) StartReplica(i int) error {
	c := w.cluster
	ready := c.file(fmt.Sprintf("ready-%d", i))
	if err := os.RemoveAll(ready); err != nil {
		return err
	}
	argv := append([]string{c.gpuslice(), "serve", "--kubeconfig", c.file("gpuslice.kubeconfig"), "--policies", w.Policies,
		"--listen", "127.0.0.1:0", "--health-listen", "127.0.0.1:0", "--ready-file", ready, "--drain-delay", "1",
		"--tls-cert", filepath.Join(w.TLS, "tls.crt"), "--tls-key", filepath.Join(w.TLS, "tls.key")}, w.args...)
	process, err := startProcess(fmt.Sprintf("serve-%d", i), c.Logs, nil, argv...)
	if err != nil {
		return err
	}
	replica := &Replica{Process: process}
	w.Replicas[i] = replica
	err = eventually(startLimit, process, func() error {
		text, err := os.ReadFile(ready)
		lines := strings.Split(string(text), "\n")
		if err != nil || len(lines) < 3 {
			return fmt.Errorf("it has not written %s: %w", ready, err)
		}
		replica.Endpoint, replica.Health = strings.TrimPrefix(lines[0], "https://"), lines[1]
		return replica.Ready()
	})
	if err == nil {
		w.Service.Add(replica.Endpoint)
	}
	return err
}

// StopReplica ends a replica as a rollout does: SIGTERM first, and out of the Service when it says that it is not ready.
func (w *Webhook) StopReplica(i int) error {
	replica := w.Replicas[i]
	if replica == nil || !replica.Alive() {
		return nil
	}
	replica.Signal(syscall.SIGTERM)
	err := eventually(time.Minute, nil, func() error {
		if replica.Ready() == nil && replica.Alive() {
			return errors.New("it says still that it is ready")
		}
		return nil
	})
	w.Service.Remove(replica.Endpoint)
	replica.Stop()
	return err
}

// Move registers a bundle together with another address of the Service: when connections come in there, the API server
// follows the new bundle.
func (w *Webhook) Move(bundle []byte) error {
	next, err := StartService()
	if err != nil {
		return err
	}
	for _, replica := range w.Replicas {
		next.Add(replica.Endpoint)
	}
	w.former = append(w.former, w.Service)
	w.Service = next
	return w.Register(bundle)
}

// Stop ends the replicas and the Service.
func (w *Webhook) Stop() {
	if w == nil {
		return
	}
	for _, replica := range w.Replicas {
		if replica != nil {
			replica.Stop()
		}
	}
	for _, service := range append(w.former, w.Service) {
		service.Close()
	}
}

// Ready asks /readyz.
func (r *Replica) Ready() error {
	_, err := r.Get("/readyz")
	return err
}

// Get answers a GET of the plain listener: /readyz?verbose, /metrics.
func (r *Replica) Get(path string) (string, error) {
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(r.Health + path)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", path, answer.Status, body)
	}
	return string(body), err
}

func (c *Cluster) gpuslice() string {
	if path := os.Getenv("GPUSLICE_BIN"); path != "" {
		return path
	}
	return filepath.Join(c.Root, "build/gcc/gpuslice")
}

// createAccount makes the service account with the rights that the chart gives it, and a kubeconfig with its token.
func (c *Cluster) createAccount() error {
	ctx := context.Background()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}
	_, err := c.Client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	if err := c.applyRights(); err != nil {
		return err
	}
	seconds := int64(24 * 3600)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	token, err := c.Client.CoreV1().ServiceAccounts(Namespace).CreateToken(ctx, account, request, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return c.WriteKubeconfig(c.file("gpuslice.kubeconfig"), token.Status.Token)
}
