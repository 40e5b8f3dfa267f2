package webhook

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"gpuslice.dev/e2e/cluster"
	"gpuslice.dev/e2e/laws"
)

// failures counts the API server's webhook calls that failed, and gpuslice's HTTP answers without a decision.
func failures(t *testing.T) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	var err error
	found["failed open"], err = plane.Metric("apiserver_admission_webhook_fail_open_count", nil)
	cluster.Must(t, err)
	for _, kind := range []string{"calling_webhook_error", "apiserver_internal_error"} {
		found[kind], err = plane.Metric("apiserver_admission_webhook_rejection_count", map[string]string{"error_type": kind})
		cluster.Must(t, err)
	}
	for _, status := range []string{"400", "408", "413", "429", "500", "503", "504"} {
		found["HTTP "+status], err = hook.Metric("gpuslice_requests_total", map[string]string{"status": status})
		cluster.Must(t, err)
	}
	return found
}

func decisions(t *testing.T) float64 {
	t.Helper()
	count, err := hook.Metric("gpuslice_requests_total", map[string]string{"path": "/mutate", "status": "200"})
	cluster.Must(t, err)
	return count
}

// dryRun creates a pod as a dry run, as JSON or as Protobuf, which can contain bytes that JSON cannot. gpuslice may
// refuse it, and so may the API server before it calls gpuslice (for example for a runtimeClassName that no URL can
// contain).
func dryRun(clients []kubernetes.Interface, namespace string, number uint64) error {
	pod := laws.Pod(number, laws.Rare)
	client := clients[number/4%2].CoreV1().RESTClient() // Create() would check the name first
	options := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	request := client.Post().Namespace(namespace).Resource("pods").VersionedParams(&options, scheme.ParameterCodec).Body(pod)
	return request.Do(context.Background()).Error()
}

// gpuslice decides about every pod that the API server sends it, whatever its author writes: no call fails.
func TestEveryPodIsDecidedOnTheAPIServer(t *testing.T) {
	hook.OnFailure(t)
	clients := []kubernetes.Interface{plane.Client, protobufClient(t)}
	all := map[string]string{"gpuslice.dev/inject": "enabled", "gpuslice.dev/pods": "all", "team-tier": "ml"}
	var namespaces []string
	for _, labels := range []map[string]string{all, enabled, guarded, strict} {
		namespaces = append(namespaces, plane.NewNamespace(t, labels, nil))
	}
	before, answered := failures(t), decisions(t)
	count := laws.Count(t, 3000)
	var next atomic.Uint64
	var lock sync.Mutex
	var suspects []string // answers with status 500 or higher
	refused := 0
	var workers sync.WaitGroup
	for range creators {
		workers.Go(func() {
			for number := next.Add(1) - 1; number < count; number = next.Add(1) - 1 {
				err := dryRun(clients, namespaces[number%uint64(len(namespaces))], number)
				lock.Lock()
				var status apierrors.APIStatus
				switch {
				case err == nil:
				case !errors.As(err, &status):
					t.Errorf("pod %d: no answer of the API server: %v", number, err)
				case status.Status().Code >= 500:
					suspects = append(suspects, fmt.Sprintf("pod %d: %.500v", number, err))
				default:
					refused++
				}
				lock.Unlock()
			}
		})
	}
	workers.Wait()
	for kind, value := range failures(t) {
		if value != before[kind] {
			t.Errorf("%v more: %s; the answers with status 500 or higher begin with\n%s", value-before[kind], kind, strings.Join(suspects[:min(20, len(suspects))], "\n"))
		}
	}
	if asked := decisions(t) - answered; asked < float64(count)/2 {
		t.Errorf("gpuslice decided about only %v of %d pods", asked, count)
	}
	t.Logf("%d pods, of which %d were refused and %d failed in the API server itself", count, refused, len(suspects))
	cluster.Must(t, stillSlices(namespaces[0]))
}

func protobufClient(t *testing.T) kubernetes.Interface {
	t.Helper()
	config := rest.CopyConfig(plane.Config)
	config.ContentType = runtime.ContentTypeProtobuf
	client, err := kubernetes.NewForConfig(config)
	cluster.Must(t, err)
	return client
}

// None of these texts gets a request for eight GPUs past an `enabled` namespace. Each "<" and each NUL takes six bytes
// in the review.
func TestNoTextLetsGPUsThrough(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	deep := strings.Repeat(`{"f:a":`, 9000) + "{}" + strings.Repeat("}", 9000)
	for _, test := range []struct {
		name  string
		write func(pod *corev1.Pod)
	}{
		{"NUL in an annotation", func(pod *corev1.Pod) { pod.Annotations = map[string]string{"x": "\x00"} }},
		{"NUL in a name", func(pod *corev1.Pod) { pod.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "\x00"}} }},
		{"deep managedFields", func(pod *corev1.Pod) {
			pod.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "a", Operation: "Update", APIVersion: "v1", FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(deep)}}
		}},
		{"1.25 MB of <", func(pod *corev1.Pod) { pod.Spec.Containers[0].Args = []string{strings.Repeat("<", 1_250_000)} }},
		{"3 MB of NUL", func(pod *corev1.Pod) { pod.Spec.Containers[0].Args = []string{strings.Repeat("\x00", 3_000_000)} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			pod := newPod("pod", gpu, 8)
			test.write(pod)
			before := failures(t)
			_, err := protobufClient(t).CoreV1().Pods(namespace).Create(context.Background(), pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
			if err == nil || !strings.Contains(err.Error(), `asks for nvidia.com/gpu: "8"`) {
				t.Errorf("not refused for its eight slices: %.300v", err)
			}
			if after := failures(t); !maps.Equal(before, after) {
				t.Errorf("failures: %v, and %v before", after, before)
			}
		})
	}
}

// stillSlices returns an error unless a pod still gets its slice.
func stillSlices(namespace string) error {
	pod, err := createDry(namespace, newPod("last", gpu, 1))
	if err != nil {
		return err
	}
	return slicedError(pod, t4Third, "main")
}
