package oracle

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistration "k8s.io/api/admissionregistration/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission"
	plugincel "k8s.io/apiserver/pkg/admission/plugin/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/cel/environment"

	"sigs.k8s.io/yaml"
)

const (
	mostContainers = 16 // the most containers of each kind whose keys the conditions compare
	mostKeys       = 8  // the most keys of a container's limits that they compare
	mostMetadata   = 1000
	mostNames      = 32 // the most names in SliceSettings and in the chart's gpuResources
)

// Match conditions have a budget. If they exceed it for a pod, and failurePolicy is Ignore, the pod passes without a
// review. Kubernetes up to 1.36 charges the bytes of a key for each name with which the key is compared.
func TestMatchConditionsKeepWithinTheirBudget(t *testing.T) {
	for _, test := range []struct {
		name  string
		names func(i int) string
	}{
		{"no further names", nil},
		{"the most patterns", func(i int) string { return fmt.Sprintf("vendor%02d.example.com/gpu-model-%02d-*", i, i) }},
		{"the most long names", func(i int) string { return fmt.Sprintf("vendor%02d.example.com/%s", i, strings.Repeat("g", 60)) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var names []string
			for i := 0; test.names != nil && i < mostNames; i++ {
				names = append(names, test.names(i))
			}
			conditions := matchConditions(t, names)
			if sent, err := conditions.ask(hugePod(false)); err != nil || sent {
				t.Errorf("the largest pod whose keys are compared, without a GPU: sent %v, %v", sent, err)
			}
			if sent, err := conditions.ask(hugePod(true)); err != nil || !sent {
				t.Errorf("the same with a GPU at its end: sent %v, %v", sent, err)
			}
		})
	}
}

// hugePod is the largest pod whose keys the conditions compare, with the longest names. If asks is true, its last init
// container asks for GPUs.
func hugePod(asks bool) *corev1.Pod {
	long := strings.Repeat(strings.Repeat("a", 61)+".", 4) + "a/" + strings.Repeat("a", 60)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", Labels: map[string]string{}, Annotations: map[string]string{}}}
	for i := range mostMetadata {
		pod.Labels[fmt.Sprintf("%s%d", long[:300], i)] = "x"
		pod.Annotations[fmt.Sprintf("%s%d", long[:300], i)] = "x"
	}
	for i := range mostContainers {
		container := corev1.Container{Name: fmt.Sprintf("c%d", i), Resources: corev1.ResourceRequirements{Limits: corev1.ResourceList{}, Requests: corev1.ResourceList{}}}
		for k := range mostKeys {
			name := corev1.ResourceName(fmt.Sprintf("%s%d", long, k))
			container.Resources.Limits[name] = resource.MustParse("0")
			container.Resources.Requests[name] = resource.MustParse("0")
		}
		pod.Spec.Containers = append(pod.Spec.Containers, container)
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, *container.DeepCopy())
	}
	if asks {
		last := pod.Spec.InitContainers[mostContainers-1].Resources.Requests
		delete(last, corev1.ResourceName(long+"0"))
		last["nvidia.com/gpu"] = resource.MustParse("8")
	}
	return pod
}

type conditions struct{ plugincel.ConditionEvaluator }

// matchConditions are those of the chart's entry `enabled.inject`, as an API server of 1.35 compiles them.
func matchConditions(t *testing.T, names []string) conditions {
	t.Helper()
	values, err := yaml.Marshal(map[string]any{"gpuResources": names})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, values, 0o600); err != nil {
		t.Fatal(err)
	}
	helm, err := exec.Command("../../tools/helm.sh").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(strings.TrimSpace(string(helm)), "template", "gpuslice", "../../charts/gpuslice", "--values", file,
		"--show-only", "templates/mutatingwebhook.yaml").Output()
	if err != nil {
		t.Fatal(err)
	}
	var configuration admissionregistration.MutatingWebhookConfiguration
	if err := yaml.Unmarshal(text, &configuration); err != nil {
		t.Fatal(err)
	}
	compiler := plugincel.NewConditionCompiler(environment.MustBaseEnvSet(version.MajorMinor(1, 35)))
	var list []plugincel.ExpressionAccessor
	for _, webhook := range configuration.Webhooks {
		if webhook.Name != "enabled.inject.gpuslice.dev" {
			continue
		}
		for _, one := range webhook.MatchConditions {
			list = append(list, &expression{one.Name, one.Expression})
		}
	}
	compiled := compiler.CompileCondition(list, plugincel.OptionalVariableDeclarations{HasAuthorizer: true}, environment.StoredExpressions)
	if errors := compiled.CompilationErrors(); len(list) < 2 || len(errors) > 0 {
		t.Fatalf("%d conditions: %v", len(list), errors)
	}
	return conditions{compiled}
}

// ask reports whether the API server sends the pod to the webhook.
func (c conditions) ask(pod *corev1.Pod) (bool, error) {
	kind := schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	pods := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	attributes := admission.NewAttributesRecord(pod, nil, kind, pod.Namespace, pod.Name, pods, "", admission.Create, &metav1.CreateOptions{}, false, &user.DefaultInfo{Name: "u"})
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedKind: kind, VersionedObject: pod}
	request := &admissionv1.AdmissionRequest{Namespace: pod.Namespace, Operation: "CREATE", UserInfo: authenticationv1.UserInfo{Username: "u"}}
	results, _, err := c.ForInput(context.Background(), versioned, request, plugincel.OptionalVariableBindings{}, nil, celconfig.RuntimeCELCostBudgetMatchConditions)
	if err != nil {
		return false, err
	}
	for _, result := range results {
		if result.Error != nil {
			return false, result.Error
		}
		if result.EvalResult.Value() != true {
			return false, nil
		}
	}
	return true, nil
}
