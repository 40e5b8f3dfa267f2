package webhook

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
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
			startSidecarWebhook(t, namespace, test.sidecar)
			var pod *corev1.Pod
			cluster.Eventually(t, func() (err error) { // until the API server follows the registration
				pod, err = createDry(namespace, test.pod)
				if err == nil && len(pod.Spec.Containers) != 2 {
					err = fmt.Errorf("no sidecar was added")
				}
				return err
			})
			pod = mustCreate(t, namespace, test.pod)
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
}

// checkRounds fails unless the audit log shows that our webhook was called in both rounds.
func checkRounds(t *testing.T, namespace, name string) {
	t.Helper()
	events, err := plane.Audit(namespace)
	cluster.Must(t, err)
	for _, event := range events {
		rounds := []string{event.Annotations["mutation.webhook.admission.k8s.io/round_0_index_0"], event.Annotations["mutation.webhook.admission.k8s.io/round_1_index_0"]}
		if event.ObjectRef.Name == name && rounds[0] != "" && rounds[1] != "" {
			return
		}
	}
	t.Errorf("no event of %s has two rounds", name)
}

func named(pod *corev1.Pod, class string) *corev1.Pod {
	pod.Annotations = map[string]string{"gpuslice.dev/class": class}
	return pod
}

// startSidecarWebhook serves and registers a webhook that inserts a container at index 0. It is called after ours,
// because the name of its configuration sorts after that of ours.
func startSidecarWebhook(t *testing.T, namespace, container string) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		addSidecar(w, r, container)
	}))
	dir := t.TempDir()
	authority, err := cluster.NewAuthority("sidecars")
	cluster.Must(t, err)
	cluster.Must(t, authority.WriteLeaf(dir))
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	cluster.Must(t, err)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	server.StartTLS()
	t.Cleanup(server.Close)
	configurations := plane.Client.AdmissionregistrationV1().MutatingWebhookConfigurations()
	_, err = configurations.Create(context.Background(), &registration.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "zz-sidecars"},
		Webhooks: []registration.MutatingWebhook{{
			Name:                    "sidecars.e2e.gpuslice.dev",
			ClientConfig:            registration.WebhookClientConfig{URL: ptr.To(server.URL), CABundle: authority.PEM},
			AdmissionReviewVersions: []string{"v1"},
			SideEffects:             ptr.To(registration.SideEffectClassNone),
			NamespaceSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": namespace}},
			Rules: []registration.RuleWithOperations{{
				Operations: []registration.OperationType{registration.Create},
				Rule:       registration.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
			}},
		}},
	}, metav1.CreateOptions{})
	cluster.Must(t, err)
	t.Cleanup(func() {
		cluster.Must(t, configurations.Delete(context.Background(), "zz-sidecars", metav1.DeleteOptions{}))
	})
}

func addSidecar(w http.ResponseWriter, r *http.Request, container string) {
	var review admissionv1.AdmissionReview
	var pod corev1.Pod
	if json.NewDecoder(r.Body).Decode(&review) != nil || json.Unmarshal(review.Request.Object.Raw, &pod) != nil {
		http.Error(w, "not a review of a pod", http.StatusBadRequest)
		return
	}
	answer := &admissionv1.AdmissionResponse{UID: review.Request.UID, Allowed: true}
	if !slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == "proxy" }) {
		answer.PatchType = ptr.To(admissionv1.PatchTypeJSONPatch)
		answer.Patch = fmt.Appendf(nil, `[{"op":"add","path":"/spec/containers/0","value":%s}]`, container)
	}
	review.Request, review.Response = nil, answer
	if json.NewEncoder(w).Encode(review) != nil {
		fmt.Fprintln(os.Stderr, "the sidecar webhook could not answer")
	}
}
