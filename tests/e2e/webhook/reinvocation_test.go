package webhook

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	registration "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"gpuslice.dev/e2e/cluster"
)

// Another webhook, which is called after ours, inserts a container at index 0. Ours is called again; it neither moves
// the slice nor gives one to the new container.
func TestSidecarAddedByAnotherWebhookGetsNoSlice(t *testing.T) {
	for _, test := range []struct {
		name    string
		pod     *corev1.Pod
		sidecar string // as JSON
		holders []string
	}{
		{"the pod asks", newPod("asks", gpu, 1), `{"name":"proxy","image":"proxy:1"}`, []string{"main"}},
		{"the pod names a class", named(newPod("names", "", 0), "a100-1g5gb"), `{"name":"proxy","image":"proxy:1"}`, []string{"main"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			namespace := plane.NewNamespace(t, enabled, mig)
			startSecondWebhook(t, namespace, addSidecar(test.sidecar))
			pod := mustCreate(t, namespace, test.pod)
			if pod.Spec.Containers[0].Name != "proxy" {
				t.Fatalf("the sidecar is not first: %v", pod.Spec.Containers)
			}
			checkSliced(t, pod, a100, test.holders...)
			checkRounds(t, namespace, test.pod.Name)
		})
	}
}

// A LimitRange's default puts nvidia.com/gpu back after the conversion; the second call of our webhook removes it
// again.
func TestLimitRangeThatPutsTheGPUBackIsRepaired(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, mig)
	one := corev1.ResourceList{gpu: resource.MustParse("1")}
	_, err := plane.Client.CoreV1().LimitRanges(namespace).Create(context.Background(), &corev1.LimitRange{
		ObjectMeta: metav1.ObjectMeta{Name: "gpus"},
		Spec:       corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{{Type: corev1.LimitTypeContainer, Default: one, DefaultRequest: one}}},
	}, metav1.CreateOptions{})
	cluster.Must(t, err)
	plain := newPod("probe", "", 0)
	plain.Annotations = map[string]string{"gpuslice.dev/class": "none"}
	cluster.Eventually(t, func() error { // until the API server follows the LimitRange
		pod, err := createDry(namespace, plain)
		if err == nil && len(holders(pod)) == 0 {
			err = fmt.Errorf("the LimitRange does nothing")
		}
		return err
	})
	for _, pod := range []*corev1.Pod{newPod("asks", gpu, 1), newPod("says-nothing", "", 0)} {
		checkSliced(t, mustCreate(t, namespace, pod), a100, "main")
	}

	// The plugin names what it added in an annotation. Sidecars did not ask for that, so they lose it.
	meshed := newPod("meshed", gpu, 1)
	meshed.Spec.InitContainers = []corev1.Container{{Name: "istio-init", Image: "proxy:1"}}
	meshed.Spec.Containers = append(meshed.Spec.Containers, corev1.Container{Name: "istio-proxy", Image: "proxy:1"})
	made := mustCreate(t, namespace, meshed)
	checkSliced(t, made, a100, "main")
	if text := made.Annotations["kubernetes.io/limit-ranger"]; !strings.Contains(text, "istio-proxy") {
		t.Errorf("the LimitRanger plugin writes %q", text)
	}
}

// checkRounds fails unless the audit log shows that our webhook was called in both rounds for the pod of this name, or for
// any pod if name is "".
func checkRounds(t *testing.T, namespace, name string) {
	t.Helper()
	events, err := plane.Audit(namespace)
	cluster.Must(t, err)
	for _, event := range events {
		rounds := []string{event.Annotations["mutation.webhook.admission.k8s.io/round_0_index_0"], event.Annotations["mutation.webhook.admission.k8s.io/round_1_index_0"]}
		if (name == "" || event.ObjectRef.Name == name) && rounds[0] != "" && rounds[1] != "" {
			return
		}
	}
	t.Errorf("no event of %q has two rounds", name)
}

func named(pod *corev1.Pod, class string) *corev1.Pod {
	pod.Annotations = map[string]string{"gpuslice.dev/class": class}
	return pod
}

// addSidecar is a change of startSecondWebhook: it inserts a container named proxy, given as JSON, at index 0.
func addSidecar(container string) func(pod *corev1.Pod) string {
	return func(pod *corev1.Pod) string {
		if slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == "proxy" }) {
			return ""
		}
		return fmt.Sprintf(`[{"op":"add","path":"/spec/containers/0","value":%s}]`, container)
	}
}

// startSecondWebhook serves and registers a webhook for the pods of a namespace until the test ends, and waits until the
// API server calls it. It is called after ours, because the name of its configuration sorts after that of ours. change
// returns a JSON patch, or "" to leave the pod as it is.
func startSecondWebhook(t *testing.T, namespace string, change func(pod *corev1.Pod) string) {
	t.Helper()
	var called atomic.Bool
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called.Store(true)
		answerReview(w, r, change)
	}))
	dir := t.TempDir()
	authority, err := cluster.NewAuthority("second")
	cluster.Must(t, err)
	cluster.Must(t, authority.WriteLeaf(dir))
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	cluster.Must(t, err)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	server.StartTLS()
	t.Cleanup(server.Close)
	registerSecondWebhook(t, namespace, registration.WebhookClientConfig{URL: ptr.To(server.URL), CABundle: authority.PEM})
	cluster.Eventually(t, func() error {
		_, err := createDry(namespace, newPod("is-the-second-asked", "", 0))
		if err == nil && !called.Load() {
			err = errors.New("the second webhook is not asked")
		}
		return err
	})
}

func registerSecondWebhook(t *testing.T, namespace string, client registration.WebhookClientConfig) {
	t.Helper()
	configurations := plane.Client.AdmissionregistrationV1().MutatingWebhookConfigurations()
	_, err := configurations.Create(context.Background(), &registration.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "zz-second"},
		Webhooks: []registration.MutatingWebhook{{
			Name:                    "second.e2e.gpuslice.dev",
			ClientConfig:            client,
			AdmissionReviewVersions: []string{"v1"},
			SideEffects:             ptr.To(registration.SideEffectClassNone),
			TimeoutSeconds:          ptr.To(int32(30)),
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": namespace}},
			Rules: []registration.RuleWithOperations{{
				Operations: []registration.OperationType{registration.Create},
				Rule:       registration.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
		}},
	}, metav1.CreateOptions{})
	cluster.Must(t, err)
	t.Cleanup(func() {
		cluster.Must(t, configurations.Delete(context.Background(), "zz-second", metav1.DeleteOptions{}))
	})
}

func answerReview(w http.ResponseWriter, r *http.Request, change func(pod *corev1.Pod) string) {
	var review admissionv1.AdmissionReview
	var pod corev1.Pod
	if json.NewDecoder(r.Body).Decode(&review) != nil || json.Unmarshal(review.Request.Object.Raw, &pod) != nil {
		http.Error(w, "not a review of a pod", http.StatusBadRequest)
		return
	}
	answer := &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	if patch := change(&pod); patch != "" {
		answer.PatchType, answer.Patch = ptr.To(admissionv1.PatchTypeJSONPatch), []byte(patch)
	}
	review.Request, review.Response = nil, answer
	if json.NewEncoder(w).Encode(review) != nil {
		fmt.Fprintln(os.Stderr, "the second webhook could not answer")
	}
}
