package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gpuslice.dev/e2e/cluster"
)

// After a leak an administrator runs `gpuslice certs rotate`. It replaces the certificates in the Secret that all
// replicas share, and every replica follows. While a CA is replaced the bundle holds both CAs.
func TestNothingIsLostWhileCertificatesAreRotated(t *testing.T) {
	serveWithLifetimes(t, "--cert-lifetime=3m") // so that replicas read the Secret every few seconds
	for name, args := range map[string][]string{"leaf": nil, "CA": {"--ca"}} {
		t.Run(name, func(t *testing.T) {
			underLoad(t, func(pods *load) {
				for range 2 {
					rotate(t, args...)
					pods.waitFor(t, 20)
				}
			})
		})
	}
}

// The replicas renew leaf and CA by themselves, after two thirds of their lifetimes. They remove the old CA from the
// bundle when every leaf that it signed has expired.
func TestNothingIsLostWhileCertificatesExpire(t *testing.T) {
	serveWithLifetimes(t, "--ca-lifetime=60s", "--cert-lifetime=24s")
	underLoad(t, func(pods *load) {
		for _, step := range []string{"leaf", "promote", "prune"} {
			cluster.Eventually(t, func() error {
				labels := map[string]string{"step": step, "result": "success"}
				if hookMetric(t, "gpuslice_certificate_rotations_total", labels) == 0 {
					return fmt.Errorf("the step %q was not taken", step)
				}
				return nil
			})
		}
	})
}

// serveWithLifetimes empties the Secret and restarts all replicas with these arguments. At the end of the test it does
// the same without them.
func serveWithLifetimes(t *testing.T, args ...string) {
	t.Helper()
	stopAndEmptySecret(t)
	cluster.Must(t, hook.Restart("", nil, args...))
	t.Cleanup(func() {
		stopAndEmptySecret(t)
		cluster.Must(t, hook.Restart("", nil))
	})
}

// With cert-manager, replicas read the certificate from files, and cert-manager's CA injector writes the bundle. Here
// the test writes both.
func TestNothingIsLostWhileCertificateFilesChange(t *testing.T) {
	dir := t.TempDir()
	authority, err := cluster.NewAuthority("gpuslice of the tests")
	cluster.Must(t, err)
	cluster.Must(t, authority.WriteLeaf(dir))
	cluster.Must(t, hook.Restart(dir, authority.PEM))
	t.Cleanup(func() { cluster.Must(t, hook.Restart("", nil)) })
	underLoad(t, func(pods *load) {
		for i := range 2 {
			cluster.Must(t, authority.WriteLeaf(dir))
			waitForLeaf(t, authority.PEM, leafIn(t, dir).Equal)
			next, err := cluster.NewAuthority(fmt.Sprint("gpuslice of the tests, ", i))
			cluster.Must(t, err)
			register(t, append(next.PEM, authority.PEM...))
			authority = next
			cluster.Must(t, authority.WriteLeaf(dir))
			waitForLeaf(t, authority.PEM, leafIn(t, dir).Equal)
			pods.waitFor(t, 20)
			register(t, authority.PEM)
			pods.waitFor(t, 20)
		}
	})
}

// rotate replaces the leaf or, with --ca, the CA and the leaf. It waits until every replica presents a new leaf that
// the registered bundle verifies.
func rotate(t *testing.T, args ...string) {
	t.Helper()
	before := presented(t, hook.Replicas[0])
	args = append([]string{"certs", "rotate", "--cert-secret", cluster.Namespace + "/" + cluster.Secret, "--kubeconfig", plane.Kubeconfig}, args...)
	if output := plane.Gpuslice(t, "", args...); !output.OK {
		t.Fatalf("%s %s", output.Stdout, output.Stderr)
	}
	for _, replica := range hook.Replicas {
		cluster.Eventually(t, func() error {
			if presented(t, replica).Equal(before) {
				return errors.New("the old certificate is still served")
			}
			return nil
		})
	}
	bundle, err := hook.Bundle()
	cluster.Must(t, err)
	waitForLeaf(t, bundle, func(leaf *x509.Certificate) bool { return !leaf.Equal(before) })
}

// presented is the certificate that a replica presents.
func presented(t *testing.T, replica *cluster.Replica) *x509.Certificate {
	t.Helper()
	connection, err := tls.Dial("tcp", replica.Endpoint, &tls.Config{InsecureSkipVerify: true}) // waitForLeaf verifies
	cluster.Must(t, err)
	defer connection.Close()
	return connection.ConnectionState().PeerCertificates[0]
}

// waitForLeaf waits until every replica presents a certificate that the bundle verifies and for which right returns
// true.
func waitForLeaf(t *testing.T, bundle []byte, right func(*x509.Certificate) bool) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	for _, replica := range hook.Replicas {
		cluster.Eventually(t, func() error {
			connection, err := tls.Dial("tcp", replica.Endpoint, &tls.Config{RootCAs: roots})
			if err != nil {
				return err
			}
			defer connection.Close()
			if !right(connection.ConnectionState().PeerCertificates[0]) {
				return errors.New("another certificate is still served")
			}
			return nil
		})
	}
}

func leafIn(t *testing.T, dir string) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	cluster.Must(t, err)
	return pair.Leaf
}

// register registers the bundle together with a new address, and waits until the API server calls that address.
func register(t *testing.T, bundle []byte) {
	t.Helper()
	cluster.Must(t, hook.Move(bundle))
	cluster.Eventually(t, func() error {
		if hook.Service.Connections() == 0 {
			return errors.New("the API server still calls the old address")
		}
		return nil
	})
}

// stopAndEmptySecret stops all replicas and deletes the certificates in the Secret, so that the next replica makes new
// ones.
func stopAndEmptySecret(t *testing.T) {
	t.Helper()
	cluster.Must(t, hook.Down())
	_, err := plane.Client.CoreV1().Secrets(cluster.Namespace).Patch(context.Background(), cluster.Secret, types.MergePatchType,
		[]byte(`{"data":null}`), metav1.PatchOptions{})
	cluster.Must(t, err)
}
