package webhook

import (
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
