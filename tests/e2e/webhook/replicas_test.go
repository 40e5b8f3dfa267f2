package webhook

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"gpuslice.dev/e2e/cluster"
)

// Two replicas have certificates of the same CA and give the same answer: the API server may call either.
func TestTwoReplicasGiveTheSameAnswer(t *testing.T) {
	review, err := os.ReadFile("../../golden/real-timeslice-pod/review.json")
	cluster.Must(t, err)
	namespace := plane.NewNamespace(t, enabled, mig)
	review = bytes.ReplaceAll(review, []byte("ml-team"), []byte(namespace))
	bundle, err := hook.Bundle()
	cluster.Must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	var answers []string
	for _, replica := range hook.Replicas {
		answer, err := client.Post("https://"+replica.Endpoint+"/mutate?timeout=10s", "application/json", bytes.NewReader(review))
		cluster.Must(t, err)
		body, err := io.ReadAll(answer.Body)
		cluster.Must(t, err)
		_ = answer.Body.Close()
		answers = append(answers, fmt.Sprint(answer.StatusCode, string(body)))
	}
	if answers[0] != answers[1] || !bytes.Contains([]byte(answers[0]), []byte("patch")) {
		t.Errorf("the replicas answer %q", answers)
	}
}

func TestBothReplicasAreAsked(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	asked := func(replica *cluster.Replica) float64 {
		text, err := replica.Get("/metrics")
		cluster.Must(t, err)
		value, err := cluster.SumMetric([]byte(text), "gpuslice_reviews_total", map[string]string{"path": "/mutate", "outcome": "injected"})
		cluster.Must(t, err)
		return value
	}
	before := []float64{asked(hook.Replicas[0]), asked(hook.Replicas[1])}
	number := 0
	cluster.Eventually(t, func() error {
		var all sync.WaitGroup
		for range 32 {
			number++
			pod := newPod(fmt.Sprint("pod-", number), gpu, 1)
			all.Go(func() {
				if _, err := create(namespace, pod); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i, replica := range hook.Replicas {
			if asked(replica) == before[i] {
				return fmt.Errorf("replica %d was not asked among %d pods", i, number)
			}
		}
		return nil
	})
	for _, pod := range podsOf(t, namespace) {
		checkSliced(t, &pod, t4Third, "main")
	}
}
