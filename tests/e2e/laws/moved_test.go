package laws

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// plainClasses are the namespaces whose class writes a slice and the placement on its pools, and nothing else.
var plainClasses = []string{"enabled", "required", "strict", "memory", "guard", "always"}

// A pod that has a slice comes to another namespace, as when it is restored there: our edits for the first namespace are
// not taken for what the author asked for. It is decided, a further call changes nothing, and where the class is
// another one, it gets what it would have got had it come there first.
func TestPodThatMovesIsDecidedAsIfItCameFirst(t *testing.T) {
	s := startServer(t)
	first, moved, compared := firstNumber(t), 0, 0
	for number := first; number < first+Count(t, 6000); number++ {
		is, err := s.moveLaw(number)
		if err != nil {
			t.Errorf("pod %d: %v", number, err)
		}
		if is != stays {
			moved++
		}
		if is == comparable {
			compared++
		}
	}
	t.Logf("%d pods moved, %d of them were compared", moved, compared)
	if Count(t, 6000) >= 6000 && compared < 100 {
		t.Error("the pods are not varied enough")
	}
}

type move int

const (
	stays      move = iota // it got no slice
	moves                  // it got a slice and moved
	comparable             // and it can be compared with the pod that comes first
)

func (s *server) moveLaw(number uint64) (move, error) {
	pod := Pod(number, 100*Rare)
	from, to := namespaces[number%9], namespaces[number/9%9]
	first, there, err := s.call(pod, from, number)
	if err != nil || there == pod || first.AuditAnnotations["decision"] != "injected" {
		return stays, err
	}
	second, after, err := s.call(there, to, number)
	if err != nil {
		return moves, err
	}
	third, last, err := s.call(after, to, number)
	if err != nil || after != there && (last != after || !third.Allowed) {
		return moves, fmt.Errorf("from %s to %s, a further call: %v, patch %s, after %s: %w", from, to, third.Result, third.Patch, second.Patch, err)
	}
	if !slices.Contains(plainClasses, from) || bringsOurs(pod) || first.AuditAnnotations["class"] == second.AuditAnnotations["class"] {
		return moves, nil
	}
	direct, straight, err := s.call(pod, to, number)
	if err == nil && direct.AuditAnnotations["reason"] != second.AuditAnnotations["reason"] {
		err = fmt.Errorf("from %s to %s: %v instead of %v", from, to, second.AuditAnnotations, direct.AuditAnnotations)
	}
	if err == nil && direct.AuditAnnotations["reason"] == "injected" && outcome(after) != outcome(straight) {
		err = fmt.Errorf("from %s to %s:\n%s\ninstead of\n%s\nbefore\n%s", from, to, outcome(after), outcome(straight), outcome(there))
	}
	return comparable, err
}

// A copy as kubectl debug makes it, without annotations and labels and with a further container, is admitted where its
// pod was, and its containers hold what those of the pod hold.
func TestCopyOfAPodHoldsWhatThePodHolds(t *testing.T) {
	s := startServer(t)
	first, copied := firstNumber(t), 0
	for number := first; number < first+Count(t, 6000); number++ {
		namespace := plainClasses[number%uint64(len(plainClasses))]
		answer, pod, err := s.call(Pod(number, 100*Rare), namespace, number)
		// Without a term that can match a node, nothing tells the class. Such a pod never runs.
		if err == nil && answer.AuditAnnotations["decision"] == "injected" && strings.Contains(outcome(pod), `"gpuslice.dev/pool","operator":"In"`) {
			copied++
			err = s.copyLaw(pod, namespace, number)
		}
		if err != nil {
			t.Errorf("pod %d: %v", number, err)
		}
	}
	t.Logf("%d pods were copied", copied)
	if Count(t, 6000) >= 6000 && copied < 100 {
		t.Error("the pods are not varied enough")
	}
}

func (s *server) copyLaw(pod *corev1.Pod, namespace string, number uint64) error {
	made := pod.DeepCopy()
	made.ObjectMeta = metav1.ObjectMeta{Name: "copied"}
	made.Spec.Containers = append(made.Spec.Containers, corev1.Container{Name: "debugger", Image: "busybox:1"})
	answer, after, err := s.call(made, namespace, number)
	if err != nil {
		return err
	}
	if answer.AuditAnnotations["reason"] != "injected" || held(after) != held(pod) {
		return fmt.Errorf("the copy in %s: %v %v\n%s\ninstead of\n%s", namespace, answer.AuditAnnotations, answer.Result, outcome(after), outcome(pod))
	}
	again, last, err := s.call(after, namespace, number)
	if err == nil && (last != after || !again.Allowed) {
		err = fmt.Errorf("a further call about the copy in %s: %v, patch %s", namespace, again.Result, again.Patch)
	}
	return err
}

// held lists the resources of all containers.
func held(pod *corev1.Pod) string {
	var found []string
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, list := range []corev1.ResourceList{container.Resources.Limits, container.Resources.Requests} {
			for _, name := range slices.Sorted(maps.Keys(list)) {
				if quantity := list[name]; quantity.Sign() > 0 {
					found = append(found, fmt.Sprintf("%s: %s=%s", container.Name, name, quantity.String()))
				}
			}
		}
	}
	return strings.Join(found, "\n")
}

// call sends a pod, and returns the answer and the patched pod: the same pointer if there is no patch.
func (s *server) call(pod *corev1.Pod, namespace string, number uint64) (*admissionv1.AdmissionResponse, *corev1.Pod, error) {
	answer, err := s.mutate(pod, namespace, types.UID(fmt.Sprintf("2496e49d-ed91-5df1-a014-%012d", number)))
	if err != nil || answer.Patch == nil {
		return answer, pod, err
	}
	patched, err := Patched(pod, namespace, answer.Patch)
	return answer, patched, err
}

// bringsOurs reports whether a pod has something that gpuslice might have written.
func bringsOurs(pod *corev1.Pod) bool {
	spec, err := json.Marshal(pod.Spec)
	text := string(spec)
	return err != nil || strings.Contains(text, "gpuslice.dev/pool") || strings.Contains(text, "NVIDIA_VISIBLE_DEVICES") ||
		pod.Annotations["gpuslice.dev/applied"] != "" || pod.Labels["gpuslice.dev/class"] != ""
}

// outcome is what we write into a pod, with sets sorted. Two things may differ in a pod that moves and are left out: the
// guard's variable stays in containers without a slice, and the label of the class stays under a controller.
func outcome(pod *corev1.Pod) string {
	found := []string{held(pod)}
	for _, container := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, variable := range container.Env {
			if variable.Name != "NVIDIA_VISIBLE_DEVICES" {
				found = append(found, fmt.Sprintf("%s: %s=%s", container.Name, variable.Name, variable.Value))
			}
		}
	}
	if affinity := pod.Spec.Affinity; affinity != nil && affinity.NodeAffinity != nil && affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		for _, term := range affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
			found = append(found, "term "+sorted(term.MatchExpressions)+sorted(term.MatchFields))
		}
	}
	found = append(found, sorted(pod.Spec.Tolerations))
	var record map[string]any
	if json.Unmarshal([]byte(pod.Annotations["gpuslice.dev/applied"]), &record) == nil {
		found = append(found, fmt.Sprint(record))
	}
	return strings.Join(found, "\n")
}

// sorted is the text of a set.
func sorted[T any](set []T) string {
	var texts []string
	for _, item := range set {
		text, _ := json.Marshal(item)
		texts = append(texts, string(text))
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), " ")
}
