package webhook

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gpuslice.dev/e2e/cluster"
)

// A pool and a class that exist only until the pod is exported.
const formerClass = `apiVersion: gpuslice.dev/v1alpha1
kind: SlicePool
metadata: {name: a100-3x2g10gb}
spec: {gpu: a100-40gb, sharing: {mig: {layout: {2g.10gb: 3}}}, nodes: {instanceTypes: [p4d.24xlarge]}}
---
apiVersion: gpuslice.dev/v1alpha1
kind: SliceClass
metadata: {name: a100-2g10gb}
spec: {pools: [a100-3x2g10gb]}
`

// A class that gives more than a slice.
const richClass = `apiVersion: gpuslice.dev/v1alpha1
kind: SliceClass
metadata: {name: a100-rich}
spec:
  pools: [a100-7x1g5gb]
  placement:
    requirements: [{key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}]
    tolerations: [{key: rich, operator: Exists, effect: NoSchedule}]
  pod: {env: [{name: RICH, value: "yes"}]}
`

var (
	former = class{"a100-2g10gb", "nvidia.com/mig-2g.10gb", []string{"a100-3x2g10gb"}}
	rich   = class{"a100-rich", mig1g5gb, []string{"a100-7x1g5gb"}}
)

// A pod is exported, deleted, and created again from the export, as backups do, after the namespace's class has changed:
// it gets the class of today, and nothing of the former one is left.
func TestRestoredPodGetsTheClassOfToday(t *testing.T) {
	for _, test := range []struct {
		name     string
		labels   map[string]string
		old, now class
		was      corev1.ResourceName // what the new record says
		edit     func(r *applied)
	}{
		{name: "from MIG to time slices", labels: enabled, old: a100, now: t4Third, was: gpu},
		{name: "from MIG to time slices in required", labels: strict, old: a100, now: t4Third, was: gpu},
		{name: "from time slices to a whole GPU", labels: enabled, old: t4Third, now: whole, was: gpu},
		{name: "from a whole GPU to MIG", labels: enabled, old: whole, now: a100, was: gpu},
		{name: "from two pools to one", labels: enabled, old: h100, now: a100, was: gpu},
		{name: "from one pool to two", labels: strict, old: a100, now: h100, was: gpu},
		{name: "guarded", labels: guarded, old: t4Third, now: half, was: gpu},
		{name: "from a class that gives more", labels: enabled, old: rich, now: t4Third, was: gpu},
		{name: "from a class that gives more, to one of the same pool", labels: enabled, old: rich, now: a100, was: gpu},
		{name: "from a class that no longer exists", labels: enabled, old: former, now: t4Third, was: gpu},
		{name: "the same class", labels: enabled, old: a100, now: a100, was: gpu},
		{name: "a record of a version before was", labels: enabled, old: a100, now: t4Third, was: "",
			edit: func(r *applied) { r.Was = nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			namespace := plane.NewNamespace(t, test.labels, map[string]string{"gpuslice.dev/class": test.old.name})
			if test.old.name == rich.name {
				hook.AddPolicy(t, "rich.yaml", richClass)
			}
			var exported string
			t.Run("export", func(t *testing.T) {
				if test.old.name == former.name {
					hook.AddPolicy(t, "former.yaml", formerClass)
				}
				cluster.Eventually(t, func() error { return classInUse(namespace, test.old.name) })
				mustCreate(t, namespace, original("train"))
				exported = export(t, namespace, "train", test.edit)
			})
			if test.old.name == former.name {
				chooses := named(newPod("chooses", gpu, 1), former.name)
				cluster.Eventually(t, func() error { return eachReplicaSays(namespace, chooses, "", "class_unknown") })
			}
			useClass(t, namespace, test.now.name)
			if output := plane.Kubectl(t, exported, "create", "-f", "-"); !output.OK {
				t.Fatal(output.Stderr)
			}
			restored := getPod(t, namespace, "train")
			checkOnly(t, restored, test.now, test.was)
			checkOthersKept(t, restored)
			checkQuiet(t, namespace, restored)
			checkCreations(t, namespace, map[string]int{"admitted": 2})
		})
	}
}

