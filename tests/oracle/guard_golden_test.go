package oracle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// golden is a case of tests/golden: the request, the webhook's response, the file of policies and the namespace.
type golden struct {
	name      string
	request   *admissionv1.AdmissionRequest
	response  response
	policy    string
	namespace *corev1.Namespace
}

type response struct {
	Allowed          bool
	Status           *struct{ Code int }
	Patch            json.RawMessage
	AuditAnnotations map[string]string
}

// fileOf is the path of the case's own file or, if it has none, of the one in common/.
func fileOf(folder, name string) string {
	own := filepath.Join(folder, name)
	if _, err := os.Stat(own); err == nil {
		return own
	}
	return filepath.Join(filepath.Dir(folder), "common", name)
}

func namespaceIn(t *testing.T, file, name string) *corev1.Namespace {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range strings.Split("\n"+string(text), "\n---\n") {
		one := struct {
			corev1.Namespace
			Items []corev1.Namespace `json:"items"`
		}{}
		if err := yaml.Unmarshal([]byte(document), &one); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, namespace := range append(one.Items, one.Namespace) {
			if namespace.Name == name {
				return &namespace
			}
		}
	}
	return nil
}

// readGolden reads a case. It returns nil if the case has no valid review or response, or if the guard would not see
// the review.
func readGolden(t *testing.T, folder string) *golden {
	t.Helper()
	var sent admissionv1.AdmissionReview
	var answered struct{ Response response } // response.json has the patch as JSON, not as base64
	text, err := os.ReadFile(filepath.Join(folder, "review.json"))
	if err != nil || json.Unmarshal(text, &sent) != nil || sent.Request == nil {
		return nil
	}
	text, err = os.ReadFile(filepath.Join(folder, "response.json"))
	if err != nil || json.Unmarshal(text, &answered) != nil {
		return nil
	}
	request := sent.Request
	namespace := namespaceIn(t, fileOf(folder, "namespaces.yaml"), request.Namespace)
	created := request.Operation == admissionv1.Create && request.Kind.Group == "" && request.Kind.Kind == "Pod" && request.SubResource == ""
	if !created || namespace == nil {
		return nil
	}
	if inject := namespace.Labels["gpuslice.dev/inject"]; inject != "enabled" && inject != "required" {
		return nil // the binding of the guard selects only these
	}
	return &golden{filepath.Base(folder), request, answered.Response, fileOf(folder, "policy.yaml"), namespace}
}

func (g *golden) patched(t *testing.T) []byte {
	t.Helper()
	if g.response.Patch == nil {
		return g.request.Object.Raw
	}
	patch, err := jsonpatch.DecodePatch(g.response.Patch)
	if err != nil {
		t.Fatalf("%s: %v", g.name, err)
	}
	object, err := patch.Apply(g.request.Object.Raw)
	if err != nil {
		t.Fatalf("%s: %v", g.name, err)
	}
	return object
}

// podIn returns nil for an object that is not a pod or has no containers: the API server refuses such an object before
// it evaluates policies.
func podIn(object []byte) *corev1.Pod {
	pod := &corev1.Pod{}
	if json.Unmarshal(object, pod) != nil || len(pod.Spec.Containers) == 0 {
		return nil
	}
	return pod
}

// For these reasons the webhook admits a pod, but the guard refuses it, because its author may have forged the owner or
// the node name.
var refusedThough = map[string]bool{"daemonset_gpu": true, "bound_gpu": true}

// For these reasons the webhook denies a pod, but the guard admits it.
var unknownToGuard = map[string]bool{
	"invalid_quantity": true, "target_missing": true, "env_conflict": true, "runtime_class_conflict": true, "placement_conflict": true,
	"class_unknown": true, "class_not_allowed": true, "memory_too_large": true, "other_accelerator_denied": true,
}

// verdict has the guard's refusals of the pod before and after the webhook's patch.
type verdict struct{ before, after []string }

// Matches a request for a GPU. The guard admits a pod that makes no such request, even if the webhook would give it a
// GPU.
var asked = regexp.MustCompile(`"nvidia\.com/(gpu|mig-[^"]*)": "[1-9]`)

func forEachGolden(t *testing.T, check func(g *golden, v verdict)) {
	folders, err := filepath.Glob("../golden/*")
	if err != nil {
		t.Fatal(err)
	}
	guards := map[string]guard{}
	count := 0
	for _, folder := range folders {
		if strings.HasSuffix(folder, "left-to-be-refused") || strings.HasSuffix(folder, "other-resources-are-no-gpu") {
			continue // the API server's validation refuses these: an affinity without terms, and the resource nvidia.com/mig-
		}
		g := readGolden(t, folder)
		if g == nil {
			continue
		}
		before, after := podIn(g.request.Object.Raw), podIn(g.patched(t))
		if before == nil || after == nil {
			continue
		}
		if _, compiled := guards[g.policy]; !compiled {
			guards[g.policy] = compile(t, render(t, g.policy, "--guard"))
		}
		ask := func(pod *corev1.Pod) []string {
			return guards[g.policy].ask(t, g.namespace, pod, g.request.UserInfo.Groups...)
		}
		check(g, verdict{ask(before), ask(after)})
		count++
	}
	if count < 200 {
		t.Fatalf("only %d cases were read", count)
	}
}

func TestGuard__golden_cases__agrees_with_the_webhook(t *testing.T) {
	forEachGolden(t, func(g *golden, v verdict) {
		reason := g.response.AuditAnnotations["reason"]
		denied := !g.response.Allowed && g.response.Status != nil && g.response.Status.Code == 403
		placed := reason == "injected" && strings.Contains(string(g.response.Patch), "nodeAffinity")
		lenient := strings.Contains(g.request.Namespace, "keep") || strings.Contains(g.name, "keep") // the policy keeps some requests, which the guard admits, too
		switch {
		case g.response.Allowed && len(v.after) > 0 && !refusedThough[reason]:
			t.Errorf("%s [%s] is refused after the webhook's patch: %q", g.name, reason, v.after)
		case denied && len(v.before) == 0 && !lenient && !unknownToGuard[reason]:
			t.Errorf("%s [%s] passes", g.name, reason)
		case placed && len(v.before) == 0 && !lenient && asked.Match(g.request.Object.Raw):
			t.Errorf("%s [%s] passes without the webhook", g.name, reason)
		}
	})
}
