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

// Of a folder of tests/golden: what came, what the webhook made of it, and under which policies and namespaces.
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

// fileOf is the case's own file, or the one that all cases share.
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

// readGolden returns nil for reviews that a guard never sees.
func readGolden(t *testing.T, folder string) *golden {
	t.Helper()
	var sent admissionv1.AdmissionReview
	var answered struct{ Response response } // whose patch is readable there, not base64
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
		return nil // its binding is for these
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

// podIn returns nil for what no API server would have sent, or would refuse before it asks any policy: no containers.
func podIn(object []byte) *corev1.Pod {
	pod := &corev1.Pod{}
	if json.Unmarshal(object, pod) != nil || len(pod.Spec.Containers) == 0 {
		return nil
	}
	return pod
}

// What only the guard refuses: an owner and a node's name can be forged, and it is there for when nobody warns.
var refusedThough = map[string]bool{"daemonset_gpu": true, "bound_gpu": true}

// What it does not know of: what else is in a pod.
var unknownToGuard = map[string]bool{
	"invalid_quantity": true, "target_missing": true, "env_conflict": true, "runtime_class_conflict": true, "placement_conflict": true,
	"class_unknown": true, "class_not_allowed": true, "memory_too_large": true, "other_accelerator_denied": true,
}

// verdict is what the guard says of the pod as it came, and as the webhook made it.
type verdict struct{ came, made []string }

// One that the webhook gives a GPU though it asks for none passes without.
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
			continue // by the API server's validation: no terms; a resource nvidia.com/mig-
		}
		g := readGolden(t, folder)
		if g == nil {
			continue
		}
		came, made := podIn(g.request.Object.Raw), podIn(g.patched(t))
		if came == nil || made == nil {
			continue
		}
		if _, compiled := guards[g.policy]; !compiled {
			guards[g.policy] = compile(t, render(t, g.policy, "--guard"))
		}
		ask := func(pod *corev1.Pod) []string {
			return guards[g.policy].ask(t, g.namespace, pod, g.request.UserInfo.Groups...)
		}
		check(g, verdict{ask(came), ask(made)})
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
		lenient := strings.Contains(g.request.Namespace, "keep") || strings.Contains(g.name, "keep") // the policy's name, too
		switch {
		case g.response.Allowed && len(v.made) > 0 && !refusedThough[reason]:
			t.Errorf("%s [%s] is refused as the webhook made it: %q", g.name, reason, v.made)
		case denied && len(v.came) == 0 && !lenient && !unknownToGuard[reason]:
			t.Errorf("%s [%s] passes", g.name, reason)
		case placed && len(v.came) == 0 && !lenient && asked.Match(g.request.Object.Raw):
			t.Errorf("%s [%s] passes without the webhook", g.name, reason)
		}
	})
}
