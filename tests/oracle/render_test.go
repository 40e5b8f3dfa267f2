// Package oracle uses code of other projects to check what gpuslice renders, its table of instance types and the match
// conditions of the chart: Karpenter with the schemas and rules of its CRDs, the parsers of NVIDIA's device plugin and
// mig-parted, the GPU Operator's chart, client-go, and the API server's own CEL.
package oracle

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// rendered is a policy set and the files that were rendered from it.
type rendered struct {
	name     string
	policies string            // the folder
	files    map[string][]byte // by name
	pools    map[string]pool
}

// pool is a SlicePool, read from its file without gpuslice.
type pool struct {
	Metadata struct{ Name string }
	Spec     struct {
		GPU     string
		Labels  map[string]string
		Sharing struct {
			Whole       *struct{}
			TimeSlicing *shared
			MPS         *shared
			MIG         *struct {
				Strategy string
				Layout   map[string]int
			}
		}
		Nodes struct {
			NodeClass struct{ Name, AMIFamily string }
		}
	}
}

type shared struct {
	Replicas int
	Rename   bool
}

func (p pool) bottlerocket() bool { return p.Spec.Nodes.NodeClass.AMIFamily == "Bottlerocket" }

func (p pool) single() bool {
	return p.Spec.Sharing.MIG != nil && p.Spec.Sharing.MIG.Strategy == "single"
}

func program() string {
	if path := os.Getenv("GPUSLICE_BIN"); path != "" {
		return path
	}
	return "../../build/gcc/gpuslice"
}

func readPools(folder string) (map[string]pool, error) {
	pools := map[string]pool{}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, document := range strings.Split(string(text), "\n---\n") {
			var kind struct{ Kind string }
			if err := yaml.Unmarshal([]byte(document), &kind); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if kind.Kind != "SlicePool" {
				continue
			}
			var one pool
			if err := yaml.Unmarshal([]byte(document), &one); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			pools[one.Metadata.Name] = one
		}
		return nil
	})
	return pools, err
}

func render(t *testing.T, policies string, options ...string) rendered {
	t.Helper()
	folder := t.TempDir()
	arguments := append([]string{"render", "--policies", policies, "--cluster", "oracle", "-d", folder}, options...)
	command := exec.Command(program(), arguments...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command.Args, err, output)
	}
	result := rendered{name: policies, policies: policies, files: map[string][]byte{}}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if result.files[entry.Name()], err = os.ReadFile(filepath.Join(folder, entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if result.pools, err = readPools(policies); err != nil {
		t.Fatal(err)
	}
	return result
}

var everything = []string{"--quota", "--dra", "--guard"}

// sets renders the shipped policies, and policies with every field and every kind of sharing.
func sets(t *testing.T, options ...string) []rendered {
	t.Helper()
	return []rendered{render(t, "../../policies", options...), render(t, "../render/every-field/policies", options...)}
}

func object(t *testing.T, file string, text []byte) *unstructured.Unstructured {
	t.Helper()
	one := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict(text, &one.Object); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return one
}

// data returns the data of a rendered ConfigMap.
func data(t *testing.T, set rendered, file string) map[string]string {
	t.Helper()
	text, found := set.files[file]
	if !found {
		t.Fatalf("%s: no %s", set.name, file)
	}
	values, _, err := unstructured.NestedStringMap(object(t, file, text).Object, "data")
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
