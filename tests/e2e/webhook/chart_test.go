package webhook

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gpuslice.dev/e2e/cluster"
)

// The API server accepts every object that the chart renders with each of its ci/ values, and knows all its fields. The
// kinds of Prometheus' operator and of cert-manager are included.
func TestAPIServerAcceptsTheChart(t *testing.T) {
	for _, folder := range []string{"prometheus-operator-crds", "cert-manager-crds"} {
		files, err := filepath.Glob(filepath.Join(plane.Share(folder), "*.yaml"))
		cluster.Must(t, err)
		cluster.Must(t, plane.InstallCRDs(files...))
	}
	files, err := filepath.Glob(filepath.Join(plane.Root, "charts/gpuslice/ci/*-values.yaml"))
	cluster.Must(t, err)
	if len(files) == 0 {
		t.Fatal("the chart has no ci/*-values.yaml")
	}
	kinds := map[string]bool{}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), "-values.yaml"), func(t *testing.T) {
			objects, err := plane.Render(file)
			cluster.Must(t, err)
			for _, object := range objects {
				makeNamespaceOf(t, object)
				kinds[object.GetKind()] = true
				if err := plane.DryRun(context.Background(), object); err != nil {
					t.Error(err)
				}
			}
			t.Logf("%d objects", len(objects))
		})
	}
	for _, kind := range []string{"Deployment", "MutatingWebhookConfiguration", "ServiceMonitor", "PodMonitor", "PrometheusRule", "Certificate", "ValidatingAdmissionPolicy"} {
		if !kinds[kind] {
			t.Errorf("no %s was rendered", kind)
		}
	}
}

// The pod of `helm test` can be created while the webhook answers, but not while it is down.
func TestHelmTestTellsWhetherTheWebhookAnswers(t *testing.T) {
	ctx := context.Background()
	objects, err := plane.Render("")
	cluster.Must(t, err)
	objects = slices.DeleteFunc(objects, func(object *unstructured.Unstructured) bool {
		return object.GetAnnotations()["helm.sh/hook"] != "test"
	})
	if len(objects) != 2 || objects[0].GetKind() != "Namespace" || objects[1].GetKind() != "Pod" {
		t.Fatalf("the chart's test is not a namespace and a pod: %v", objects)
	}
	namespace, pod := objects[0], objects[1]
	cluster.Must(t, plane.Apply(ctx, namespace))
	t.Cleanup(func() { cluster.Must(t, plane.Delete(ctx, namespace)) })
	before := hookMetric(t, "gpuslice_reviews_total", map[string]string{"path": "/mutate"})
	cluster.Eventually(t, func() error { return plane.DryRun(ctx, pod) }) // the namespace needs its service account first
	if hookMetric(t, "gpuslice_reviews_total", map[string]string{"path": "/mutate"}) == before {
		t.Error("the webhook was not asked")
	}
	takeDown(t)
	if err := plane.DryRun(ctx, pod); err == nil || !strings.Contains(err.Error(), "failed calling webhook") {
		t.Errorf("the webhook is down, but the pod is not refused for it: %v", err)
	}
}

// makeNamespaceOf creates the namespace of an object, because a dry run of the Namespace does not create it.
func makeNamespaceOf(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	name := object.GetNamespace()
	if name == "" {
		return
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err := plane.Client.CoreV1().Namespaces().Create(context.Background(), namespace, metav1.CreateOptions{})
	if apierrors.IsAlreadyExists(err) {
		return
	}
	cluster.Must(t, err)
	cluster.Eventually(t, func() error {
		_, err := plane.Client.CoreV1().ServiceAccounts(name).Get(context.Background(), "default", metav1.GetOptions{})
		return err
	})
}
