package webhook

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"gpuslice.dev/e2e/cluster"
)

// deployment is a Deployment as a user writes it. Its only container asks for this number of GPUs.
func deployment(name, namespace string, gpus int) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s, namespace: %[2]s}
spec:
  replicas: 1
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec: {containers: [{name: main, image: "cuda:12", resources: {limits: {nvidia.com/gpu: %[3]d}}}]}
`, name, namespace, gpus)
}

// twoGPURemedy ends the denial of a container that asks for two GPUs in a namespace labelled enabled.
const twoGPURemedy = `set the pod's annotation gpuslice.dev/class to "gpu-whole" (a whole L4 with 23034Mi), which takes this request as it is, ` +
	`or ask for at most 1 in each container [policy ml-teams]`

func TestDenialReadsWellInKubectl(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	output := plane.Kubectl(t, workload(t, "two-gpu-pod", namespace), "apply", "-f", "-")
	expected := `Error from server (Forbidden): error when creating "STDIN": admission webhook "enabled.inject.gpuslice.dev" denied the request: ` +
		`container "big" asks for nvidia.com/gpu: "2", but slice class "t4-third" gives 1 to a container (two shares of a GPU are not twice a share); ` + twoGPURemedy + "\n"
	if output.Stderr != expected {
		t.Errorf("kubectl prints %q", output.Stderr)
	}
}

func TestDenialReadsWellInTheEventsOfAReplicaSet(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	if output := plane.Kubectl(t, deployment("train", namespace, 2), "apply", "-f", "-"); !output.OK {
		t.Fatal(output.Stderr)
	}
	message := waitForEvent(t, namespace, "ReplicaSet", "FailedCreate", `asks for nvidia.com/gpu: "2", but slice class "t4-third"`)
	if strings.Contains(message, "\n") || !strings.HasSuffix(message, twoGPURemedy) {
		t.Errorf("the event says %q", message)
	}
	output := plane.Kubectl(t, "", "-n", namespace, "get", "events")
	if !strings.Contains(output.Stdout, message) {
		t.Errorf("kubectl get events: %s", output.Stdout)
	}
}

func TestDryRunShowsThePodAndKeepsNothing(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, mig)
	before := hookMetric(t, "gpuslice_slices_injected_total", nil)
	output := plane.Kubectl(t, workload(t, "timeslice-pod", namespace), "apply", "--dry-run=server", "-o", "yaml", "-f", "-")
	for _, line := range []string{"gpuslice.dev/class: a100-1g5gb", `nvidia.com/mig-1g.5gb: "1"`, "- a100-7x1g5gb"} {
		if !strings.Contains(output.Stdout, line) {
			t.Errorf("%q is not in what kubectl prints: %s %s", line, output.Stdout, output.Stderr)
		}
	}
	checkDenied(t, plane.Kubectl(t, workload(t, "two-gpu-pod", namespace), "apply", "--dry-run=server", "-f", "-"), `asks for nvidia.com/gpu: "2"`)
	if pods := podsOf(t, namespace); len(pods) != 0 {
		t.Errorf("%d pods exist after a dry run", len(pods))
	}
	if after := hookMetric(t, "gpuslice_slices_injected_total", nil); after != before {
		t.Errorf("a dry run was counted: %v slices, then %v", before, after)
	}
}

// A pod whose resource was not converted may be applied again. After a conversion the API server refuses the manifest,
// because it would change the resources back, which is not allowed.
func TestApplyTwiceOfOneBarePod(t *testing.T) {
	pod := newPod("bare", gpu, 1)
	for name, test := range map[string]struct {
		annotations map[string]string
		again       string
		ok          bool
	}{
		"of a class that is nvidia.com/gpu": {nil, "pod/bare", true},
		"converted to MIG":                  {mig, "pod updates may not change fields", false},
	} {
		t.Run(name, func(t *testing.T) {
			namespace := plane.NewNamespace(t, enabled, test.annotations)
			text := podDocument(t, pod, namespace)
			if output := plane.Kubectl(t, text, "apply", "-f", "-"); !output.OK {
				t.Fatal(output.Stderr)
			}
			before := podsOf(t, namespace)[0]
			output := plane.Kubectl(t, text, "apply", "-f", "-")
			if output.OK != test.ok || !strings.Contains(output.Stdout+output.Stderr, test.again) {
				t.Errorf("the second apply: %q %q", output.Stdout, output.Stderr)
			}
			if after := podsOf(t, namespace)[0]; after.UID != before.UID || fmt.Sprint(holders(&after)) != fmt.Sprint(holders(&before)) {
				t.Errorf("the pod has changed: %v, then %v", holders(&before), holders(&after))
			}
		})
	}
}

// The webhook's watch may not have shown the new namespace yet; the webhook then asks the API server for it.
func TestNamespaceAndPodInOneApply(t *testing.T) {
	for i := range 10 {
		name := fmt.Sprintf("one-apply-%d", i)
		text := fmt.Sprintf(`apiVersion: v1
kind: Namespace
metadata: {name: %s, labels: {gpuslice.dev/inject: enabled, team-tier: ml}, annotations: {gpuslice.dev/class: a100-1g5gb}}
---
`, name) + podDocument(t, newPod("first", gpu, 1), name)
		t.Cleanup(func() { plane.Kubectl(t, "", "delete", "namespace", name, "--wait=false") })
		if output := plane.Kubectl(t, text, "apply", "-f", "-"); !output.OK {
			t.Fatal(output.Stderr)
		}
		checkSliced(t, &podsOf(t, name)[0], a100, "main")
	}
}

// No terminal shows the warnings and denials about a controller's pods, but kubectl prints those about the workload.
func TestAdviceIsPrintedAtApplyOfAWorkload(t *testing.T) {
	namespace := plane.NewNamespace(t, enabled, nil)
	output := plane.Kubectl(t, deployment("train", namespace, 2), "apply", "-f", "-")
	if !output.OK || !strings.HasPrefix(output.Stderr, "Warning: gpuslice: ") || !strings.Contains(output.Stderr, "will be denied [") {
		t.Errorf("kubectl prints %q %q", output.Stdout, output.Stderr)
	}
	t.Logf("kubectl prints: %s", output.Stderr)
	output = plane.Kubectl(t, deployment("train", namespace, 2), "apply", "-f", "-")
	if !output.OK || output.Stderr != "" {
		t.Errorf("unchanged, kubectl prints %q", output.Stderr)
	}
}

// The webhook leaves the mirror pod that a node creates for a static pod unchanged.
func TestMirrorPodOfANodePasses(t *testing.T) {
	namespace := plane.NewNamespace(t, required, nil)
	pod := newPod("static", gpu, 2)
	pod.Annotations = map[string]string{corev1.MirrorPodAnnotationKey: "x"}
	pod.Spec.NodeName = "node-1"
	output := plane.Kubectl(t, podDocument(t, pod, namespace), "create", "--as=system:node:node-1", "--as-group=system:nodes",
		"--as-group=system:masters", "-f", "-")
	if !output.OK {
		t.Fatal(output.Stderr)
	}
	checkUntouched(t, &podsOf(t, namespace)[0])
}

// hookMetric adds up one of gpuslice's own metrics over the replicas.
func hookMetric(t *testing.T, name string, labels map[string]string) float64 {
	t.Helper()
	sum, err := hook.Metric(name, labels)
	cluster.Must(t, err)
	return sum
}
