package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gpuslice.dev/e2e/awsfake"
)

// Karpenter is a running Karpenter.
type Karpenter struct {
	*Process
	health, metrics *Replica
}

// Metric adds up the samples that have these labels, among others, of one of Karpenter's counters or gauges.
func (k *Karpenter) Metric(name string, labels map[string]string) (float64, error) {
	text, err := k.metrics.Get("/metrics")
	if err != nil {
		return 0, err
	}
	return SumMetric([]byte(text), name, labels)
}

// StartKarpenterAWS installs Karpenter's CustomResourceDefinitions, starts Karpenter with its AWS provider and the
// feature gate NodeOverlay, with a fake as AWS, and waits until it is ready. Each instance that Karpenter launches
// becomes a Node. env has further environment variables, which override those set here.
func (c *Cluster) StartKarpenterAWS(aws *awsfake.Fake, env ...string) (*Karpenter, error) {
	files, err := filepath.Glob(filepath.Join(c.Share("karpenter-aws-crds"), "*.yaml"))
	if err != nil {
		return nil, err
	}
	if err := c.InstallCRDs(files...); err != nil {
		return nil, err
	}
	ports := [2]int{}
	for i := range ports {
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	aws.OnLaunch(func(instance awsfake.Instance) { c.boot(aws, instance) })
	settings := []string{"AWS_ENDPOINT_URL=" + aws.URL(), "AWS_REGION=" + awsfake.Region, "AWS_ACCESS_KEY_ID=none",
		"AWS_SECRET_ACCESS_KEY=none", "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=" + os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "KUBECONFIG=" + c.Kubeconfig, "CLUSTER_NAME=" + awsfake.Cluster,
		"CLUSTER_ENDPOINT=" + c.URL, "DISABLE_LEADER_ELECTION=true", "FEATURE_GATES=NodeOverlay=true",
		fmt.Sprintf("METRICS_PORT=%d", ports[0]), fmt.Sprintf("HEALTH_PROBE_PORT=%d", ports[1]), "BATCH_MAX_DURATION=2s",
		"KUBE_CLIENT_QPS=500", "KUBE_CLIENT_BURST=500"}
	process, err := startProcess("karpenter-aws", c.Logs, append(settings, env...), c.Program("karpenter-aws"))
	if err != nil {
		return nil, err
	}
	at := func(port int) *Replica {
		return &Replica{Process: process, Health: fmt.Sprintf("http://127.0.0.1:%d", port)}
	}
	karpenter := &Karpenter{process, at(ports[1]), at(ports[0])}
	return karpenter, eventually(startLimit, process, karpenter.health.Ready)
}

// boot creates the Node of an instance, as its kubelet does. If that fails, the instance never joins, which Karpenter's
// NodeClaim shows, and the log of the nodes says why.
func (c *Cluster) boot(aws *awsfake.Fake, instance awsfake.Instance) {
	node, err := nodeOf(aws.Type(instance.Type), instance)
	if err == nil {
		_, err = c.Client.CoreV1().Nodes().Create(context.Background(), node, metav1.CreateOptions{FieldManager: "kubelet"})
	}
	if err == nil {
		return
	}
	log, opened := os.OpenFile(filepath.Join(c.Logs, "nodes.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if opened == nil {
		_, _ = fmt.Fprintf(log, "%s (%s): %v\n", instance.ID, instance.Type, err)
		_ = log.Close()
	}
}

// nodeOf is the Node that the kubelet of an instance creates, without GPUs, which the device plugin registers: with the
// labels and taints of the user data, and the labels that kubelet and cloud controller manager set themselves. kwok
// makes it ready.
func nodeOf(t *awsfake.InstanceType, instance awsfake.Instance) (*corev1.Node, error) {
	bootstrap, err := awsfake.ReadUserData(instance.UserData)
	if err != nil {
		return nil, err
	}
	if bootstrap.Labels["karpenter.sh/nodepool"] == "" {
		return nil, errors.New("the user data lacks Karpenter's labels")
	}
	labels := bootstrap.Labels
	for key, value := range map[string]string{corev1.LabelHostname: instance.Hostname, corev1.LabelOSStable: "linux",
		corev1.LabelArchStable: t.Arch, corev1.LabelInstanceTypeStable: t.Name, corev1.LabelTopologyZone: instance.Zone,
		corev1.LabelTopologyRegion: awsfake.Region, "topology.k8s.aws/zone-id": instance.ZoneID()} {
		labels[key] = value
	}
	var taints []corev1.Taint
	for _, taint := range bootstrap.Taints {
		taints = append(taints, corev1.Taint{Key: taint.Key, Value: taint.Value, Effect: corev1.TaintEffect(taint.Effect)})
	}
	// A tenth of the memory is the system's, more or less.
	size := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse(strconv.Itoa(t.CPUs)),
		corev1.ResourceMemory:           resource.MustParse(fmt.Sprintf("%dMi", t.MemoryMiB*9/10)),
		corev1.ResourceEphemeralStorage: resource.MustParse("90Gi"), corev1.ResourcePods: resource.MustParse("110")}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: instance.Hostname, Labels: labels, Annotations: map[string]string{"kwok.x-k8s.io/node": "fake"}},
		Spec:       corev1.NodeSpec{ProviderID: instance.ProviderID(), Taints: taints},
		Status:     corev1.NodeStatus{Capacity: size, Allocatable: size}}, nil
}