// A pod comes back to a namespace that gives no class. Nothing is taken back that nothing replaces; a warning says so.
func TestRestoredPodWhereNoClassAppliesStaysAsItCame(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, mig)
	mustCreate(t, namespace, original("train"))
	before := getPod(t, namespace, "train")
	exported := export(t, namespace, "train", nil)
	useClass(t, namespace, "none")
	output := plane.Kubectl(t, exported, "create", "-f", "-")
	if !output.OK || !strings.Contains(output.Stderr, "Warning: gpuslice: ") {
		t.Fatalf("kubectl prints %q", output.Stderr)
	}
	after := getPod(t, namespace, "train")
	if fmt.Sprint(holders(after)) != fmt.Sprint(holders(before)) || after.Annotations["gpuslice.dev/applied"] != before.Annotations["gpuslice.dev/applied"] {
		t.Errorf("the pod changed: %v %v", holders(after), after.Annotations)
	}
	checkCreations(t, namespace, map[string]int{"admitted": 2})
}

// A pod that was exported from another namespace, and the output of the command line, are pods that come back as well.
func TestPodOfAnotherNamespaceGetsTheClassOfThisOne(t *testing.T) {
	from, to := plane.NewNamespace(t, enabled, mig), plane.NewNamespace(t, strict, map[string]string{"gpuslice.dev/class": whole.name})
	mustCreate(t, from, original("train"))
	exported := strings.ReplaceAll(export(t, from, "train", nil), fmt.Sprintf(`"namespace": %q`, from), fmt.Sprintf(`"namespace": %q`, to))
	spaces := filepath.Join(t.TempDir(), "namespaces.json")
	output := plane.Kubectl(t, "", "get", "namespace", from, "-o", "json")
	cluster.Must(t, os.WriteFile(spaces, []byte(output.Stdout), 0o644))
	mutated := plane.Gpuslice(t, podDocument(t, original("mutated"), from), "mutate", "-o", "yaml", "--policies", hook.Policies, "--namespaces", spaces, "-")
	if !mutated.OK {
		t.Fatal(mutated.Stderr)
	}
	for name, text := range map[string]string{
		"train":   exported,
		"mutated": strings.ReplaceAll(mutated.Stdout, "namespace: "+from, "namespace: "+to),
	} {
		if output := plane.Kubectl(t, text, "create", "-f", "-"); !output.OK {
			t.Fatal(output.Stderr)
		}
		pod := getPod(t, to, name)
		checkOnly(t, pod, whole, gpu)
		checkOthersKept(t, pod)
		checkQuiet(t, to, pod)
	}
	checkCreations(t, to, map[string]int{"admitted": 2})
}

// export returns a pod as kubectl get prints it, and deletes it. edit changes its record, if it is not nil.
func export(t *testing.T, namespace, name string, edit func(r *applied)) string {
	t.Helper()
	output := plane.Kubectl(t, "", "-n", namespace, "get", "pod", name, "-o", "json")
	if !output.OK {
		t.Fatal(output.Stderr)
	}
	if deleted := plane.Kubectl(t, "", "-n", namespace, "delete", "pod", name, "--now"); !deleted.OK {
		t.Fatal(deleted.Stderr)
	}
	if edit == nil {
		return output.Stdout
	}
	var object unstructured.Unstructured
	cluster.Must(t, object.UnmarshalJSON([]byte(output.Stdout)))
	annotations := object.GetAnnotations()
	var r applied
	cluster.Must(t, json.Unmarshal([]byte(annotations["gpuslice.dev/applied"]), &r))
	edit(&r)
	text, err := json.Marshal(r)
	cluster.Must(t, err)
	annotations["gpuslice.dev/applied"] = string(text)
	object.SetAnnotations(annotations)
	return document(t, &object)
}

// checkOthersKept fails unless a pod that was made as original, and has a slice now, has what is not ours as before, and
// nothing else than that and the edits of one class.
func checkOthersKept(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	wanted := original("")
	terms := pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	for i, term := range wanted.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		if i >= len(terms) || len(terms[i].MatchExpressions) != 2 || fmt.Sprint(terms[i].MatchExpressions[0]) != fmt.Sprint(term.MatchExpressions[0]) {
			t.Errorf("term %d of pod %s is not the author's and ours: %v", i, pod.Name, terms)
		}
	}
	var tolerated []string
	for _, toleration := range pod.Spec.Tolerations {
		tolerated = append(tolerated, toleration.Key)
	}
	slices.Sort(tolerated)
	if all := []string{poolKey, corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable, string(gpu), "team"}; !slices.Equal(tolerated, all) {
		t.Errorf("pod %s tolerates %q instead of %q", pod.Name, tolerated, all)
	}
	if len(pod.Spec.Containers[0].Env) != 0 || pod.Labels["app"] != "train" {
		t.Errorf("pod %s has the variables %v and the labels %v", pod.Name, pod.Spec.Containers[0].Env, pod.Labels)
	}
}
