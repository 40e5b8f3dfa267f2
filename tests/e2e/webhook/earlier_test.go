package webhook

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"gpuslice.dev/e2e/cluster"
)

// The tests of this file and of copies_test.go, restore_test.go and rounds_test.go bring pods that gpuslice has changed
// before. None of its own earlier edits may be taken for something that the pod's author wants.

// original is a pod with much that is not ours: a node affinity with two terms, a toleration, labels, a sidecar. Its
// container main asks for nvidia.com/gpu.
func original(name string) *corev1.Pod {
	pod := newPod(name, gpu, 1)
	pod.Labels = map[string]string{"app": "train"}
	pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "metrics", Image: "metrics:1"})
	term := func(zone string) corev1.NodeSelectorTerm {
		return corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{
			{Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{zone}}}}
	}
	pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{term("a"), term("b")}}}}
	pod.Spec.Tolerations = []corev1.Toleration{{Key: "team", Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule}}
	return pod
}

// checkOnly fails unless the container main holds a slice of the class, nothing of another class is left in the pod, the
// pod has each of our edits once, and its record says that main had asked for one of the resource `was`, or nothing if
// that is "".
func checkOnly(t *testing.T, pod *corev1.Pod, class class, was corev1.ResourceName) {
	t.Helper()
	err := slicedError(pod, class, "main")
	if err == nil {
		err = onceError(pod)
	}
	if err == nil {
		err = wasError(pod, was)
	}
	if err != nil {
		text, _ := json.MarshalIndent(pod, "", " ")
		t.Errorf("pod %s: %v\n%s", pod.Name, err, text)
	}
}

// onceError is an error unless each term has one expression about pools, the requests are the limits, and no toleration
// is there twice.
func onceError(pod *corev1.Pod) error {
	for i, term := range pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		pools := 0
		for _, expression := range term.MatchExpressions {
			if expression.Key == poolKey {
				pools++
			}
		}
		if pools != 1 {
			return fmt.Errorf("term %d has %d expressions about pools", i, pools)
		}
	}
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		if !equality.Semantic.DeepEqual(container.Resources.Limits, container.Resources.Requests) {
			return fmt.Errorf("the requests of %s are not its limits", container.Name)
		}
	}
	for i, toleration := range pod.Spec.Tolerations {
		if slices.ContainsFunc(pod.Spec.Tolerations[:i], func(other corev1.Toleration) bool { return toleration.MatchToleration(&other) }) {
			return fmt.Errorf("the toleration of %s is there twice", toleration.Key)
		}
	}
	return nil
}

// applied is the annotation gpuslice.dev/applied.
type applied struct {
	Class      string                                   `json:"class"`
	Policy     string                                   `json:"policy"`
	Revision   string                                   `json:"revision"`
	Containers []string                                 `json:"containers"`
	Was        map[string]map[corev1.ResourceName]int64 `json:"was,omitempty"`
}

func wasError(pod *corev1.Pod, was corev1.ResourceName) error {
	var found applied
	if err := json.Unmarshal([]byte(pod.Annotations["gpuslice.dev/applied"]), &found); err != nil {
		return err
	}
	var wanted map[string]map[corev1.ResourceName]int64
	if was != "" {
		wanted = map[string]map[corev1.ResourceName]int64{"main": {was: 1}}
	}
	if !reflect.DeepEqual(found.Was, wanted) {
		return fmt.Errorf("its record says that it was %v instead of %v", found.Was, wanted)
	}
	return nil
}

// checkQuiet sends a pod to admission as it came out of it, as a dry run, and fails unless our webhook leaves it as it
// is.
func checkQuiet(t *testing.T, namespace string, pod *corev1.Pod) {
	t.Helper()
	again := pod.DeepCopy()
	again.ObjectMeta = metav1.ObjectMeta{Name: pod.Name + "-again", Labels: pod.Labels, Annotations: pod.Annotations, OwnerReferences: pod.OwnerReferences}
	made, err := createDry(namespace, again)
	cluster.Must(t, err)
	if !equality.Semantic.DeepEqual(made.Spec, pod.Spec) || !maps.Equal(made.Labels, pod.Labels) || !maps.Equal(made.Annotations, pod.Annotations) {
		t.Errorf("pod %s changes once more, from %v %v to %v %v", pod.Name, pod.Annotations, pod.Spec, made.Annotations, made.Spec)
	}
	events, err := plane.Audit(namespace)
	cluster.Must(t, err)
	for _, event := range events {
		if event.ObjectRef.Name != again.Name {
			continue
		}
		for key, value := range event.Annotations {
			if strings.HasPrefix(key, "mutation.webhook.admission.k8s.io/") && strings.Contains(value, ".inject.gpuslice.dev") && strings.Contains(value, `"mutated":true`) {
				t.Errorf("pod %s is changed once more: %s", pod.Name, value)
			}
		}
	}
}

// useClass sets the class of a namespace, which may be "none", and waits until every replica uses it.
func useClass(t *testing.T, namespace, class string) {
	t.Helper()
	patchNamespace(t, namespace, fmt.Sprintf(`{"metadata":{"annotations":{"gpuslice.dev/class":%q}}}`, class))
	cluster.Eventually(t, func() error { return classInUse(namespace, class) })
}

// classInUse is an error unless every replica gives this class, or "none", to a pod that does not choose.
func classInUse(namespace, class string) error {
	reason := "injected"
	if class == "none" {
		class, reason = "", "no_class"
	}
	return eachReplicaSays(namespace, newPod("which-class", gpu, 1), class, reason)
}

// eachReplicaSays is an error unless every replica decides about a pod with this class and reason. The replicas are
// asked directly, because the API server would ask one of them.
func eachReplicaSays(namespace string, pod *corev1.Pod, class, reason string) error {
	pod = pod.DeepCopy()
	pod.APIVersion, pod.Kind, pod.Namespace = "v1", "Pod", namespace
	object, err := json.Marshal(pod)
	if err != nil {
		return err
	}
	kind := metav1.GroupVersionKind{Version: "v1", Kind: "Pod"}
	resource := metav1.GroupVersionResource{Version: "v1", Resource: "pods"}
	body, err := json.Marshal(&admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{UID: "which-class", Kind: kind, RequestKind: &kind, Resource: resource, RequestResource: &resource,
			Name: pod.Name, Namespace: namespace, Operation: admissionv1.Create, DryRun: ptr.To(true), Object: runtime.RawExtension{Raw: object}}})
	if err != nil {
		return err
	}
	bundle, err := hook.Bundle()
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}}
	for _, replica := range hook.Replicas {
		answer, err := client.Post("https://"+replica.Endpoint+"/mutate?timeout=10s", "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		var review admissionv1.AdmissionReview
		err = json.NewDecoder(answer.Body).Decode(&review)
		_ = answer.Body.Close()
		if err != nil || review.Response == nil {
			return fmt.Errorf("%s answers %s: %v", replica.Name, answer.Status, err)
		}
		if said := review.Response.AuditAnnotations; said["class"] != class || said["reason"] != reason {
			return fmt.Errorf("%s says %v instead of %s, %s", replica.Name, said, class, reason)
		}
	}
	return nil
}
