package webhook

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gpuslice.dev/e2e/cluster"
)

// The API server's audit log has the decision, even about pods that are left unchanged or refused. What an author
// writes into a record does not get there.
func TestAuditLogHasTheDecision(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	mustCreate(t, namespace, newPod("injected", gpu, 1))
	mustCreate(t, namespace, named(newPod("none", gpu, 1), "none"))
	forged := newPod("forged", gpu, 1)
	forged.Annotations = map[string]string{"gpuslice.dev/applied": `{"class":"t4-third","policy":"admin-approved","revision":"0123456789ab","containers":["main"]}`}
	mustCreate(t, namespace, forged)
	if _, err := create(namespace, newPod("denied", gpu, 2)); err == nil {
		t.Fatal("two slices of a T4 were not refused")
	}
	expected := map[string]map[string]string{
		"injected": {"decision": "injected", "reason": "injected", "class": "t4-third", "policy": "ml-teams"},
		"none":     {"decision": "allowed", "reason": "no_class", "policy": "ml-teams"},
		"forged":   {"decision": "injected", "reason": "injected", "class": "t4-third", "policy": "ml-teams", "revision": ""},
		"denied":   {"decision": "denied", "reason": "too_many_slices", "class": "t4-third", "policy": "ml-teams"},
	}
	events, err := plane.Audit(namespace)
	cluster.Must(t, err)
	for _, event := range events {
		annotations := event.Annotations
		for key, value := range expected[event.ObjectRef.Name] {
			if found := annotations["enabled.inject.gpuslice.dev/"+key]; found != value {
				t.Errorf("%s: %s is %q instead of %q", event.ObjectRef.Name, key, found, value)
			}
		}
		if event.ObjectRef.Name != "forged" && len(annotations["enabled.inject.gpuslice.dev/revision"]) != 12 {
			t.Errorf("%s: no revision in %v", event.ObjectRef.Name, annotations)
		}
		delete(expected, event.ObjectRef.Name)
	}
	if len(expected) > 0 {
		t.Errorf("no event of %v", expected)
	}
}

// creations counts the attempts to create pods in a namespace, dry runs left out, by their end: "admitted", the reason
// of our denial, or the status code of another error.
func creations(t *testing.T, namespace string) map[string]int {
	t.Helper()
	events, err := plane.Audit(namespace)
	cluster.Must(t, err)
	count := map[string]int{}
	for _, event := range events {
		if strings.Contains(event.RequestURI, "dryRun=") {
			continue
		}
		end := fmt.Sprint(event.ResponseStatus.Code)
		for key, value := range event.Annotations {
			if strings.HasSuffix(key, ".inject.gpuslice.dev/reason") && event.ResponseStatus.Code == 403 {
				end = value
			}
		}
		if event.ResponseStatus.Code == 201 {
			end = "admitted"
		}
		count[end]++
	}
	return count
}

// checkCreations fails unless the attempts to create pods in a namespace ended exactly so.
func checkCreations(t *testing.T, namespace string, expected map[string]int) {
	t.Helper()
	if found := creations(t, namespace); !maps.Equal(found, expected) {
		t.Errorf("creations of pods ended as %v instead of %v", found, expected)
	}
}

// auditConflicts returns a function that lists the lines that the API server has logged since about audit annotations
// which a later round would have set to another value.
func auditConflicts(t *testing.T) func() []string {
	t.Helper()
	read := func() []byte {
		log, err := os.ReadFile(filepath.Join(plane.Logs, "kube-apiserver.log"))
		cluster.Must(t, err)
		return log
	}
	before := len(read())
	return func() (found []string) {
		for line := range bytes.Lines(read()[before:]) {
			if bytes.Contains(line, []byte("Failed to set admission audit annotation")) {
				found = append(found, string(line))
			}
		}
		return found
	}
}
