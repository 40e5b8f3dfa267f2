// Package oracle checks pods with the API server's own code.
package oracle

import (
	"bytes"
	"encoding/json"
	"reflect"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	corev1 "k8s.io/api/core/v1"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	"k8s.io/kubernetes/pkg/apis/core"
	corev1conversion "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	kjson "sigs.k8s.io/json"
)

// Valid returns what the API server's validation finds wrong with a new pod, or nil.
func Valid(pod *corev1.Pod) error {
	pod = pod.DeepCopy()
	corev1conversion.SetObjectDefaults_Pod(pod)
	if pod.Name == "" {
		pod.Name = "from-generate-name"
	}
	var internal core.Pod
	if err := corev1conversion.Convert_v1_Pod_To_core_Pod(pod, &internal, nil); err != nil {
		return err
	}
	options := podutil.GetValidationOptionsFromPodSpecAndMeta(&internal.Spec, nil, &internal.ObjectMeta, nil)
	return validation.ValidatePodCreate(&internal, options).ToAggregate()
}

// Patch applies an RFC 6902 patch as the API server does.
func Patch(object, patch []byte) ([]byte, error) {
	operations, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		return nil, err
	}
	return operations.Apply(object)
}

// Decode reads a pod as the API server does with strict field validation: an unknown or duplicate field is an error.
func Decode(text []byte) (*corev1.Pod, error) {
	pod := &corev1.Pod{}
	strict, err := kjson.UnmarshalStrict(text, pod)
	if err == nil && len(strict) > 0 {
		err = strict[0]
	}
	return pod, err
}

// Same reports whether two JSON texts have the same value. It compares numbers as text, so that large ones keep all
// digits.
func Same(a, b []byte) (bool, error) {
	var values [2]any
	for i, text := range [][]byte{a, b} {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&values[i]); err != nil {
			return false, err
		}
	}
	return reflect.DeepEqual(values[0], values[1]), nil
}
