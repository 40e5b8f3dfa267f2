package oracle

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	admissionregistration "k8s.io/api/admissionregistration/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission"
	plugincel "k8s.io/apiserver/pkg/admission/plugin/cel"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/cel/environment"

	"github.com/google/cel-go/cel"
	"sigs.k8s.io/yaml"
)

// guard is the guard policy, compiled as by an API server of 1.30, the oldest version that serves such policies as v1.
type guard struct {
	conditions, validations plugincel.ConditionEvaluator
	messages                []string
}

type expression struct {
	name, text string
}

func (e *expression) GetExpression() string    { return e.text }
func (e *expression) ReturnTypes() []*cel.Type { return []*cel.Type{cel.BoolType} }
func (e *expression) GetName() string          { return e.name }

type variable struct{ expression }

func (v *variable) ReturnTypes() []*cel.Type { return []*cel.Type{cel.AnyType, cel.DynType} }

func compile(t *testing.T, set rendered) guard {
	t.Helper()
	var policy admissionregistration.ValidatingAdmissionPolicy
	if err := yaml.UnmarshalStrict(set.files["guard-policy.yaml"], &policy); err != nil {
		t.Fatal(err)
	}
	compiler, err := plugincel.NewCompositedCompiler(environment.MustBaseEnvSet(version.MajorMinor(1, 30)))
	if err != nil {
		t.Fatal(err)
	}
	options := plugincel.OptionalVariableDeclarations{HasAuthorizer: true}
	for _, one := range policy.Spec.Variables {
		result := compiler.CompileAndStoreVariable(&variable{expression{one.Name, one.Expression}}, options, environment.NewExpressions)
		if result.Error != nil {
			t.Fatalf("%s: variable %s: %v\n%s", set.name, one.Name, result.Error, one.Expression)
		}
	}
	var conditions, validations []plugincel.ExpressionAccessor
	result := guard{}
	for _, one := range policy.Spec.MatchConditions {
		conditions = append(conditions, &expression{one.Name, one.Expression})
	}
	for _, one := range policy.Spec.Validations {
		validations = append(validations, &expression{"", one.Expression})
		result.messages = append(result.messages, one.Message)
	}
	result.conditions = compiler.CompileCondition(conditions, options, environment.NewExpressions)
	result.validations = compiler.CompileCondition(validations, options, environment.NewExpressions)
	for _, err := range append(result.conditions.CompilationErrors(), result.validations.CompilationErrors()...) {
		t.Fatalf("%s: %v", set.name, err)
	}
	return result
}

// ask returns the messages with which the guard refuses the creation of a pod.
func (g guard) ask(t *testing.T, namespace *corev1.Namespace, pod *corev1.Pod, groups ...string) []string {
	t.Helper()
	return g.review(t, namespace, pod, nil, groups...)
}

// review returns the messages with which the guard refuses the creation of a pod or, if old is not nil, the addition of
// ephemeral containers to old.
func (g guard) review(t *testing.T, namespace *corev1.Namespace, pod, old *corev1.Pod, groups ...string) []string {
	t.Helper()
	kind := schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	resource := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	operation, subresource := admission.Create, ""
	var before runtime.Object
	if old != nil {
		operation, subresource, before = admission.Update, "ephemeralcontainers", old
	}
	attributes := admission.NewAttributesRecord(pod, before, kind, namespace.Name, pod.Name, resource, subresource, operation, &metav1.CreateOptions{}, false, &user.DefaultInfo{Name: "u", Groups: groups})
	versioned := &admission.VersionedAttributes{Attributes: attributes, VersionedKind: kind, VersionedObject: pod, VersionedOldObject: before}
	request := &admissionv1.AdmissionRequest{Namespace: namespace.Name, Operation: admissionv1.Operation(operation), SubResource: subresource,
		UserInfo: authenticationv1.UserInfo{Username: "u", Groups: groups}}
	evaluate := func(condition plugincel.ConditionEvaluator) []plugincel.EvaluationResult {
		results, _, err := condition.ForInput(context.Background(), versioned, request, plugincel.OptionalVariableBindings{}, namespace, celconfig.RuntimeCELCostBudget)
		if err != nil {
			t.Fatal(err)
		}
		return results
	}
	for _, result := range evaluate(g.conditions) {
		if result.Error != nil {
			t.Fatal(result.Error)
		}
		if result.EvalResult.Value() != true {
			return nil
		}
	}
	var refusals []string
	for i, result := range evaluate(g.validations) {
		if result.Error != nil {
			t.Fatalf("%v", result.Error)
		}
		if result.EvalResult.Value() != true {
			refusals = append(refusals, g.messages[i])
		}
	}
	return refusals
}

