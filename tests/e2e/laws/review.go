package laws

import (
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"gpuslice.dev/e2e/oracle"
)

var (
	scheme = runtime.NewScheme()
	// The codec of the API server's webhook client (k8s.io/apiserver/pkg/util/webhook).
	reviews runtime.Codec
	// The serializer with which the API server writes an object before a patch and reads it afterwards.
	objects = json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, json.SerializerOptions{})
)

func init() {
	utilruntime.Must(admissionv1.AddToScheme(scheme))
	utilruntime.Must(corev1.AddToScheme(scheme))
	reviews = serializer.NewCodecFactory(scheme).LegacyCodec(admissionv1.SchemeGroupVersion)
}

// Review returns the review that the API server sends about the creation of a pod
// (k8s.io/apiserver/pkg/admission/plugin/webhook/request, CreateV1AdmissionReview). It is a dry run for every second
// uid.
func Review(pod *corev1.Pod, namespace string, uid types.UID) ([]byte, error) {
	dryRun := uid[len(uid)-1]%2 == 0
	pod = pod.DeepCopy()
	pod.Namespace = namespace
	return runtime.Encode(reviews, &admissionv1.AdmissionReview{Request: &admissionv1.AdmissionRequest{
		UID: uid, Kind: metav1.GroupVersionKind{Version: "v1", Kind: "Pod"},
		Resource:        metav1.GroupVersionResource{Version: "v1", Resource: "pods"},
		RequestKind:     &metav1.GroupVersionKind{Version: "v1", Kind: "Pod"},
		RequestResource: &metav1.GroupVersionResource{Version: "v1", Resource: "pods"},
		Name:            pod.Name, Namespace: namespace, Operation: admissionv1.Create,
		UserInfo: authenticationv1.UserInfo{Username: "system:serviceaccount:a:b", Groups: []string{"system:authenticated"},
			Extra: map[string]authenticationv1.ExtraValue{"object": {"\x00", "<"}}},
		Object: runtime.RawExtension{Object: pod}, DryRun: &dryRun,
		Options: runtime.RawExtension{Object: &metav1.CreateOptions{TypeMeta: metav1.TypeMeta{Kind: "CreateOptions", APIVersion: "meta.k8s.io/v1"}}},
	}})
}

// Response reads an answer as the API server does. It returns an error if the API server would reject the answer
// (VerifyAdmissionResponse in the same package), and also for a denial that has a patch, or lacks status 403 or a
// message.
func Response(text []byte, uid types.UID) (*admissionv1.AdmissionResponse, error) {
	review := &admissionv1.AdmissionReview{}
	if err := runtime.DecodeInto(reviews, text, review); err != nil {
		return nil, err
	}
	response := review.Response
	switch {
	case response == nil:
		return nil, fmt.Errorf("no response in %.200s", text)
	case response.UID != uid:
		return nil, fmt.Errorf("the answer has the uid %q", response.UID)
	case (response.Patch != nil) != (response.PatchType != nil):
		return nil, fmt.Errorf("only one of patch and patchType is set")
	case !response.Allowed && response.Patch != nil:
		return nil, fmt.Errorf("a denial with a patch")
	case !response.Allowed && (response.Result == nil || response.Result.Code != 403 || response.Result.Message == ""):
		return nil, fmt.Errorf("a denial without status 403 or message: %v", response.Result)
	}
	return response, nil
}

// Patched applies a patch to a pod as the API server does.
func Patched(pod *corev1.Pod, namespace string, patch []byte) (*corev1.Pod, error) {
	pod = pod.DeepCopy()
	pod.Namespace = namespace
	text, err := runtime.Encode(objects, pod)
	if err != nil {
		return nil, err
	}
	if text, err = oracle.Patch(text, patch); err != nil {
		return nil, fmt.Errorf("the patch does not apply: %w", err)
	}
	patched := &corev1.Pod{}
	if _, _, err = objects.Decode(text, nil, patched); err != nil {
		return nil, fmt.Errorf("the result is not a pod: %w", err)
	}
	return patched, nil
}
