package frameworks

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"gpuslice.dev/e2e/cluster"
)

const team = "ml-team" // the namespace of the examples

// The pods that the JobSet controller makes of the example are as `gpuslice mutate` said.
func TestJobSetMakesThePodsThatMutateShows(t *testing.T) {
	hook.OnFailure(t)
	plane.StartController(t, "jobset")
	before := created(t)
	shown := apply(t, "jobset.yaml")
	pods := waitForPods(t, "jobset.sigs.k8s.io/jobset-name=sweep", 5)
	for _, pod := range pods {
		job := pod.Labels["jobset.sigs.k8s.io/replicatedjob-name"]
		checkAsShown(t, &pod, jobTemplate(t, shown, job))
	}
	if made := created(t) - before; made != len(pods) { // a controller that does not recognise its pods makes more
		t.Errorf("%d pods were created", made)
	}
}

// The same for LeaderWorkerSet, whose leaders and workers are in StatefulSets. `make controllers` runs it.
func TestLeaderWorkerSetMakesThePodsThatMutateShows(t *testing.T) {
	if os.Getenv("GPUSLICE_E2E_CONTROLLERS") == "" {
		t.Skip("only in make controllers")
	}
	hook.OnFailure(t)
	plane.StartController(t, "lws")
	before := created(t)
	shown := apply(t, "leaderworkerset.yaml")
	pods := waitForPods(t, "leaderworkerset.sigs.k8s.io/name=llama", 6)
	for _, pod := range pods {
		field := "workerTemplate"
		if pod.Labels["leaderworkerset.sigs.k8s.io/worker-index"] == "0" {
			field = "leaderTemplate"
		}
		checkAsShown(t, &pod, template(t, shown, "spec", "leaderWorkerTemplate", field))
	}
	if made := created(t) - before; made != len(pods) {
		t.Errorf("%d pods were created", made)
	}
}

// apply applies an example until the test ends, and returns it as mutate rewrites it.
func apply(t *testing.T, example string) *unstructured.Unstructured {
	t.Helper()
	file := repositoryFile("docs/examples/frameworks/" + example)
	written := load(t, file)
	shown := mutate(t, file)[0]
	t.Cleanup(func() { cluster.Must(t, plane.Delete(context.Background(), written...)) })
	// A controller is ready before its webhooks are, which the API server calls from the start.
	cluster.Eventually(t, func() error { return plane.Apply(context.Background(), written...) })
	return shown
}

// jobTemplate returns the pod template of one of a JobSet's jobs.
func jobTemplate(t *testing.T, jobSet *unstructured.Unstructured, name string) *corev1.PodTemplateSpec {
	t.Helper()
	jobs, _, err := unstructured.NestedSlice(jobSet.Object, "spec", "replicatedJobs")
	cluster.Must(t, err)
	for _, job := range jobs {
		if job := job.(map[string]any); job["name"] == name {
			return template(t, &unstructured.Unstructured{Object: job}, "template", "spec", "template")
		}
	}
	t.Fatalf("no job %q", name)
	return nil
}

func template(t *testing.T, object *unstructured.Unstructured, path ...string) *corev1.PodTemplateSpec {
	t.Helper()
	found, ok, err := unstructured.NestedMap(object.Object, path...)
	cluster.Must(t, err)
	if !ok {
		t.Fatalf("%s has no %v", title(object), path)
	}
	template := &corev1.PodTemplateSpec{}
	cluster.Must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(found, template))
	return template
}

func waitForPods(t *testing.T, selector string, number int) []corev1.Pod {
	t.Helper()
	var pods *corev1.PodList
	cluster.Eventually(t, func() (err error) {
		pods, err = plane.Client.CoreV1().Pods(team).List(context.Background(), metav1.ListOptions{LabelSelector: selector})
		if err == nil && len(pods.Items) != number {
			err = fmt.Errorf("%d pods instead of %d", len(pods.Items), number)
		}
		return err
	})
	return pods.Items
}

// checkAsShown compares what gpuslice writes into a pod with the template that mutate printed.
func checkAsShown(t *testing.T, pod *corev1.Pod, shown *corev1.PodTemplateSpec) {
	t.Helper()
	for i, container := range shown.Spec.Containers {
		if got := pod.Spec.Containers[i]; got.Name != container.Name || !equality.Semantic.DeepEqual(got.Resources, container.Resources) {
			t.Errorf("pod %s, container %s: %v instead of %v", pod.Name, got.Name, got.Resources, container.Resources)
		}
	}
	if !equality.Semantic.DeepEqual(pod.Spec.Affinity, shown.Spec.Affinity) {
		t.Errorf("pod %s: affinity %v instead of %v", pod.Name, pod.Spec.Affinity, shown.Spec.Affinity)
	}
	tolerations := slices.DeleteFunc(slices.Clone(pod.Spec.Tolerations), func(toleration corev1.Toleration) bool {
		return toleration.Key == corev1.TaintNodeNotReady || toleration.Key == corev1.TaintNodeUnreachable // the API server's own
	})
	if !equality.Semantic.DeepEqual(tolerations, shown.Spec.Tolerations) {
		t.Errorf("pod %s: tolerations %v instead of %v", pod.Name, tolerations, shown.Spec.Tolerations)
	}
	if got, want := pod.Labels["gpuslice.dev/class"], shown.Labels["gpuslice.dev/class"]; got != want {
		t.Errorf("pod %s: class %q instead of %q", pod.Name, got, want)
	}
	if got, want := pod.Annotations[record], shown.Annotations[record]; got != want {
		t.Errorf("pod %s: record %q instead of %q", pod.Name, got, want)
	}
}

// created counts the pods that were created in the namespace so far, also those that are gone.
func created(t *testing.T) int {
	t.Helper()
	events, err := plane.Audit(team)
	cluster.Must(t, err)
	pods := 0
	for _, event := range events {
		if event.ResponseStatus.Code == http.StatusCreated && !strings.Contains(event.RequestURI, "dryRun=All") {
			pods++
		}
	}
	return pods
}
