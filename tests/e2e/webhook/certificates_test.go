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

// Replicas share a Secret: one rotates, all follow. `gpuslice certs rotate` asks for it, as somebody would after a leak.
// While an authority is replaced the bundle holds both.
func TestNothingIsLostWhileCertificatesAreRotated(t *testing.T) {
	withLives(t, "--cert-lifetime=3m") // so that replicas look at the Secret every few seconds
	for name, args := range map[string][]string{"leaf": nil, "authority": {"--ca"}} {
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

// Nobody asks: leaf and authority are renewed because two thirds of their lives are over, and the old authority goes when
// no leaf of it can be alive.
func TestNothingIsLostWhileShortLivesEnd(t *testing.T) {
	withLives(t, "--ca-lifetime=60s", "--cert-lifetime=24s")
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

// withLives serves with certificates of these lifetimes until the test ends.
func withLives(t *testing.T, args ...string) {
	t.Helper()
	emptySecret(t)
	cluster.Must(t, hook.Restart("", nil, args...))
	t.Cleanup(func() {
		emptySecret(t)
		cluster.Must(t, hook.Restart("", nil))
	})
}

// With cert-manager the certificate comes in files, and somebody else writes the bundle.
func TestNothingIsLostWhileFilesOfCertificatesChange(t *testing.T) {
	dir := t.TempDir()
	authority, err := cluster.NewAuthority("gpuslice of the tests")
	cluster.Must(t, err)
	cluster.Must(t, authority.WriteLeaf(dir))
	cluster.Must(t, hook.Restart(dir, authority.PEM))
	t.Cleanup(func() { cluster.Must(t, hook.Restart("", nil)) })
	underLoad(t, func(pods *load) {
		for i := range 2 {
			cluster.Must(t, authority.WriteLeaf(dir))
			waitForLeaf(t, authority.PEM, certificate(t, dir).Equal)
			next, err := cluster.NewAuthority(fmt.Sprint("gpuslice of the tests, ", i))
			cluster.Must(t, err)
			register(t, append(next.PEM, authority.PEM...))
			authority = next
			cluster.Must(t, authority.WriteLeaf(dir))
			waitForLeaf(t, authority.PEM, certificate(t, dir).Equal)
			pods.waitFor(t, 20)
			register(t, authority.PEM)
			pods.waitFor(t, 20)
		}
	})
}

// rotate rotates the leaf, or the authority and with it the leaf, and waits until every replica serves another one and
// the API server knows it.
func rotate(t *testing.T, args ...string) {
	t.Helper()
	before := served(t, hook.Replicas[0])
	args = append([]string{"certs", "rotate", "--cert-secret", cluster.Namespace + "/" + cluster.Secret, "--kubeconfig", plane.Kubeconfig}, args...)
	if output := plane.Gpuslice(t, "", args...); !output.OK {
		t.Fatalf("%s %s", output.Stdout, output.Stderr)
	}
	for _, replica := range hook.Replicas {
		cluster.Eventually(t, func() error {
			if served(t, replica).Equal(before) {
				return errors.New("the old certificate is served still")
			}
			return nil
		})
	}
	bundle, err := hook.Bundle()
	cluster.Must(t, err)
	waitForLeaf(t, bundle, func(leaf *x509.Certificate) bool { return !leaf.Equal(before) })
}

// served is the certificate that a replica shows.
func served(t *testing.T, replica *cluster.Replica) *x509.Certificate {
	t.Helper()
	connection, err := tls.Dial("tcp", replica.Endpoint, &tls.Config{InsecureSkipVerify: true}) // it is only looked at
	cluster.Must(t, err)
	defer connection.Close()
	return connection.ConnectionState().PeerCertificates[0]
}

// waitForLeaf waits until every replica shows a certificate that is the right one and that the bundle verifies.
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
				return errors.New("another certificate is served still")
			}
			return nil
		})
	}
}

func certificate(t *testing.T, dir string) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	cluster.Must(t, err)
	return pair.Leaf
}

// register changes the bundle and waits until the API server uses it: it calls a new address then.
func register(t *testing.T, bundle []byte) {
	t.Helper()
	cluster.Must(t, hook.Move(bundle))
	cluster.Eventually(t, func() error {
		if hook.Service.Connections() == 0 {
			return errors.New("the API server calls the old address still")
		}
		return nil
	})
}

// emptySecret takes the certificates out of the Secret, so that whoever starts next makes new ones.
func emptySecret(t *testing.T) {
	t.Helper()
	cluster.Must(t, hook.Down())
	_, err := plane.Client.CoreV1().Secrets(cluster.Namespace).Patch(context.Background(), cluster.Secret, types.MergePatchType,
		[]byte(`{"data":null}`), metav1.PatchOptions{})
	cluster.Must(t, err)
}
