package schema

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"gpuslice.dev/e2e/cluster"
)

// kubectl of the DaemonSet layout-ready stays below half of its memory limit on a cluster with 4,000 kinds of
// CustomResourceDefinitions, whose list it reads before it changes a taint.
func TestKubectlFitsItsMemoryLimit(t *testing.T) {
	var daemonSet appsv1.DaemonSet
	object := load(t, "layout-ready-daemonset.yaml")[0].Object
	cluster.Must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object, &daemonSet))
	server := httptest.NewServer(manyKinds(4000))
	defer server.Close()

	for _, container := range daemonSet.Spec.Template.Spec.InitContainers {
		args := []string{"--server", server.URL, "--kubeconfig", "/dev/null", "--cache-dir", filepath.Join(t.TempDir(), "cache")}
		for _, arg := range container.Args {
			args = append(args, strings.ReplaceAll(arg, "$(NODE_NAME)", "n1"))
		}
		command := exec.Command(plane.Program("kubectl"), args...)
		text, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", container.Name, err, text)
		}
		used := command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
		limit := container.Resources.Limits.Memory().Value()
		t.Logf("%s: %d MiB of %d MiB", container.Name, used>>20, limit>>20)
		if used > limit/2 {
			t.Errorf("%s: kubectl takes %d MiB, and its limit is %d MiB", container.Name, used>>20, limit>>20)
		}
	}
}

// manyKinds answers as an API server that has nodes and count further kinds in groups of four.
func manyKinds(count int) http.Handler {
	lists := map[string][]map[string]any{"/api": {group("", "nodes", "Node", "Cluster")}}
	for i := range count / 4 {
		lists["/apis"] = append(lists["/apis"], group(fmt.Sprintf("g%d.example.com", i), "things", "Thing", "Namespaced"))
	}
	node := map[string]any{"kind": "Node", "apiVersion": "v1", "metadata": map[string]any{"name": "n1"},
		"spec": map[string]any{"taints": []any{map[string]any{"key": "gpuslice.dev/layout", "value": "pending", "effect": "NoSchedule"}}}}

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		var answer any = node
		if groups, found := lists[r.URL.Path]; found {
			w.Header().Set("Content-Type", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
			answer = map[string]any{"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": groups}
		}
		_ = json.NewEncoder(w).Encode(answer)
	})
}

// group is an API group of four kinds, or of one if it is Kubernetes' own, as the API server lists it.
func group(name, plural, kind, scope string) map[string]any {
	var resources []any
	for i := range 4 {
		suffix := fmt.Sprint(i)
		if name == "" {
			suffix = ""
		}
		of := map[string]any{"group": name, "version": "v1", "kind": kind + suffix}
		resources = append(resources, map[string]any{"resource": plural + suffix, "responseKind": of, "scope": scope,
			"singularResource": strings.ToLower(kind) + suffix, "shortNames": []string{"x" + suffix}, "categories": []string{"all"},
			"verbs":        []string{"create", "delete", "get", "list", "patch", "update", "watch"},
			"subresources": []any{map[string]any{"subresource": "status", "responseKind": of, "verbs": []string{"get", "patch", "update"}}}})
		if name == "" {
			break
		}
	}
	return map[string]any{"metadata": map[string]any{"name": name},
		"versions": []any{map[string]any{"version": "v1", "freshness": "Current", "resources": resources}}}
}
