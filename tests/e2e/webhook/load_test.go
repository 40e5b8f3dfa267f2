package webhook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"

	"gpuslice.dev/e2e/cluster"
)

const (
	wantedRate = 50 // pods a second in each of two namespaces; a slow machine creates fewer
	creators   = 8
)

// load creates and counts pods until it is stopped. Each should get a slice.
type load struct {
	namespace string
	began     time.Time
	stop      context.CancelFunc
	workers   sync.WaitGroup
	made      atomic.Int64 // pods whose creation the API server confirmed
	away      atomic.Int64 // attempts that the API server did not answer: the pod may exist or not
	lock      sync.Mutex
	refused   []string
}

// startLoad starts to create pods in a namespace whose pods get slices of the class a100.
func startLoad(t *testing.T, labels map[string]string) *load {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &load{namespace: plane.NewNamespace(t, labels, mig), began: time.Now(), stop: cancel}
	t.Cleanup(cancel)
	turns := make(chan int)
	go func() {
		defer close(turns)
		number := 0
		wait.UntilWithContext(ctx, func(ctx context.Context) {
			select {
			case turns <- number:
				number++
			case <-ctx.Done():
			}
		}, time.Second/wantedRate)
	}()
	for range creators {
		l.workers.Go(func() {
			for number := range turns {
				l.create(fmt.Sprintf("pod-%05d", number))
			}
		})
	}
	return l
}

func (l *load) create(name string) {
	_, err := create(l.namespace, newPod(name, gpu, 1))
	switch {
	case err == nil:
		l.made.Add(1)
	case apiServerAway(err):
		l.away.Add(1)
	default:
		l.lock.Lock()
		l.refused = append(l.refused, name+": "+err.Error())
		l.lock.Unlock()
	}
}

// apiServerAway reports whether an error means that the API server was not available, and not that admission refused
// the pod.
func apiServerAway(err error) bool {
	var status apierrors.APIStatus
	var network net.Error
	if errors.As(err, &status) {
		return apierrors.IsServiceUnavailable(err) && !strings.Contains(err.Error(), "webhook")
	}
	return errors.As(err, &network) || strings.Contains(err.Error(), "EOF") || strings.Contains(err.Error(), "connection")
}

// waitFor waits until count more pods have been created.
func (l *load) waitFor(t *testing.T, count int64) {
	t.Helper()
	until := l.made.Load() + count
	cluster.Eventually(t, func() error {
		if made := l.made.Load(); made < until {
			return fmt.Errorf("%d of %d pods were made", made, until)
		}
		return nil
	})
}

// end stops the load. From the answers to the creators, the list of pods and the audit log, it checks that every pod
// exists and has its slice, and that none was refused.
func (l *load) end(t *testing.T) {
	t.Helper()
	l.stop()
	l.workers.Wait()
	seconds := time.Since(l.began).Seconds()
	for _, refused := range l.refused[:min(5, len(l.refused))] {
		t.Errorf("refused: %s", refused)
	}
	pods := podsOf(t, l.namespace)
	unmutated := 0
	for i := range pods {
		if err := slicedError(&pods[i], a100, "main"); err != nil {
			if unmutated++; unmutated <= 5 {
				t.Errorf("%s: %v", pods[i].Name, err)
			}
		}
	}
	if made := l.made.Load(); int64(len(pods)) < made || int64(len(pods)) > made+l.away.Load() {
		t.Errorf("%d pods exist, %d were created", len(pods), made)
	}
	t.Logf("%d pods in %.1f s, %.0f a second: %d refused, %d without their slice (the API server did not answer %d attempts)",
		len(pods), seconds, float64(len(pods))/seconds, len(l.refused), unmutated, l.away.Load())
	l.checkAudit(t, len(pods))
}

func (l *load) checkAudit(t *testing.T, pods int) {
	t.Helper()
	events, err := plane.Audit(l.namespace)
	cluster.Must(t, err)
	var made, failedOpen, refused []string
	for _, event := range events {
		for key := range event.Annotations {
			if strings.HasPrefix(key, "failed-open.mutation.webhook.admission.k8s.io/") {
				failedOpen = append(failedOpen, event.ObjectRef.Name)
			}
		}
		switch {
		case event.ResponseStatus != nil && event.ResponseStatus.Code == 201:
			made = append(made, event.ObjectRef.Name)
		case event.ResponseStatus != nil && event.ResponseStatus.Code == 403:
			refused = append(refused, event.ObjectRef.Name)
		}
	}
	slices.Sort(made)
	if len(failedOpen) > 0 || len(refused) > 0 || len(slices.Compact(made)) < pods-int(l.away.Load()) {
		t.Errorf("the audit log: %d pods made, failed open %q, refused %q", len(made), failedOpen, refused)
	}
}

// counters adds up the calls of the webhooks for GPU pods in `enabled` and `required` namespaces that the API server
// has counted as failed open or rejected since its start.
func counters(t *testing.T) (failed float64) {
	t.Helper()
	for _, name := range []string{"enabled", "required"} {
		for _, metric := range []string{"apiserver_admission_webhook_fail_open_count", "apiserver_admission_webhook_rejection_count"} {
			value, err := plane.Metric(metric, map[string]string{"name": name + ".inject.gpuslice.dev"})
			cluster.Must(t, err)
			failed += value
		}
	}
	return failed
}

// underLoad calls disturb while pods are created both in an `enabled` namespace, where a failure leaves a pod without
// its slice, and in a `required` one, where a failure refuses the pod. disturb gets the load of the `enabled` one.
func underLoad(t *testing.T, disturb func(pods *load)) {
	t.Helper()
	hook.OnFailure(t)
	before := counters(t)
	open, closed := startLoad(t, enabled), startLoad(t, strict)
	open.waitFor(t, 50)
	closed.waitFor(t, 50)
	disturb(open)
	open.waitFor(t, 100)
	closed.waitFor(t, 100)
	open.end(t)
	closed.end(t)
	if after := counters(t); after > before {
		t.Errorf("the API server counted %v calls that failed open or were rejected", after-before)
	}
}