func namespaceOf(labels string) *corev1.Namespace {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "team-a", Labels: map[string]string{}, Annotations: map[string]string{}}}
	for _, pair := range strings.Fields(labels) {
		key, value, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(key, "@") {
			namespace.Annotations[key[1:]] = value
		} else {
			namespace.Labels[key] = value
		}
	}
	return namespace
}

func podOf(t *testing.T, text string) *corev1.Pod {
	t.Helper()
	pod := &corev1.Pod{}
	if err := yaml.UnmarshalStrict([]byte(text), pod); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return pod
}

const (
	asks    = "{metadata: {name: p}, spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}"
	enabled = "gpuslice.dev/inject=enabled"
	needs   = "gpuslice.dev/inject=required"
	ml      = enabled + " team-tier=ml"
	watched = enabled + " team-tier=guarded gpuslice.dev/pods=all"
	void    = "{name: NVIDIA_VISIBLE_DEVICES, value: void}"
	open    = "{name: NVIDIA_VISIBLE_DEVICES, value: all}"
	dra     = "{spec: {containers: [{name: c, resources: {limits: {deviceclass.resource.kubernetes.io/gpu.nvidia.com: 1}}}]}}"
)

func placed(resource, expressions string) string {
	return "{metadata: {name: p}, spec: {containers: [{name: c, resources: {limits: {" + resource + ": 1}}}], affinity: {nodeAffinity: " +
		"{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [" + expressions + "]}}}}}"
}

