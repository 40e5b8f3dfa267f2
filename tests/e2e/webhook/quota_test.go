package webhook

import (
	"context"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gpuslice.dev/e2e/cluster"
)

// A quota counts what the pod holds after the conversion, not what its author wrote.
func TestQuotaCountsTheSlices(t *testing.T) {
	ctx := context.Background()
	namespace := plane.NewNamespace(t, enabled, mig)
	const slices = corev1.ResourceName("requests.nvidia.com/mig-1g.5gb")
	const whole = corev1.ResourceName("requests.nvidia.com/gpu")
	quotas := plane.Client.CoreV1().ResourceQuotas(namespace)
	_, err := quotas.Create(ctx, &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: "slices"},
		Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{slices: resource.MustParse("2"), whole: resource.MustParse("0")}}}, metav1.CreateOptions{})
	cluster.Must(t, err)
	used := func(expected int64) error {
		quota, err := quotas.Get(ctx, "slices", metav1.GetOptions{})
		if err != nil {
			return err
		}
		quantity, counted := quota.Status.Used[slices]
		if !counted || quantity.Value() != expected {
			return fmt.Errorf("%s of %d slices are counted", quantity.String(), expected)
		}
		return nil
	}
	cluster.Eventually(t, func() error { return used(0) })
	for i := range 2 {
		mustCreate(t, namespace, newPod(fmt.Sprint("fits-", i), gpu, 1))
	}
	_, err = create(namespace, newPod("too-many", gpu, 1))
	if err == nil || !strings.Contains(err.Error(), "exceeded quota: slices, requested: requests.nvidia.com/mig-1g.5gb=1") {
		t.Errorf("the third slice: %v", err)
	}
	cluster.Eventually(t, func() error { return used(2) })
}
