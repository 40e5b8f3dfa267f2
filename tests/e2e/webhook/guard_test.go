package webhook

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gpuslice.dev/e2e/cluster"
)

// The API server's type check of the guard's expressions gives no warning.
func TestGuardIsWellTyped(t *testing.T) {
	installGuard(t, plane.NewNamespace(t, guarded, nil))
	cluster.Eventually(t, func() error {
		policy, err := plane.Client.AdmissionregistrationV1().ValidatingAdmissionPolicies().Get(context.Background(), "gpuslice-guard", metav1.GetOptions{})
		if err == nil && policy.Status.ObservedGeneration != policy.Generation {
			return errors.New("the policy has not been checked yet")
		}
		if err == nil && policy.Status.TypeChecking != nil {
			for _, warning := range policy.Status.TypeChecking.ExpressionWarnings {
				t.Errorf("%s: %s", warning.FieldRef, warning.Warning)
			}
		}
		return err
	})
}

// With --guard=gpu-only a guarded namespace admits plain pods while the webhook is down.
func TestGuardOfGPUsOnly(t *testing.T) {
	namespace := plane.NewNamespace(t, guarded, nil)
	installGuard(t, namespace, "--guard=gpu-only")
	takeDown(t)
	open := newPod("open", "", 0)
	open.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "NVIDIA_VISIBLE_DEVICES", Value: "all"}}
	both := placed("both", gpu, 1, "t4-thirds")
	both.Spec.Containers[0].Env = open.Spec.Containers[0].Env
	for _, test := range []struct {
		name string
		pod  *corev1.Pod
		says string // part of the refusal; "" if the pod is admitted
	}{
		{"a plain pod", newPod("plain", "", 0), ""},
		{"a plain pod that sets NVIDIA_VISIBLE_DEVICES", open, ""},
		{"a GPU pod without placement", newPod("gpu", gpu, 1), "must be placed on the pools of a slice class"},
		{"a GPU pod on the pool", placed("placed", gpu, 1, "t4-thirds"), ""},
		{"eight GPUs on the pool", placed("eight", gpu, 8, "t4-thirds"), "more slices than its class allows"},
		{"a GPU pod on the pool that sets NVIDIA_VISIBLE_DEVICES", both, "may not set NVIDIA_VISIBLE_DEVICES"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := createDry(namespace, test.pod)
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("expected %q: %v", test.says, err)
			}
		})
	}
}
