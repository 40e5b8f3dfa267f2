package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Webhook is gpuslice as the API server calls it: replicas behind a Service, registered and configured as in the chart.
type Webhook struct {
	cluster  *Cluster
	chart    []*unstructured.Unstructured
	Service  *Service
	Replicas []*Replica
	Policies string     // the folder of policies: a copy, which a test may change
	former   []*Service // earlier addresses, which stay open until Stop for calls that are under way
	files    string     // the folder of tls.crt and tls.key, or "" if serve manages its certificates
	args     []string   // further arguments of serve
}

// Replica is one `gpuslice serve`.
type Replica struct {
	*Process
	Endpoint string // host:port that serves /mutate
	Health   string // URL before /readyz and /metrics
}

// WebhookOptions configure a Webhook.
type WebhookOptions struct {
	Replicas int      // 0 means 1
	Policies string   // a folder; "" means the shipped policies
	Values   string   // a values file for the chart, or ""
	Args     []string // further arguments of serve
}

// StartWebhook creates gpuslice's service account, registers the webhook, starts the replicas, and waits until the API
// server calls them.
func (c *Cluster) StartWebhook(o WebhookOptions) (*Webhook, error) {
	w := &Webhook{cluster: c, Policies: c.file("policies"), args: o.Args, Replicas: make([]*Replica, max(1, o.Replicas))}
	if o.Policies == "" {
		o.Policies = filepath.Join(c.Root, "policies")
	}
	if err := os.CopyFS(w.Policies, os.DirFS(o.Policies)); err != nil {
		return nil, err
	}
	var err error
	if w.chart, err = c.Render(o.Values); err != nil {
		return nil, err
	}
	if w.Service, err = StartService(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{w.createAccount, func() error { return w.Register(nil) }, w.Up, w.waitUntilAsked} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Restart stops all replicas, registers bundle, and starts them with these further arguments. files is a folder with
// tls.crt and tls.key that bundle verifies; if it is "", serve manages its certificates, and bundle must be nil.
func (w *Webhook) Restart(files string, bundle []byte, args ...string) error {
	w.files, w.args = files, args
	for _, step := range []func() error{w.Down, func() error { return w.Register(bundle) }, w.Up, w.waitUntilAsked} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Up starts every replica that does not run, one after the other, and waits until each is ready.
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

// Down stops every replica, and leaves the Service without endpoints.
func (w *Webhook) Down() error {
	failed := make([]error, len(w.Replicas))
	var stops sync.WaitGroup
	for i := range w.Replicas {
		stops.Go(func() { failed[i] = w.StopReplica(i) })
	}
	stops.Wait()
	return errors.Join(failed...)
}

// StartReplica starts replica i, waits until it is ready and makes it an endpoint of the Service.
func (w *Webhook) StartReplica(i int) error {
	c := w.cluster
	ready := c.file(fmt.Sprintf("ready-%d", i))
	if err := os.RemoveAll(ready); err != nil {
		return err
	}
	args, err := w.serveArgs(ready)
	if err != nil {
		return err
	}
	process, err := startProcess(fmt.Sprintf("serve-%d", i), c.Logs, nil, append([]string{c.gpuslice()}, args...)...)
	if err != nil {
		return err
	}
	replica := &Replica{Process: process}
	w.Replicas[i] = replica
	err = eventually(startLimit, process, func() error {
		text, err := os.ReadFile(ready)
		lines := strings.Split(string(text), "\n")
		if err != nil || len(lines) < 3 {
			return fmt.Errorf("%s is missing or incomplete: %w", ready, err)
		}
		replica.Endpoint, replica.Health = strings.TrimPrefix(lines[0], "https://"), lines[1]
		return replica.Ready()
	})
	if err == nil {
		w.Service.Add(replica.Endpoint)
	}
	return err
}

// StopReplica ends a replica as a rollout does: it sends SIGTERM, removes the replica from the Service once the replica
// is no longer ready, and waits for its end.
func (w *Webhook) StopReplica(i int) error {
	replica := w.Replicas[i]
	if replica == nil || !replica.Alive() {
		return nil
	}
	replica.Signal(syscall.SIGTERM)
	err := eventually(time.Minute, nil, func() error {
		if replica.Ready() == nil && replica.Alive() {
			return errors.New("it still reports that it is ready")
		}
		return nil
	})
	w.Service.Remove(replica.Endpoint)
	replica.Stop()
	return err
}

// Move registers a bundle together with a new address. Once connections arrive at that address, the API server uses the
// new bundle.
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

// Ready returns an error unless /readyz answers 200.
func (r *Replica) Ready() error {
	_, err := r.Get("/readyz")
	return err
}

// Get gets a path of the HTTP listener, such as /metrics, and returns the body. A status other than 200 is an error.
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

// serveArgs returns the chart's arguments of serve, changed where paths and addresses differ outside a cluster. With
// certificates in files, arguments about managed certificates are left out.
func (w *Webhook) serveArgs(ready string) ([]string, error) {
	instead := []string{"--listen=127.0.0.1:0", "--health-listen=127.0.0.1:0", "--drain-delay=1", "--ready-file=" + ready,
		"--kubeconfig=" + w.cluster.file("gpuslice.kubeconfig"), "--policies=" + w.Policies}
	if w.files == "" {
		instead = append(instead, "--tls-host=127.0.0.1")
		return w.chartArgs(append(instead, w.args...)...)
	}
	args, err := w.chartArgs(append(instead, "--tls-cert="+filepath.Join(w.files, "tls.crt"), "--tls-key="+filepath.Join(w.files, "tls.key"))...)
	managed := func(arg string) bool {
		return slices.ContainsFunc([]string{"--cert-", "--ca-lifetime", "--service=", "--webhook-config", "--advise-config"},
			func(prefix string) bool { return strings.HasPrefix(arg, prefix) })
	}
	return append(slices.DeleteFunc(args, managed), w.args...), err
}

// Bundle returns the caBundle with which the API server verifies the replicas.
func (w *Webhook) Bundle() ([]byte, error) {
	configurations := w.cluster.Client.AdmissionregistrationV1().MutatingWebhookConfigurations()
	configuration, err := configurations.Get(context.Background(), Release, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return configuration.Webhooks[0].ClientConfig.CABundle, nil
}

// createAccount creates the namespace and the chart's service account, RBAC objects and Secret, and writes a kubeconfig
// with the account's token.
func (w *Webhook) createAccount() error {
	ctx, c := context.Background(), w.cluster
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: Namespace}}
	_, err := c.Client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	if err := w.installAccount(); err != nil {
		return err
	}
	seconds := int64(24 * 3600)
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}
	token, err := c.Client.CoreV1().ServiceAccounts(Namespace).CreateToken(ctx, Release, request, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	return c.WriteKubeconfig(c.file("gpuslice.kubeconfig"), token.Status.Token)
}

// waitUntilAsked waits until the API server follows the registration, and sends a review for a pod that asks for a GPU
// in a namespace that is opted in.
func (w *Webhook) waitUntilAsked() error {
	ctx, client := context.Background(), w.cluster.Client.CoreV1()
	const name = "is-it-asked"
	labels := map[string]string{"gpuslice.dev/inject": "enabled"}
	_, err := client.Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}}, metav1.CreateOptions{})
	if err == nil { // there may be no controllers, which would create the account
		_, err = client.ServiceAccounts(name).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}, metav1.CreateOptions{})
	}
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	before, err := w.Metric("gpuslice_reviews_total", nil)
	if err != nil {
		return err
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "main", Image: "cuda:12", Resources: corev1.ResourceRequirements{
			Limits: corev1.ResourceList{"nvidia.com/gpu": resource.MustParse("1")}}}}}}
	return eventually(startLimit, nil, func() error {
		_, denied := client.Pods(name).Create(ctx, pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		after, err := w.Metric("gpuslice_reviews_total", nil)
		if err == nil && after <= before {
			err = fmt.Errorf("the webhook is not asked (%v)", denied)
		}
		return err
	})
}

// Metric adds up one of gpuslice's metrics over the replicas that run.
func (w *Webhook) Metric(name string, labels map[string]string) (float64, error) {
	sum := 0.0
	for _, replica := range w.Replicas {
		if !replica.Alive() {
			continue
		}
		text, err := replica.Get("/metrics")
		if err != nil {
			return 0, err
		}
		value, err := SumMetric([]byte(text), name, labels)
		if err != nil {
			return 0, err
		}
		sum += value
	}
	return sum, nil
}
