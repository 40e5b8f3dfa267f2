package frameworks

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"

	"gpuslice.dev/e2e/cluster"
)

// Wherever the schema of a definition has a pod template, gpuslice looks at it.
func TestEveryTemplateOfTheDefinitionsIsLookedAt(t *testing.T) {
	var objects strings.Builder
	places := map[string]place{} // by name of the object that has a template there
	for _, found := range findPlaces(t) {
		name := fmt.Sprintf("at-%d", len(places))
		places[name] = found
		objects.WriteString(found.object(t, name))
	}
	if len(places) < 20 {
		t.Errorf("only %d templates were found", len(places))
	}
	output := plane.Gpuslice(t, objects.String(), "explain", "--policies", hook.Policies,
		"--namespaces", repositoryFile("docs/examples/namespaces.yaml"), "-")
	if !output.OK {
		t.Error(output.Stderr)
	}
	for name, place := range places {
		title := place.kind + "/" + name
		if !strings.Contains("\n"+output.Stdout, "\n"+title+" in "+team+": injected") &&
			!strings.Contains("\n"+output.Stdout, "\n"+title+" "+place.path+" in "+team+": injected") {
			t.Errorf("%s %s of %s: nothing is said of %s", place.kind, place.path, place.apiVersion, place.path)
		}
	}
}

// place is where a kind has a pod template. A list is entered at its first element, and a map at the key Worker.
type place struct{ apiVersion, kind, path string }

func findPlaces(t *testing.T) []place {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(plane.Share("frameworks"), "*", "*.yaml"))
	cluster.Must(t, err)
	definitions, err := cluster.Load(files...)
	cluster.Must(t, err)
	var places []place
	for _, definition := range definitions {
		group, _, _ := unstructured.NestedString(definition.Object, "spec", "group")
		kind, _, _ := unstructured.NestedString(definition.Object, "spec", "names", "kind")
		versions, _, _ := unstructured.NestedSlice(definition.Object, "spec", "versions")
		for _, version := range versions {
			schema, _, _ := unstructured.NestedMap(version.(map[string]any), "schema", "openAPIV3Schema", "properties", "spec")
			for _, path := range findTemplates(schema, "spec") {
				places = append(places, place{fmt.Sprintf("%s/%s", group, version.(map[string]any)["name"]), kind, path})
			}
		}
	}
	return places
}

// findTemplates returns the paths of the templates below a schema.
func findTemplates(schema map[string]any, path string) []string {
	if _, is, _ := unstructured.NestedMap(schema, "properties", "spec", "properties", "containers"); is {
		return []string{path}
	}
	var found []string
	properties, _ := schema["properties"].(map[string]any)
	for name, property := range properties {
		if property, ok := property.(map[string]any); ok {
			found = append(found, findTemplates(property, path+"."+name)...)
		}
	}
	if items, ok := schema["items"].(map[string]any); ok {
		found = append(found, findTemplates(items, path+"[0]")...)
	}
	if values, ok := schema["additionalProperties"].(map[string]any); ok {
		found = append(found, findTemplates(values, path+".Worker")...)
	}
	slices.Sort(found)
	return found
}

// object is a document with a template at the place, and nothing else.
func (p place) object(t *testing.T, name string) string {
	t.Helper()
	limits := map[string]any{"nvidia.com/gpu": 1}
	container := map[string]any{"name": "main", "image": "cuda:12", "resources": map[string]any{"limits": limits}}
	var value any = map[string]any{"spec": map[string]any{"containers": []any{container}}}
	path := strings.Split(p.path, ".")
	slices.Reverse(path)
	for _, step := range path {
		if key, isList := strings.CutSuffix(step, "[0]"); isList {
			value = map[string]any{key: []any{value}}
		} else {
			value = map[string]any{step: value}
		}
	}
	fields := value.(map[string]any)
	fields["apiVersion"], fields["kind"] = p.apiVersion, p.kind
	fields["metadata"] = map[string]any{"name": name, "namespace": team}
	text, err := json.Marshal(fields)
	cluster.Must(t, err)
	return string(text) + "\n---\n"
}
