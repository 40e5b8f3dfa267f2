package cluster

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Run is the body of a TestMain: it starts a cluster, calls setUp, runs the tests and ends all processes, also on
// Ctrl-C. If the set-up or a test fails, it prints the end of each process's log. It returns the exit status.
func Run(m *testing.M, options Options, setUp func(*Cluster) error) int {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		killAll()
		os.Exit(130)
	}()
	began := time.Now()
	c, err := Start(options)
	if err != nil {
		fmt.Fprintln(os.Stderr, "the control plane did not start:", err)
		return 1
	}
	defer c.Stop()
	defer stopAll()
	fmt.Printf("control plane ready in %.1f s, logs in %s\n", time.Since(began).Seconds(), c.Logs)
	if err := setUp(c); err != nil {
		fmt.Fprintln(os.Stderr, "the set-up failed:", err)
		c.printLogs()
		return 1
	}
	status := m.Run()
	if status != 0 {
		c.printLogs()
	}
	return status
}

func (c *Cluster) printLogs() {
	logs, _ := filepath.Glob(filepath.Join(c.Logs, "*.log"))
	for _, log := range logs {
		if filepath.Base(log) != "audit.log" {
			fmt.Printf("--- the end of %s\n%s\n", log, tail(log, 8))
		}
	}
}

// Must ends the test if there is an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Eventually calls ask until it returns nil, and ends the test if that takes more than two minutes. The limit allows
// for a busy machine.
func Eventually(t testing.TB, ask func() error) {
	t.Helper()
	Must(t, Until(ask))
}

// Until is Eventually for code that runs outside a test.
func Until(ask func() error) error { return eventually(2*time.Minute, nil, ask) }

var namespaces atomic.Int32

// NewNamespace creates a namespace, waits until pods can be created in it, and deletes it when the test ends.
func (c *Cluster) NewNamespace(t testing.TB, labels, annotations map[string]string) string {
	t.Helper()
	ctx := context.Background()
	name := fmt.Sprintf("ml-%d", namespaces.Add(1))
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, Annotations: annotations}}
	_, err := c.Client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	Must(t, err)
	t.Cleanup(func() {
		_ = c.Client.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{})
	})
	Eventually(t, func() error {
		_, err := c.Client.CoreV1().ServiceAccounts(name).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	return name
}

// OnFailure prints the end of each replica's log if the test fails.
func (w *Webhook) OnFailure(t testing.TB) {
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for _, replica := range w.Replicas {
			t.Logf("the end of %s:\n%s", replica.Name, replica.Tail(10))
		}
	})
}
