package frameworks

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gpuslice.dev/e2e/cluster"
)

const record = "gpuslice.dev/applied"

// Kinds whose CustomResourceDefinitions are in no Go module that the registry has.
var withoutDefinition = []string{"Notebook"}

// The CustomResourceDefinitions accept each object as its author wrote it, and as `gpuslice mutate` rewrites it. The API
// server drops nothing of either.
func TestDefinitionsAcceptWhatMutateWrites(t *testing.T) {
	tried := map[string]bool{}
	for _, file := range files(t) {
		written := load(t, file)
		rewritten := mutate(t, file)
		if len(rewritten) != len(written) {
			t.Fatalf("%s: %d objects of %d", file, len(rewritten), len(written))
		}
		for i, object := range written {
			if slices.Contains(withoutDefinition, object.GetKind()) {
				continue
			}
			t.Run(title(object), func(t *testing.T) {
				for _, version := range []*unstructured.Unstructured{object, rewritten[i]} {
					stored, err := plane.DryRunOne(context.Background(), version)
					cluster.Must(t, err)
					if object.GetKind() != "Pod" { // which the webhook and the API server's plugins change
						checkKept(t, "", version.Object, stored.Object)
					}
				}
				asking, got := count(object.Object, "nvidia.com/gpu"), count(rewritten[i].Object, record)
				if object.GetKind() == "Workflow" { // which mutate judges, but does not rewrite
					asking = 0
				}
				if got != asking {
					t.Errorf("%d templates ask for a GPU, %d got a slice", asking, got)
				}
			})
			tried[object.GroupVersionKind().GroupKind().String()] = true
		}
	}
	if len(tried) < 20 {
		t.Errorf("only %d kinds were tried", len(tried))
	}
}

// The flavor in the example of Kueue is the one that render writes for the pool.
func TestExampleOfKueueHasTheRenderedFlavor(t *testing.T) {
	folder := t.TempDir()
	output := plane.Gpuslice(t, "", "render", "--policies", hook.Policies, "--cluster", "e2e", "--quota", "-d", folder)
	if !output.OK {
		t.Fatal(output.Stderr)
	}
	rendered := load(t, filepath.Join(folder, "kueue-resourceflavor-t4-thirds.yaml"))[0]
	example := load(t, repositoryFile("docs/examples/frameworks/kueue-job.yaml"))[0]
	if !reflect.DeepEqual(rendered.Object, example.Object) {
		t.Errorf("render writes %v", rendered.Object)
	}
}

// files are those with the objects to try.
func files(t *testing.T) []string {
	t.Helper()
	examples, err := filepath.Glob(repositoryFile("docs/examples/frameworks/*.yaml"))
	cluster.Must(t, err)
	return append(examples, plane.TestFile("frameworks.yaml"))
}

func load(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	objects, err := cluster.Load(file)
	cluster.Must(t, err)
	return objects
}

// mutate returns the objects of a file as `gpuslice mutate` rewrites them for the namespaces of docs/examples.
func mutate(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	output := plane.Gpuslice(t, "", "mutate", "-o", "yaml", "--policies", hook.Policies,
		"--namespaces", repositoryFile("docs/examples/namespaces.yaml"), file)
	if !output.OK {
		t.Fatalf("%s: %s", file, output.Stderr)
	}
	objects, err := cluster.Decode([]byte(output.Stdout))
	cluster.Must(t, err)
	return objects
}

func title(object *unstructured.Unstructured) string {
	return object.GetKind() + "/" + object.GetName()
}

// checkKept checks that everything of a value is in what the API server would store, which may have more: defaults.
func checkKept(t *testing.T, path string, sent, stored any) {
	t.Helper()
	switch sent := sent.(type) {
	case map[string]any:
		fields, _ := stored.(map[string]any)
		for key, value := range sent {
			if _, kept := fields[key]; !kept && !isEmpty(value) {
				t.Errorf("%s.%s is dropped", path, key)
				continue
			}
			checkKept(t, path+"."+key, value, fields[key])
		}
	case []any:
		items, _ := stored.([]any)
		if len(items) != len(sent) {
			t.Errorf("%s has %d items instead of %d", path, len(items), len(sent))
			return
		}
		for i := range sent {
			checkKept(t, fmt.Sprintf("%s[%d]", path, i), sent[i], items[i])
		}
	default:
		if fmt.Sprint(sent) != fmt.Sprint(stored) { // 1 and "1" are the same quantity
			t.Errorf("%s is %v instead of %v", path, stored, sent)
		}
	}
}

func isEmpty(value any) bool {
	fields, isMap := value.(map[string]any)
	return value == nil || isMap && len(fields) == 0
}

// count counts the keys in a tree.
func count(value any, key string) int {
	found := 0
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			if name == key {
				found++
			}
			found += count(child, key)
		}
	case []any:
		for _, child := range value {
			found += count(child, key)
		}
	}
	return found
}
