package oracle

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// client-go reads Kubernetes' own kinds strictly: no field is unknown, and no type is wrong.
func TestBuiltInKinds__client_go_strict__read(t *testing.T) {
	serializer := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, json.SerializerOptions{Strict: true})
	kinds := map[string]int{}
	for _, set := range sets(t, everything...) {
		for file, text := range set.files {
			one := object(t, file, text)
			version := one.GetAPIVersion()
			if version == "" || strings.Contains(version, "karpenter") || strings.Contains(version, "kueue") || strings.Contains(version, "kustomize") {
				continue
			}
			body, err := yaml.YAMLToJSON(text)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := serializer.Decode(body, nil, nil); err != nil {
				t.Errorf("%s: %s: %v", set.name, file, err)
			}
			kinds[one.GetKind()]++
		}
	}
	for _, kind := range []string{"ConfigMap", "DaemonSet", "ClusterRole", "ClusterRoleBinding", "ServiceAccount", "Namespace",
		"ResourceQuota", "LimitRange", "DeviceClass", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s was read", kind)
		}
	}
}

// The kustomization lists every object that is not an example, and only files that exist.
func TestKustomization__resources__all_objects(t *testing.T) {
	for _, set := range sets(t, everything...) {
		var kustomization struct{ Resources []string }
		if err := yaml.Unmarshal(set.files["kustomization.yaml"], &kustomization); err != nil {
			t.Fatal(err)
		}
		listed := map[string]bool{}
		for _, file := range kustomization.Resources {
			listed[file] = true
			if _, found := set.files[file]; !found {
				t.Errorf("%s: %s is listed, but does not exist", set.name, file)
			}
		}
		for file, text := range set.files {
			one := object(t, file, text)
			isExample := strings.HasPrefix(file, "namespace-") || strings.HasPrefix(file, "resourcequota-") || strings.HasPrefix(file, "limitrange-")
			wanted := one.GetName() != "" && !isExample
			if listed[file] != wanted {
				t.Errorf("%s: %s: listed %v, wanted %v", set.name, file, listed[file], wanted)
			}
		}
	}
}
