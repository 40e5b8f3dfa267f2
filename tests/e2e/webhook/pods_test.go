package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gpuslice.dev/e2e/cluster"
	"gpuslice.dev/e2e/oracle"
)

const (
	gpu      = corev1.ResourceName("nvidia.com/gpu")
	mig1g5gb = corev1.ResourceName("nvidia.com/mig-1g.5gb")
	poolKey  = "gpuslice.dev/pool"
)

// class has the parts of a shipped SliceClass that show in pods.
type class struct {
	name     string
	resource corev1.ResourceName
	pools    []string
}

var (
	t4Third = class{"t4-third", gpu, []string{"t4-thirds"}}
	a100    = class{"a100-1g5gb", mig1g5gb, []string{"a100-7x1g5gb"}}
	h100    = class{"h100-1g10gb", "nvidia.com/mig-1g.10gb", []string{"h100-7x1g10gb", "h100-balanced"}}
	half    = class{"a10g-half", "nvidia.com/gpu.shared", []string{"a10g-halves"}}
	whole   = class{"gpu-whole", gpu, []string{"l4-whole"}}
)

// newPod is a pod of one container that asks for count of a resource, or for nothing if count is 0.
func newPod(name string, resourceName corev1.ResourceName, count int64) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "cuda:12"}}}}
	if count > 0 {
		pod.Spec.Containers[0].Resources.Limits = corev1.ResourceList{resourceName: *resource.NewQuantity(count, resource.DecimalSI)}
	}
	return pod
}

func create(namespace string, pod *corev1.Pod) (*corev1.Pod, error) {
	return plane.Client.CoreV1().Pods(namespace).Create(context.Background(), pod, metav1.CreateOptions{})
}

func createDry(namespace string, pod *corev1.Pod) (*corev1.Pod, error) {
	options := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	return plane.Client.CoreV1().Pods(namespace).Create(context.Background(), pod, options)
}

func mustCreate(t *testing.T, namespace string, pod *corev1.Pod) *corev1.Pod {
	t.Helper()
	made, err := create(namespace, pod)
	cluster.Must(t, err)
	return made
}

func podsOf(t *testing.T, namespace string) []corev1.Pod {
	t.Helper()
	list, err := plane.Client.CoreV1().Pods(namespace).List(context.Background(), metav1.ListOptions{})
	cluster.Must(t, err)
	return list.Items
}

// holders lists the nvidia.com/ resources of each container: "main nvidia.com/gpu=1".
func holders(pod *corev1.Pod) []string {
	var found []string
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, name := range slices.Sorted(maps.Keys(container.Resources.Limits)) {
			if quantity := container.Resources.Limits[name]; strings.HasPrefix(string(name), "nvidia.com/") {
				found = append(found, fmt.Sprintf("%s %s=%s", container.Name, name, quantity.String()))
			}
		}
	}
	return found
}

// checkSliced fails unless exactly these containers hold one slice of the class each, the pod can only run on the pools
// of the class, its label and record name the class, and the API server's validation accepts it.
func checkSliced(t *testing.T, pod *corev1.Pod, class class, containers ...string) {
	t.Helper()
	if err := slicedError(pod, class, containers...); err != nil {
		text, _ := json.MarshalIndent(pod, "", " ")
		t.Errorf("pod %s: %v\n%s", pod.Name, err, text)
	}
}

func slicedError(pod *corev1.Pod, class class, containers ...string) error {
	var expected []string
	for _, name := range containers {
		expected = append(expected, fmt.Sprintf("%s %s=1", name, class.resource))
	}
	if found := holders(pod); !slices.Equal(found, expected) {
		return fmt.Errorf("holds %q instead of %q", found, expected)
	}
	if label := pod.Labels["gpuslice.dev/class"]; label != class.name {
		return fmt.Errorf("its label names class %q", label)
	}
	if err := placementError(pod, class.pools); err != nil {
		return err
	}
	if err := recordError(pod, class.name, containers); err != nil {
		return err
	}
	return oracle.Valid(pod)
}

func placementError(pod *corev1.Pod, pools []string) error {
	var terms []corev1.NodeSelectorTerm
	if affinity := pod.Spec.Affinity; affinity != nil && affinity.NodeAffinity != nil &&
		affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		terms = affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	}
	if len(terms) == 0 {
		return fmt.Errorf("no node affinity")
	}
	for i, term := range terms {
		if !slices.ContainsFunc(term.MatchExpressions, func(e corev1.NodeSelectorRequirement) bool {
			return e.Key == poolKey && e.Operator == corev1.NodeSelectorOpIn && slices.Equal(e.Values, pools)
		}) {
			return fmt.Errorf("term %d does not ask for the pools %q", i, pools)
		}
	}
	for _, key := range []string{poolKey, string(gpu)} {
		taint := corev1.Taint{Key: key, Value: "any", Effect: corev1.TaintEffectNoSchedule}
		if !slices.ContainsFunc(pod.Spec.Tolerations, func(toleration corev1.Toleration) bool {
			return (toleration.Key == taint.Key || toleration.Key == "") && toleration.Operator == corev1.TolerationOpExists &&
				(toleration.Effect == taint.Effect || toleration.Effect == "")
		}) {
			return fmt.Errorf("the taint %s is not tolerated", key)
		}
	}
	return nil
}

func recordError(pod *corev1.Pod, class string, containers []string) error {
	var record struct {
		Class      string   `json:"class"`
		Containers []string `json:"containers"`
	}
	if err := json.Unmarshal([]byte(pod.Annotations["gpuslice.dev/applied"]), &record); err != nil {
		return fmt.Errorf("its record: %w", err)
	}
	slices.Sort(record.Containers)
	if wanted := slices.Sorted(slices.Values(containers)); record.Class != class || !slices.Equal(record.Containers, wanted) {
		return fmt.Errorf("its record is %+v", record)
	}
	return nil
}

// checkUntouched fails if the pod has a class label or a record, if its spec contains "gpuslice.dev/", or if it is not
// valid.
func checkUntouched(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	_, label := pod.Labels["gpuslice.dev/class"]
	_, record := pod.Annotations["gpuslice.dev/applied"]
	spec, err := json.Marshal(pod.Spec)
	cluster.Must(t, err)
	if label || record || strings.Contains(string(spec), "gpuslice.dev/") {
		t.Errorf("pod %s was changed: labels %v, annotations %v", pod.Name, pod.Labels, pod.Annotations)
	}
	if err := oracle.Valid(pod); err != nil {
		t.Errorf("pod %s: %v", pod.Name, err)
	}
}
