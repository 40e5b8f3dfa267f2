package webhook

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// Whatever authors write into their pods, a `required` namespace refuses those that would get around the policy.
func TestForgeriesAreRefusedInRequired(t *testing.T) {
	namespace := plane.NewNamespace(t, required, nil)
	for _, test := range []struct {
		name  string
		count int64
		forge func(pod *corev1.Pod)
		says  string
	}{
		{"a controller reference to a DaemonSet", 1, func(pod *corev1.Pod) {
			pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "DaemonSet", Name: "mine", UID: "1", Controller: ptr.To(true)}}
		}, "DaemonSet"},
		{"a node name", 1, func(pod *corev1.Pod) { pod.Spec.NodeName = "node-1" }, "nodeName"},
		{"the annotation of a mirror pod", 8, func(pod *corev1.Pod) {
			pod.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"}
			pod.Spec.NodeName = "node-1" // the API server requires it of mirror pods
		}, "nodeName"},
		{"a record", 4, func(pod *corev1.Pod) {
			pod.Annotations = map[string]string{"gpuslice.dev/applied": `{"class":"t4-third","policy":"default","revision":"000000000000","containers":["main"]}`}
		}, `asks for nvidia.com/gpu: "4"`},
		{"the opt-out", 8, func(pod *corev1.Pod) { pod.Labels = map[string]string{"gpuslice.dev/inject": "disabled"} }, `asks for nvidia.com/gpu: "8"`},
		{"the class label", 8, func(pod *corev1.Pod) { pod.Labels = map[string]string{"gpuslice.dev/class": "gpu-whole"} }, `asks for nvidia.com/gpu: "8"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			pod := newPod("forged", gpu, test.count)
			test.forge(pod)
			_, err := create(namespace, pod)
			if err == nil || !strings.Contains(err.Error(), `"required.inject.gpuslice.dev" denied the request: `) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("not refused with %q: %v", test.says, err)
			}
		})
	}
	if pods := podsOf(t, namespace); len(pods) != 0 {
		t.Errorf("%d forged pods were created", len(pods))
	}
}

// A pod that is admitted gets the same slice as any other, whatever it forges.
func TestForgeriesAreNotBelieved(t *testing.T) {
	namespace := plane.NewNamespace(t, required, nil)
	for name, forge := range map[string]func(pod *corev1.Pod){
		"record": func(pod *corev1.Pod) {
			pod.Annotations = map[string]string{"gpuslice.dev/applied": `{"class":"t4-third","policy":"default","revision":"0","containers":["main"]}`}
		},
		"opt-out": func(pod *corev1.Pod) { pod.Labels = map[string]string{"gpuslice.dev/inject": "disabled"} },
		"label":   func(pod *corev1.Pod) { pod.Labels = map[string]string{"gpuslice.dev/class": "gpu-whole"} },
	} {
		t.Run(name, func(t *testing.T) {
			pod := newPod(name, gpu, 1)
			forge(pod)
			made, err := create(namespace, pod)
			if err != nil {
				t.Fatal(err)
			}
			checkSliced(t, made, t4Third, "main")
		})
	}
}
