package schema

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gpuslice.dev/e2e/cluster"
)

// No webhook is registered, as if it were down. In a namespace that is opted in, the rendered guard then admits only
// what the webhook would have admitted.
func TestRenderedGuardIsEffective(t *testing.T) {
	ctx := context.Background()
	guard := load(t, "guard-policy.yaml", "guard-binding.yaml")
	cluster.Must(t, plane.Apply(ctx, guard...))
	t.Cleanup(func() { cluster.Must(t, plane.Delete(ctx, guard...)) })
	enabled := map[string]string{"gpuslice.dev/inject": "enabled"}
	makeTeam(t, "guarded-team", enabled, nil)
	makeTeam(t, "ml-guarded", enabled, map[string]string{"gpuslice.dev/class": "a100-1g5gb"})
	makeTeam(t, "foreign-team", nil, nil)
	cluster.Eventually(t, func() error { // until the policy takes effect
		if create("guarded-team", podOf("nvidia.com/gpu", "")) == nil {
			return errors.New("a GPU pod without placement is admitted")
		}
		return nil
	})
	for name, c := range map[string]struct {
		namespace, resource, pool string
		passes                    bool
	}{
		"plain pod":                       {"guarded-team", "", "", true},
		"GPU pod without placement":       {"guarded-team", "nvidia.com/gpu", "", false},
		"placed as its class says":        {"guarded-team", "nvidia.com/gpu", "t4-thirds", true},
		"slice as its class says":         {"ml-guarded", "nvidia.com/mig-1g.5gb", "a100-7x1g5gb", true},
		"slice of another class":          {"guarded-team", "nvidia.com/mig-1g.5gb", "a100-7x1g5gb", false},
		"resource that its pool lacks":    {"guarded-team", "nvidia.com/gpu", "a100-7x1g5gb", false},
		"pool that does not exist":        {"guarded-team", "nvidia.com/gpu", "nowhere", false},
		"namespace that has not opted in": {"foreign-team", "nvidia.com/gpu", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			switch err := create(c.namespace, podOf(c.resource, c.pool)); {
			case c.passes && err != nil:
				t.Errorf("it is refused: %v", err)
			case !c.passes && (err == nil || !strings.Contains(err.Error(), "gpuslice-guard")):
				t.Errorf("the API server answers: %v", err)
			}
		})
	}
	bound := podOf("nvidia.com/gpu", "t4-thirds")
	bound.Spec.NodeName = "anywhere"
	if create("guarded-team", bound) == nil {
		t.Error("a bound pod that asks for a GPU is admitted")
	}
}

// makeTeam creates a namespace and its default service account, which no controller creates here.
func makeTeam(t *testing.T, name string, labels, annotations map[string]string) {
	t.Helper()
	ctx := context.Background()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, Annotations: annotations}}
	_, err := plane.Client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	cluster.Must(t, err)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	_, err = plane.Client.CoreV1().ServiceAccounts(name).Create(ctx, account, metav1.CreateOptions{})
	cluster.Must(t, err)
}

func create(namespace string, pod *corev1.Pod) error {
	_, err := plane.Client.CoreV1().Pods(namespace).Create(context.Background(), pod, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	return err
}

// podOf is a pod that asks for one of a resource and is placed on a pool. Each argument may be "" for none.
func podOf(resourceName, pool string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "work"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "cuda:12"}}}}
	if resourceName != "" {
		pod.Spec.Containers[0].Resources.Limits = corev1.ResourceList{corev1.ResourceName(resourceName): resource.MustParse("1")}
	}
	if pool != "" {
		term := corev1.NodeSelectorTerm{MatchExpressions: []corev1.NodeSelectorRequirement{
			{Key: "gpuslice.dev/pool", Operator: corev1.NodeSelectorOpIn, Values: []string{pool}}}}
		pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
			RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{term}}}}
	}
	return pod
}
