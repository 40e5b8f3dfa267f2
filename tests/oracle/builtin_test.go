package oracle

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

// Kubernetes' own kinds, read strictly by client-go: no field unknown, no type wrong.
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

// The kustomization names all objects but the examples, and nothing that is not there.
func TestKustomization__resources__all_objects(t *testing.T) {
	for _, set := range sets(t, everything...) {
		var kustomization struct{ Resources []string }
		if err := yaml.Unmarshal(set.files["kustomization.yaml"], &kustomization); err != nil {
			t.Fatal(err)
		}
		named := map[string]bool{}
		for _, file := range kustomization.Resources {
			named[file] = true
			if _, found := set.files[file]; !found {
				t.Errorf("%s: %s is named, but not there", set.name, file)
			}
		}
		for file, text := range set.files {
			one := object(t, file, text)
			isExample := strings.HasPrefix(file, "namespace-") || strings.HasPrefix(file, "resourcequota-") || strings.HasPrefix(file, "limitrange-")
			wanted := one.GetName() != "" && !isExample
			if named[file] != wanted {
				t.Errorf("%s: %s: named %v, wanted %v", set.name, file, named[file], wanted)
			}
		}
	}
}
