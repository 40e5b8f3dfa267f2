// Package chart checks what the chart renders, which values it refuses, its notes and the table in its README. It needs
// HELM (tools/helm.sh), GPUSLICE (the program) and PROMTOOL in its environment; tests/chart/run.sh sets them.
package chart

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

const (
	chartDir     = "../../charts/gpuslice"
	release      = "gpuslice"
	releaseSpace = "gpuslice-system"
)

// object is one rendered document: as text, as a tree and, if its kind is Kubernetes' own, strictly decoded.
type object struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	text              string
	tree              map[string]any
	typed             any
}

func (o *object) id() string { return o.Kind + "/" + o.Name }

var kinds = map[string]func() any{
	"apps/v1 Deployment":                 func() any { return &appsv1.Deployment{} },
	"v1 ConfigMap":                       func() any { return &corev1.ConfigMap{} },
	"v1 Namespace":                       func() any { return &corev1.Namespace{} },
	"v1 Pod":                             func() any { return &corev1.Pod{} },
	"v1 ResourceQuota":                   func() any { return &corev1.ResourceQuota{} },
	"v1 Secret":                          func() any { return &corev1.Secret{} },
	"v1 Service":                         func() any { return &corev1.Service{} },
	"v1 ServiceAccount":                  func() any { return &corev1.ServiceAccount{} },
	"networking.k8s.io/v1 NetworkPolicy": func() any { return &networkingv1.NetworkPolicy{} },
	"policy/v1 PodDisruptionBudget":      func() any { return &policyv1.PodDisruptionBudget{} },
	"rbac.authorization.k8s.io/v1 ClusterRole":                         func() any { return &rbacv1.ClusterRole{} },
	"rbac.authorization.k8s.io/v1 ClusterRoleBinding":                  func() any { return &rbacv1.ClusterRoleBinding{} },
	"rbac.authorization.k8s.io/v1 Role":                                func() any { return &rbacv1.Role{} },
	"rbac.authorization.k8s.io/v1 RoleBinding":                         func() any { return &rbacv1.RoleBinding{} },
	"admissionregistration.k8s.io/v1 MutatingWebhookConfiguration":     func() any { return &admissionv1.MutatingWebhookConfiguration{} },
	"admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration":   func() any { return &admissionv1.ValidatingWebhookConfiguration{} },
	"admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy":        func() any { return &admissionv1.ValidatingAdmissionPolicy{} },
	"admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding": func() any { return &admissionv1.ValidatingAdmissionPolicyBinding{} },
	// Kinds of other projects, which are not decoded.
	"cert-manager.io/v1 Issuer":               nil,
	"cert-manager.io/v1 Certificate":          nil,
	"monitoring.coreos.com/v1 ServiceMonitor": nil,
	"monitoring.coreos.com/v1 PodMonitor":     nil,
	"monitoring.coreos.com/v1 PrometheusRule": nil,
}

// objects are those that the chart renders with one set of values.
type objects []*object

func program(t *testing.T, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Fatalf("%s is not set; tests/chart/run.sh sets it", variable)
	}
	return path
}

// run returns stdout and stderr of a program.
func run(t *testing.T, name string, args ...string) (string, string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	command := exec.Command(name, args...)
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	return stdout.String(), stderr.String(), err
}

func template(t *testing.T, args ...string) (string, string, error) {
	t.Helper()
	return run(t, program(t, "HELM"), append([]string{"template", release, chartDir, "--namespace", releaseSpace}, args...)...)
}

func parse(t *testing.T, text string) objects {
	t.Helper()
	var result objects
	for _, document := range strings.Split("\n"+text, "\n---") {
		tree := map[string]any{}
		if err := yaml.UnmarshalStrict([]byte(document), &tree); err != nil {
			t.Fatalf("not YAML: %v\n%s", err, document)
		}
		if len(tree) == 0 {
			continue
		}
		o := &object{text: document, tree: tree}
		if err := yaml.Unmarshal([]byte(document), o); err != nil {
			t.Fatalf("not an object: %v\n%s", err, document)
		}
		make, known := kinds[o.APIVersion+" "+o.Kind]
		if !known {
			t.Fatalf("%s of %s: an unexpected kind", o.id(), o.APIVersion)
		}
		if make != nil {
			o.typed = make()
			if err := yaml.UnmarshalStrict([]byte(document), o.typed); err != nil {
				t.Errorf("%s: %v", o.id(), err)
			}
		}
		result = append(result, o)
	}
	return result
}

var (
	rendered      = map[string]objects{}
	renderedMutex sync.Mutex
)

// ci returns what the chart renders with one of its ci/ files. Each file is rendered only once.
func ci(t *testing.T, name string) objects {
	t.Helper()
	renderedMutex.Lock()
	defer renderedMutex.Unlock()
	if result, ok := rendered[name]; ok {
		return result
	}
	stdout, stderr, err := template(t, "--values", filepath.Join(chartDir, "ci", name+"-values.yaml"))
	if err != nil {
		t.Fatalf("ci/%s-values.yaml: %v\n%s", name, err, stderr)
	}
	rendered[name] = parse(t, stdout)
	return rendered[name]
}

func set(t *testing.T, args ...string) objects {
	t.Helper()
	stdout, stderr, err := template(t, args...)
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, stderr)
	}
	return parse(t, stdout)
}

func ciNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(chartDir, "ci", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		name, found := strings.CutSuffix(filepath.Base(file), "-values.yaml")
		if !found {
			t.Errorf("%s: ci files are named NAME-values.yaml", file)
		}
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// forEachCI runs a check on what the chart renders with each of its ci/ files.
func forEachCI(t *testing.T, check func(t *testing.T, all objects)) {
	for _, name := range ciNames(t) {
		t.Run(name, func(t *testing.T) { check(t, ci(t, name)) })
	}
}

// find returns all objects of a type.
func find[T any](all objects) []T {
	var result []T
	for _, o := range all {
		if typed, ok := o.typed.(T); ok {
			result = append(result, typed)
		}
	}
	return result
}

// one returns the only object of a type, and ends the test if there is not exactly one.
func one[T any](t *testing.T, all objects) T {
	t.Helper()
	result := find[T](all)
	if len(result) != 1 {
		t.Fatalf("%d of %T, want one", len(result), *new(T))
	}
	return result[0]
}

func (all objects) kind(kind string) []*object {
	var result []*object
	for _, o := range all {
		if o.Kind == kind {
			result = append(result, o)
		}
	}
	return result
}

// at returns the value under a path of keys, or nil if there is none.
func at(tree any, keys ...string) any {
	for _, key := range keys {
		object, ok := tree.(map[string]any)
		if !ok {
			return nil
		}
		tree = object[key]
	}
	return tree
}
