package oracle

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

const golden = "../../golden"

type answer struct {
	Response struct {
		Allowed bool            `json:"allowed"`
		Patch   json.RawMessage `json:"patch"`
	} `json:"response"`
}

type review struct {
	Request struct {
		Object json.RawMessage `json:"object"`
	} `json:"request"`
}

// Applies the expected patches of the golden cases with the API server's patch library. `gpuslice mutate`, which has
// its own code for patches, must print the same result, and a pod that was valid must stay valid.
func TestGoldenPatchesApplyAsTheAPIServerAppliesThem(t *testing.T) {
	files, err := filepath.Glob(golden + "/*/response.json")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d golden cases: %v", len(files), err)
	}
	patched, valid := 0, 0
	for _, file := range files {
		folder := filepath.Dir(file)
		var expected answer
		readJSON(t, file, &expected)
		if len(expected.Response.Patch) == 0 {
			continue
		}
		patched++
		t.Run(filepath.Base(folder), func(t *testing.T) {
			if checkCase(t, folder, expected.Response.Patch) {
				valid++
			}
		})
	}
	t.Logf("%d patches applied, %d of them to valid pods", patched, valid)
	if patched < 100 || valid < 20 {
		t.Errorf("too few cases to mean anything")
	}
}

// checkCase checks the patch of a case, and reports whether the pod was valid before.
func checkCase(t *testing.T, folder string, patch []byte) bool {
	var sent review
	readJSON(t, filepath.Join(folder, "review.json"), &sent)
	result, err := Patch(sent.Request.Object, patch)
	if err != nil {
		t.Fatalf("the patch does not apply: %v", err)
	}
	printed, notes := mutate(t, folder)
	if strings.Contains(notes, "is shown in another way") {
		// The command prints NUL and deeply nested values in another form and reports that, so the pods differ.
	} else if same, err := Same(result, printed); err != nil || !same {
		t.Errorf("`gpuslice mutate` prints another pod than the patch makes: %v\n%.2000s", err, result)
	}
	before, err := Decode(sent.Request.Object)
	if err != nil || Valid(before) != nil {
		return false
	}
	after, err := Decode(result)
	if err != nil {
		t.Fatalf("the result is not a pod: %v", err)
	}
	if err := Valid(after); err != nil {
		t.Errorf("the pod was valid and is no longer valid: %v", err)
	}
	if before.Spec.NodeName != after.Spec.NodeName || !sameImages(before, after) {
		t.Error("the patch changes spec.nodeName, or the images or names of containers")
	}
	return true
}

func sameImages(a, b *corev1.Pod) bool {
	if len(a.Spec.Containers) != len(b.Spec.Containers) {
		return false
	}
	for i := range a.Spec.Containers {
		if a.Spec.Containers[i].Image != b.Spec.Containers[i].Image || a.Spec.Containers[i].Name != b.Spec.Containers[i].Name {
			return false
		}
	}
	return true
}

// mutate runs `gpuslice mutate` and returns its standard output and its standard error.
func mutate(t *testing.T, folder string) (printed []byte, notes string) {
	t.Helper()
	program := os.Getenv("GPUSLICE_BIN")
	if program == "" {
		program = "../../../build/gcc/gpuslice"
	}
	command := exec.Command(program, "mutate", "-o", "json", "--policies", ownOrCommon(folder, "policy.yaml"),
		"--namespaces", ownOrCommon(folder, "namespaces.yaml"), filepath.Join(folder, "review.json"))
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		t.Fatalf("%s: %v: %s", command, err, stderr.String())
	}
	return out, stderr.String()
}

func ownOrCommon(folder, name string) string {
	if own := filepath.Join(folder, name); exists(own) {
		return own
	}
	return filepath.Join(golden, "common", name)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func readJSON(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