// many is a pod on the pool of t4-third. counts has the number of slices that each container asks for and, after "|",
// that each init container asks for. A number with the suffix s makes a sidecar.
func many(counts string) string {
	list := func(kind, counts string) string {
		var items []string
		for i, count := range strings.Fields(counts) {
			sidecar := ""
			if strings.HasSuffix(count, "s") {
				sidecar, count = "restartPolicy: Always, ", strings.TrimSuffix(count, "s")
			}
			items = append(items, fmt.Sprintf("{name: %s%d, %sresources: {limits: {nvidia.com/gpu: %q}, requests: {nvidia.com/gpu: %q}}}", kind, i, sidecar, count, count))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	main, first, _ := strings.Cut(counts, "|")
	return "{metadata: {name: p}, spec: {initContainers: " + list("i", first) + ", containers: " + list("c", main) +
		", affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [" + in("t4-thirds") + "]}}}}}"
}

// names is a pod with count resources of quantity zero.
func names(count int) string {
	var list []string
	for i := range count {
		list = append(list, fmt.Sprintf("example.com/x%d: 0", i))
	}
	return "{spec: {containers: [{name: c, resources: {limits: {" + strings.Join(list, ", ") + "}}}]}}"
}

// env is a pod of one container with these variables and no GPU; gpuEnv is one with a GPU, placed on the pool of
// t4-third.
func env(variables string) string {
	return "{spec: {containers: [{name: c, env: [" + variables + "]}]}}"
}

func gpuEnv(variables string) string {
	return strings.Replace(placed("nvidia.com/gpu", in("t4-thirds")), "{name: c, ", "{name: c, env: ["+variables+"], ", 1)
}

func of(class, pod string) string {
	return strings.Replace(pod, "{name: p}", "{name: p, annotations: {gpuslice.dev/class: "+class+"}}", 1)
}

func in(pools string) string {
	return "{matchExpressions: [{key: gpuslice.dev/pool, operator: In, values: [" + pools + "]}]}"
}

var guarded = []struct {
	name, namespace, pod string
	groups               []string
	refusals             int
}{
	{"plain", enabled, "{spec: {containers: [{name: c}]}}", nil, 0},
	{"a GPU without placement", enabled, asks, nil, 1},
	{"a GPU without placement, required", needs, asks, nil, 1},
	{"zero GPUs", enabled, "{spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 0}}}]}}", nil, 0},
	{"a GPU for an init container", enabled, "{spec: {initContainers: [{name: i, resources: {requests: {nvidia.com/mig-1g.5gb: 1}}}], containers: [{name: c}]}}", nil, 1},
	{"placed", enabled, placed("nvidia.com/gpu", in("t4-thirds")), nil, 0},
	{"placed on another class's pool", enabled, placed("nvidia.com/gpu", in("a100-7x1g5gb")), nil, 1},
	{"placed on a pool that does not exist", enabled, placed("nvidia.com/gpu", in("mine")), nil, 1},
	{"one term of two", enabled, placed("nvidia.com/gpu", in("t4-thirds")+", {matchExpressions: [{key: a, operator: Exists}]}"), nil, 1},
	{"two terms", enabled, placed("nvidia.com/gpu", in("t4-thirds")+", "+in("t4-thirds")), nil, 0},
	{"two terms, one of another class", enabled, placed("nvidia.com/gpu", in("t4-thirds")+", "+in("l4-whole")), nil, 1},
	{"an empty term matches nothing", enabled, placed("nvidia.com/gpu", in("t4-thirds")+", {}"), nil, 0},
	{"a class of two pools", ml, of("h100-1g10gb", placed("nvidia.com/mig-1g.10gb", in("h100-balanced, h100-7x1g10gb"))), nil, 0},
	{"one pool too many", ml, of("h100-1g10gb", placed("nvidia.com/mig-1g.10gb", in("h100-balanced, other"))), nil, 1},
	{"a class that is not the pod's", ml, placed("nvidia.com/mig-1g.10gb", in("h100-balanced")), nil, 1},
	{"a class that is not allowed", enabled, of("gpu-whole", placed("nvidia.com/gpu", in("l4-whole"))), nil, 1},
	{"a class by memory", enabled, "{metadata: {annotations: {gpuslice.dev/memory: 4Gi}}, " + placed("nvidia.com/mig-1g.5gb", in("a100-7x1g5gb"))[len("{metadata: {name: p}, "):], nil, 0},
	{"the namespace's class", ml + " @gpuslice.dev/class=gpu-whole", placed("nvidia.com/gpu", in("l4-whole")), nil, 0},
	{"not the namespace's class", ml + " @gpuslice.dev/class=gpu-whole", placed("nvidia.com/gpu", in("t4-thirds")), nil, 1},
	{"nodeSelector is no affinity", enabled, "{spec: {nodeSelector: {gpuslice.dev/pool: t4-thirds}, containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 1},
	{"preferred is not required", enabled, "{spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}], affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: " + in("t4-thirds") + "}]}}}}", nil, 1},
	{"only matchFields", enabled, placed("nvidia.com/gpu", "{matchFields: [{key: metadata.name, operator: In, values: [n]}]}"), nil, 1},
	{"the pool label with Exists", enabled, placed("nvidia.com/gpu", "{matchExpressions: [{key: gpuslice.dev/pool, operator: Exists}]}"), nil, 1},
	{"two resources", enabled, "{spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}, {name: d, resources: {requests: {nvidia.com/mig-1g.5gb: 1}}}], affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [" + in("t4-thirds") + "]}}}}}", nil, 1},
	{"bound, in mode shadow", enabled + " team-tier=trial", "{spec: {nodeName: n, containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 0},
	{"bound, in mode shadow, required", needs + " team-tier=trial", "{spec: {nodeName: n, containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 1},
	{"the pool label with NotIn", enabled, placed("nvidia.com/gpu", "{matchExpressions: [{key: gpuslice.dev/pool, operator: NotIn, values: [t4-thirds]}]}"), nil, 1},
	{"bound", enabled, "{spec: {nodeName: n, containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 2},
	{"bound, plain", enabled, "{spec: {nodeName: n, containers: [{name: c}]}}", nil, 0},
	{"DRA's name, enabled", enabled, dra, nil, 0},
	{"DRA's name, required", needs, dra, nil, 1},
	{"DRA's name, denied by policy", enabled + " team-tier=guarded", dra, nil, 1},
	{"a node's own pod", enabled, asks, []string{"system:nodes"}, 0},
	{"opted out", enabled, "{metadata: {labels: {gpuslice.dev/inject: disabled}}, spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 0},
	{"opted out, required", needs, "{metadata: {labels: {gpuslice.dev/inject: disabled}}, spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 1},
	{"claims, enabled", enabled, "{spec: {resourceClaims: [{name: r}], containers: [{name: c}]}}", nil, 0},
	{"claims, required", needs, "{spec: {resourceClaims: [{name: r}], containers: [{name: c}]}}", nil, 1},
	{"claims, denied by policy", enabled + " team-tier=guarded", "{spec: {resourceClaims: [{name: r}], containers: [{name: c}]}}", nil, 1},
	{"a GPU without placement, in mode shadow", enabled + " team-tier=trial", asks, nil, 0},
	{"class none, which the policy allows", enabled + " team-tier=ml", "{metadata: {annotations: {gpuslice.dev/class: none}}, spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 0},
	{"class none, set by the namespace", enabled + " team-tier=ml @gpuslice.dev/class=none", asks, nil, 0},
	{"class none, required", needs + " team-tier=ml", "{metadata: {annotations: {gpuslice.dev/class: none}}, spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 1},
	{"an empty class annotation counts as absent", enabled, of("''", placed("nvidia.com/gpu", in("t4-thirds"))), nil, 0},
	{"so does one of white space", enabled, of("' \t '", placed("nvidia.com/gpu", in("t4-thirds"))), nil, 0},
	{"a blank class of the namespace", ml + " @gpuslice.dev/class=", placed("nvidia.com/gpu", in("t4-thirds")), nil, 0},
	{"more than a container may have", enabled, many("2"), nil, 1},
	{"a thousand", enabled, many("1k"), nil, 1},
	{"the largest int64", enabled, many("9223372036854775807"), nil, 1},
	{"the largest int64, twice", enabled, many("9223372036854775807 9223372036854775807"), nil, 1},
	{"as many as a pod may have", enabled, many("1 1 1"), nil, 0},
	{"one more than a pod may have", enabled, many("1 1 1 1"), nil, 1},
	{"zeros do not count", enabled, many("1 0 0 0 0 0"), nil, 0},
	{"init containers are not added up", enabled, many("1 1 1 | 1 1"), nil, 0},
	{"an init container alone is held to a container's limit", enabled, many("1 | 2"), nil, 1},
	{"sidecars are added up", enabled, many("1 1 | 1s 1s"), nil, 1},
	{"as many as a container of that class may have", ml, of("gpu-whole", strings.Replace(placed("nvidia.com/gpu", in("l4-whole")), "gpu: 1", "gpu: 4", 1)), nil, 0},
	{"one more than a container of that class may have", ml, of("gpu-whole", strings.Replace(placed("nvidia.com/gpu", in("l4-whole")), "gpu: 1", "gpu: 5", 1)), nil, 1},
	{"a hundred resource names", enabled, names(100), nil, 0},
	{"more than a hundred resource names", enabled, names(101), nil, 1},
	{"in mode shadow, eight slices", enabled + " team-tier=trial", many("8"), nil, 0},
	{"a DaemonSet's", enabled, "{metadata: {ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: d, uid: u, controller: true}]}, spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 1},
	{"the variable is void", watched, env(void), nil, 0},
	{"the variable is not set", watched, env(""), nil, 1},
	{"the variable is open", watched, env(open), nil, 1},
	{"the variable is empty", watched, env("{name: NVIDIA_VISIBLE_DEVICES}"), nil, 1},
	{"void, then open", watched, env(void + ", " + open), nil, 1},
	{"open, then void", watched, env(open + ", " + void), nil, 0},
	{"the variable comes from a ConfigMap", watched, env("{name: NVIDIA_VISIBLE_DEVICES, valueFrom: {configMapKeyRef: {name: m, key: k}}}"), nil, 1},
	{"one container of two is void", watched, "{spec: {containers: [{name: c, env: [" + void + "]}, {name: d}]}}", nil, 1},
	{"an init container without the variable", watched, "{spec: {initContainers: [{name: i}], containers: [{name: c, env: [" + void + "]}]}}", nil, 1},
	{"all devices, where not every pod is sent", enabled + " team-tier=guarded", env(open), nil, 0},
	{"all devices, where the policy does not guard", enabled + " gpuslice.dev/pods=all", env(open), nil, 0},
	{"an opted-out pod is guarded", watched, "{metadata: {labels: {gpuslice.dev/inject: disabled}}, spec: {containers: [{name: c, env: [" + open + "]}]}}", nil, 1},
	{"a node's own pod is not guarded", watched, env(open), []string{"system:nodes"}, 0},
	{"a GPU without the variable", watched, gpuEnv(""), nil, 0},
	{"a GPU with the variable", watched, gpuEnv(open), nil, 1},
	{"a GPU with the variable void", watched, gpuEnv(void), nil, 1},
	{"a GPU with the variable, where not every pod is sent", enabled + " team-tier=guarded", gpuEnv(open), nil, 1},
	{"a GPU with the variable, opted out", watched, "{metadata: {labels: {gpuslice.dev/inject: disabled}}, spec: {containers: [{name: c, env: [" + open + "], resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 1},
	{"a GPU with the variable, opted out, where not every pod is sent", enabled + " team-tier=guarded", "{metadata: {labels: {gpuslice.dev/inject: disabled}}, spec: {containers: [{name: c, env: [" + open + "], resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 0},
	{"a request of zero is none", watched, "{spec: {containers: [{name: c, env: [" + open + "], resources: {limits: {nvidia.com/gpu: 0}}}]}}", nil, 1},
	{"class none, which the policy does not allow", enabled, "{metadata: {annotations: {gpuslice.dev/class: none}}, spec: {containers: [{name: c, resources: {limits: {nvidia.com/gpu: 1}}}]}}", nil, 1},
}

func TestGuard__api_servers_cel__refuses_what_the_webhook_would_not_admit(t *testing.T) {
	g := compile(t, render(t, "../../policies", "--guard"))
	for _, row := range guarded {
		refusals := g.ask(t, namespaceOf(row.namespace), podOf(t, row.pod), row.groups...)
		if len(refusals) != row.refusals {
			t.Errorf("%s: %d refusals, wanted %d: %q", row.name, len(refusals), row.refusals, refusals)
		}
	}
}

// gpuslice's webhooks do not see containers that are added to a running pod; the guard does.
func TestGuard__ephemeral_containers__see_no_GPU(t *testing.T) {
	full := compile(t, render(t, "../../policies", "--guard"))
	gpuOnly := compile(t, render(t, "../../policies", "--guard=gpu-only"))
	added := func(existing, variables string) *corev1.Pod {
		return podOf(t, "{spec: {containers: [{name: c}], ephemeralContainers: ["+existing+"{name: e, env: ["+variables+"]}]}}")
	}
	before := podOf(t, "{spec: {containers: [{name: c}], ephemeralContainers: [{name: old}]}}")
	for _, row := range []struct {
		name, namespace, variables string
		full, gpuOnly              int
	}{
		{"void", watched, void, 0, 0},
		{"nothing", watched, "", 1, 0},
		{"open", watched, open, 1, 1},
		{"void, then open", watched, void + ", " + open, 1, 1},
		{"not every pod is guarded", enabled + " team-tier=guarded", open, 0, 0},
		{"the policy does not guard", enabled + " gpuslice.dev/pods=all", open, 0, 0},
	} {
		pod := added("{name: old}, ", row.variables)
		if refusals := full.review(t, namespaceOf(row.namespace), pod, before); len(refusals) != row.full {
			t.Errorf("%s: %q", row.name, refusals)
		}
		if refusals := gpuOnly.review(t, namespaceOf(row.namespace), pod, before); len(refusals) != row.gpuOnly {
			t.Errorf("%s, gpu-only: %q", row.name, refusals)
		}
	}
}

// With --guard=gpu-only a guarded namespace admits every pod without a GPU, but refuses a pod that has a GPU and sets
// NVIDIA_VISIBLE_DEVICES.
func TestGuard__gpu_only__requires_no_variable(t *testing.T) {
	g := compile(t, render(t, "../../policies", "--guard=gpu-only"))
	for pod, wanted := range map[string]int{env(""): 0, env(open): 0, gpuEnv(""): 0, gpuEnv(open): 1, asks: 1, many("2"): 1} {
		if refusals := g.ask(t, namespaceOf(watched), podOf(t, pod)); len(refusals) != wanted {
			t.Errorf("%s: %q", pod, refusals)
		}
	}
}

// The CEL budget of the API server is enough for very large pods. If they exceeded it, the guard would refuse them.
func TestGuard__largest_pods__are_within_the_budget(t *testing.T) {
	g := compile(t, render(t, "../../policies", "--guard"))
	var containers, variables []string
	for i := range 500 {
		containers = append(containers, fmt.Sprintf("{name: c%d, env: [%s]}", i, void))
	}
	for i := range 20000 {
		variables = append(variables, fmt.Sprintf("{name: V%d, value: v}", i))
	}
	for name, pod := range map[string]string{
		"500 containers":   "{spec: {containers: [" + strings.Join(containers, ", ") + "]}}",
		"20,000 variables": env(strings.Join(append(variables, void), ", ")),
	} {
		if refusals := g.ask(t, namespaceOf(watched), podOf(t, pod)); len(refusals) != 0 {
			t.Errorf("%s: %q", name, refusals)
		}
	}
}

// The guard admits the pods that the webhook has changed.
func TestGuard__pods_that_the_webhook_made__pass(t *testing.T) {
	g := compile(t, render(t, "../../policies", "--guard"))
	for _, class := range []string{"t4-third", "a100-1g5gb", "h100-1g10gb", "h100-3g40gb", "gpu-whole", "rtx6000-1g24gb"} {
		namespaces := "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-a, labels: {gpuslice.dev/inject: enabled, team-tier: ml}}\n"
		pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: team-a, annotations: {gpuslice.dev/class: " + class + "}}\n" +
			"spec: {containers: [{name: c, image: i, resources: {limits: {nvidia.com/gpu: 1}}}]}\n"
		file := t.TempDir() + "/namespaces.yaml"
		write(t, file, namespaces)
		command := exec.Command(program(), "mutate", "--policies", "../../policies", "--namespaces", file, "-o", "yaml", "-")
		command.Stdin = strings.NewReader(pod)
		var complaints bytes.Buffer
		command.Stderr = &complaints
		output, err := command.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", class, err, complaints.String())
		}
		if refusals := g.ask(t, namespaceOf(enabled+" team-tier=ml"), podOf(t, string(output))); len(refusals) != 0 {
			t.Errorf("%s: %q\n%s", class, refusals, output)
		}
	}
}

// The guard counts the GPU resources that the SliceSettings name.
func TestGuard__further_gpu_resources__count(t *testing.T) {
	g := compile(t, render(t, "../render/every-field/policies", "--guard"))
	for name, refusals := range map[string]int{"nvidia.com/gpu": 1, "nvidia.com/a100": 1, "example.com/gpu": 1, "example.com/GRID_T4-1Q": 1,
		"nvidia.com/a1000": 0, "example.com/gpus": 0, "example.com/GRID": 0, "amd.com/gpu": 0} {
		pod := podOf(t, "{metadata: {name: p}, spec: {containers: [{name: c, resources: {limits: {"+name+": 1}, requests: {"+name+": 1}}}]}}")
		if got := g.ask(t, namespaceOf(enabled), pod); len(got) != refusals {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// The guard selects policies by names, patterns and selectors of namespaces, as the loader does.
func TestGuard__policies_by_name__decide_as_the_loader(t *testing.T) {
	g := compile(t, render(t, "../render/every-field/policies", "--guard"))
	for _, row := range []struct {
		name, labels string
		refused      bool // false if no policy matches: the guard then leaves `enabled` namespaces alone
	}{
		{"team-a", enabled, true},
		{"team-ab", enabled, false},
		{"ml-", enabled, true},
		{"xd", enabled, true},
		{"xa", enabled, false},
		{"team-a", enabled + " stage=dev", false},
		{"team-a", enabled + " stage=prod", true},
		{"team-a", enabled + " gone=", false},
		{"other", needs, true},
	} {
		namespace := namespaceOf(row.labels)
		namespace.Name = row.name
		if refused := len(g.ask(t, namespace, podOf(t, asks))) > 0; refused != row.refused {
			t.Errorf("%s (%s): refused %v, wanted %v", row.name, row.labels, refused, row.refused)
		}
	}
}
