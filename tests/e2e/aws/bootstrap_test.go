package aws

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/pelletier/go-toml/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"gpuslice.dev/e2e/awsfake"
	"gpuslice.dev/e2e/cluster"
)

func renderedObject(t *testing.T, kind, name string) *unstructured.Unstructured {
	t.Helper()
	for _, object := range rendered {
		if object.GetKind() == kind && object.GetName() == name {
			return object
		}
	}
	t.Fatalf("no %s %s was rendered", kind, name)
	return nil
}

// template is what a rendered NodePool says about its nodes.
type template struct {
	Metadata struct{ Labels map[string]string }
	Spec     struct{ Taints, StartupTaints []awsfake.Taint }
}

func templateOf(t *testing.T, pool string) (found template) {
	t.Helper()
	object, _, err := unstructured.NestedMap(renderedObject(t, "NodePool", pool).Object, "spec", "template")
	cluster.Must(t, err)
	cluster.Must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(object, &found))
	return found
}

// The kubelet of a node gets the rendered labels and taints from the user data that Karpenter makes of the rendered
// node class, on AL2023 and on Bottlerocket.
func TestUserDataHasTheRenderedLabelsAndTaints(t *testing.T) {
	t.Parallel()
	for _, pool := range []string{"newest", "bottlerocket"} {
		t.Run(pool, func(t *testing.T) {
			t.Parallel()
			work := newTeam(t, pool, 1)
			node, instance := work.one(t, 1)
			kubelet, err := awsfake.ReadUserData(instance.UserData)
			cluster.Must(t, err)
			expected := templateOf(t, pool)
			for key, value := range expected.Metadata.Labels {
				if kubelet.Labels[key] != value || node.Labels[key] != value {
					t.Errorf("label %s is %q in the user data and %q on the node, and %q was rendered", key, kubelet.Labels[key], node.Labels[key], value)
				}
			}
			for _, taint := range slices.Concat(expected.Spec.Taints, expected.Spec.StartupTaints) {
				if !slices.Contains(kubelet.Taints, taint) {
					t.Errorf("the user data lacks the taint %v: %v", taint, kubelet.Taints)
				}
				startup := slices.Contains(expected.Spec.StartupTaints, taint)
				if has(node, taint) == startup {
					t.Errorf("taint %v (startup: %v) of a ready node: %v", taint, startup, node.Spec.Taints)
				}
			}
		})
	}
}

func has(node *corev1.Node, taint awsfake.Taint) bool {
	return slices.ContainsFunc(node.Spec.Taints, func(one corev1.Taint) bool {
		return one.Key == taint.Key && one.Value == taint.Value && string(one.Effect) == taint.Effect
	})
}

// Every setting of the rendered node class is in the user data of its machines, with which Karpenter merges its own.
func TestBottlerocketSettingsReachTheMachine(t *testing.T) {
	t.Parallel()
	work := newTeam(t, "bottlerocket", 1)
	_, instance := work.one(t, 1)
	text, _, err := unstructured.NestedString(renderedObject(t, "EC2NodeClass", "bottlerocket").Object, "spec", "userData")
	cluster.Must(t, err)
	var ours, machine map[string]any
	cluster.Must(t, toml.Unmarshal([]byte(text), &ours))
	cluster.Must(t, toml.Unmarshal([]byte(instance.UserData), &machine))
	if len(ours) == 0 {
		t.Fatal("the node class has no settings")
	}
	for _, difference := range lacks(machine, ours, "") {
		t.Error(difference)
	}
}

// lacks lists the settings of part that whole lacks or has with another value.
func lacks(whole, part map[string]any, path string) (differences []string) {
	for key, value := range part {
		here := path + "." + key
		inner, isTable := value.(map[string]any)
		table, also := whole[key].(map[string]any)
		switch {
		case isTable && also:
			differences = append(differences, lacks(table, inner, here)...)
		case !reflect.DeepEqual(value, whole[key]):
			differences = append(differences, fmt.Sprintf("%s is %v on the machine, %v was rendered", here[1:], whole[key], value))
		}
	}
	return differences
}

func claimOf(t *testing.T, node *corev1.Node) *unstructured.Unstructured {
	t.Helper()
	list, err := plane.Dynamic.Resource(nodeClaims).List(context.Background(), metav1.ListOptions{})
	cluster.Must(t, err)
	for _, claim := range list.Items {
		if providerID(&claim) == node.Spec.ProviderID {
			return &claim
		}
	}
	t.Fatalf("node %s has no NodeClaim", node.Name)
	return nil
}

func noClaim(node *corev1.Node) error {
	list, err := plane.Dynamic.Resource(nodeClaims).List(context.Background(), metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, claim := range list.Items {
		if providerID(&claim) == node.Spec.ProviderID {
			return fmt.Errorf("NodeClaim %s is still there", claim.GetName())
		}
	}
	return nil
}
