package laws

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"gpuslice.dev/e2e/cluster"
)

// The namespaces of testdata/namespaces.yaml. They differ in their labels or in the policy that selects them.
var namespaces = []string{"enabled", "required", "strict", "memory", "guard", "always", "keep", "override", "rich", "shadow", "warn", "lonely", "aside"}

// server is a `gpuslice serve` without a control plane.
type server struct {
	url    string
	client *http.Client
	log    *cluster.Process
}

func startServer(t *testing.T) *server {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../../..")
	cluster.Must(t, err)
	binary := os.Getenv("GPUSLICE_BIN")
	if binary == "" {
		binary = filepath.Join(root, "build/gcc/gpuslice")
	}
	policies := filepath.Join(dir, "policies")
	for _, from := range []string{filepath.Join(root, "policies"), "testdata/policies"} {
		cluster.Must(t, os.CopyFS(policies, os.DirFS(from)))
	}
	process, err := cluster.StartProgram("serve", dir, binary, "serve", "--policies", policies, "--namespaces", "testdata/namespaces.yaml",
		"--listen", "127.0.0.1:0", "--health-listen", "127.0.0.1:0", "--ca-out", filepath.Join(dir, "ca.crt"),
		"--ready-file", filepath.Join(dir, "ready"), "--drain-delay", "0", "--log-level", "error")
	cluster.Must(t, err)
	t.Cleanup(process.Stop)
	s := &server{log: process}
	cluster.Eventually(t, func() error {
		if !process.Alive() {
			t.Fatal(process.Tail(10))
		}
		ready, err := os.ReadFile(filepath.Join(dir, "ready"))
		if s.url, _, _ = strings.Cut(string(ready), "\n"); err == nil && s.url == "" {
			err = errors.New("serve is not ready")
		}
		return err
	})
	authority, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	cluster.Must(t, err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	s.client = &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, MaxIdleConnsPerHost: 16}}
	return s
}

// post sends a review and returns the body of the answer. A status other than 200 is an error.
func (s *server) post(review []byte) ([]byte, error) {
	answer, err := s.client.Post(s.url+"/mutate?timeout=30s", "application/json", bytes.NewReader(review))
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("HTTP %d: %.300s (a review of %d bytes)", answer.StatusCode, text, len(review))
	}
	return text, err
}

// mutate sends a pod and checks the answer with Response().
func (s *server) mutate(pod *corev1.Pod, namespace string, uid types.UID) (*admissionv1.AdmissionResponse, error) {
	review, err := Review(pod, namespace, uid)
	if err != nil {
		return nil, fmt.Errorf("the test's own encoder: %w", err)
	}
	text, err := s.post(review)
	if err != nil {
		return nil, err
	}
	return Response(text, uid)
}

// law returns an error unless the pod with this number is decided, its patch applies, and the patched pod gets no
// second patch. It also returns the decision.
func (s *server) law(number uint64) (string, error) {
	pod := Pod(number, Rare)
	namespace := namespaces[number%uint64(len(namespaces))]
	uid := types.UID(fmt.Sprintf("2496e49d-ed91-5df1-a014-%012d", number))
	first, err := s.mutate(pod, namespace, uid)
	if err != nil {
		return "no answer", err
	}
	decided := first.AuditAnnotations["decision"] + " " + first.AuditAnnotations["reason"]
	if first.Patch == nil {
		return decided, nil
	}
	patched, err := Patched(pod, namespace, first.Patch)
	if err != nil {
		return decided, err
	}
	second, err := s.mutate(patched, namespace, uid)
	if err == nil && second.Patch != nil {
		err = fmt.Errorf("a second patch: %.500s after %.500s", second.Patch, first.Patch)
	}
	return decided, err
}

// Every pod gets an answer that the API server accepts. GPUSLICE_LAWS_PODS sets the number of pods.
func TestEveryPodIsDecided(t *testing.T) {
	s := startServer(t)
	count := Count(t, 4000)
	first := firstNumber(t)
	var next, failed atomic.Uint64
	var lock sync.Mutex
	reasons := map[string]int{}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < count && failed.Load() < 20; i = next.Add(1) - 1 {
				number := first + i
				reason, err := s.law(number)
				if err != nil {
					failed.Add(1)
					t.Errorf("pod %d in namespace %s: %v", number, namespaces[number%uint64(len(namespaces))], err)
				}
				lock.Lock()
				reasons[reason]++
				lock.Unlock()
			}
		})
	}
	workers.Wait()
	t.Logf("%d pods: %v", count, reasons)
	if !s.log.Alive() || t.Failed() {
		t.Errorf("the end of serve's log:\n%s", s.log.Tail(10))
	}
	for _, reason := range []string{"injected injected", "denied too_many_slices", "guarded guarded", "would_inject injected"} {
		if reasons[reason] == 0 && count >= 4000 {
			t.Errorf("no pod is decided %q: the pods are not varied enough", reason)
		}
	}
}

// firstNumber is the number of the first pod. GPUSLICE_LAWS_FIRST=N GPUSLICE_LAWS_PODS=1 tries pod N alone.
func firstNumber(t *testing.T) uint64 {
	t.Helper()
	number, err := strconv.ParseUint("0"+os.Getenv("GPUSLICE_LAWS_FIRST"), 10, 64)
	cluster.Must(t, err)
	return number
}
