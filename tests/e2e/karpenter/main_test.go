// Package karpenter tests gpuslice together with the real Karpenter (its kwok provider), the real scheduler, and kwok.
package karpenter

import (
	"context"
	"fmt"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gpuslice.dev/e2e/cluster"
)

var (
	plane *cluster.Cluster
	hook  *cluster.Webhook
)

func TestMain(m *testing.M) {
	os.Exit(cluster.Run(m, cluster.Options{Name: "karpenter"}, func(c *cluster.Cluster) (err error) {
		plane = c
		if hook, err = c.StartWebhook(cluster.WebhookOptions{}); err != nil {
			return err
		}
		if _, err = c.StartKwok(); err != nil {
			return err
		}
		if _, err = c.StartKarpenter(c.TestFile("karpenter/instance-types.json")); err != nil {
			return err
		}
		pool, err := cluster.Load(c.TestFile("karpenter/cpu-pool.yaml"))
		if err != nil {
			return err
		}
		return c.Apply(context.Background(), pool...)
	}))
}

// Without any GPU: nodes are bought, become ready, and pods run on them.
func TestKarpenterBuysANodeForAPlainPod(t *testing.T) {
	ctx := context.Background()
	namespace := plane.NewNamespace(t, map[string]string{"gpuslice.dev/inject": "enabled"}, nil)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "nginx:1.27"}}}}
	_, err := plane.Client.CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{})
	cluster.Must(t, err)
	cluster.Eventually(t, func() error {
		pod, err := plane.Client.CoreV1().Pods(namespace).Get(ctx, "web", metav1.GetOptions{})
		if err == nil && pod.Status.Phase != corev1.PodRunning {
			err = fmt.Errorf("the pod is %s: %v", pod.Status.Phase, pod.Status.Conditions)
		}
		return err
	})
}
