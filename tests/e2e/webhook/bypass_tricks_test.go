package webhook

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// verdicts has four letters for each kind of namespace: one for each state.
type verdicts [4]string

type bypassTrick struct {
	group, name string
	verdicts    verdicts
	pod         func() string                                   // returns the pod to create; nil if change is set
	change      func(existing *corev1.Pod) (*corev1.Pod, error) // changes an existing pod; nil if pod is set
}

// Verdicts that several tricks share.
var (
	sliced   = verdicts{"SSaR", "SSRR", "SSaR", "SSRR"}
	denied   = verdicts{"RRaR", "RRRR", "RRaR", "RRRR"}
	invalid  = verdicts{"RRRR", "RRRR", "RRRR", "RRRR"} // by the API server itself
	unsent   = verdicts{"NNNN", "NNNN", "NNaR", "NNRR"} // no GPU; only guarded namespaces send it to the webhook
	sent     = verdicts{"NNNN", "NNRR", "NNaR", "NNRR"} // no GPU, but `required` sends it to the webhook too
	chooses  = verdicts{"gggg", "gggg", "NNaR", "NNRR"} // chooses the GPUs that it sees without asking for one
	left     = verdicts{"bbbb", "RRRR", "bbbb", "RRRR"} // opted out
	unmoved  = verdicts{"cRaR", "RRRR", "cRaR", "RRRR"} // asks for a GPU, but cannot be moved to a pool
	foreign  = verdicts{"dddd", "dddd", "dddR", "ddRR"}
	claims   = verdicts{"eeee", "RRRR", "RReR", "RRRR"}
	hostward = verdicts{"hhhh", "hhhh", "hhhR", "hhRR"}
	added    = verdicts{"gggg", "gggg", "iRiR", "iRiR"}
	anywhere = verdicts{"jjjj", "jjjj", "jjjj", "jjjj"}
)

// -- Pods, in YAML

func podText(metadata, spec string) func() string {
	return func() string { return "metadata: {name: try" + metadata + "}\nspec: {" + spec + "}\n" }
}

func spec(spec string) func() string { return podText("", spec) }

// only is the field containers with one container, main, that has these further fields.
func only(container string) string { return "containers: [" + containerText("main", container) + "]" }

// containerText is a container with these further fields.
func containerText(name, container string) string {
	if container != "" {
		container = ", " + container
	}
	return "{name: " + name + ", image: 'cuda:12'" + container + "}"
}

func limits(pairs string) string { return "resources: {limits: {" + pairs + "}}" }

func gpus(count string) string { return limits("nvidia.com/gpu: '" + count + "'") }

func ask(count string) string { return only(gpus(count)) }

// each is a list of containers, one for each number in counts. The number says how many GPUs the container asks for.
// more is appended to the fields of each.
func each(name, counts, more string) string {
	var list []string
	for i, count := range strings.Fields(counts) {
		list = append(list, containerText(fmt.Sprintf("%s-%d", name, i), gpus(count)+more))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func affinity(terms string) string {
	return "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [" + terms + "]}}}, "
}

func pinned(pool string) string {
	return "{matchExpressions: [{key: gpuslice.dev/pool, operator: In, values: [" + pool + "]}]}"
}

func variable(text string) string { return "env: [" + text + "]" }

const (
	optOut     = ", labels: {gpuslice.dev/inject: disabled}"
	daemonSet  = ", ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: mine, uid: '1', controller: true}]"
	onNode     = "nodeName: node-1, "
	anyTerm    = "{matchExpressions: [{key: zone, operator: Exists}]}"
	allGPUs    = "{name: NVIDIA_VISIBLE_DEVICES, value: all}"
	noGPUs     = "{name: NVIDIA_VISIBLE_DEVICES, value: void}"
	fromMap    = "envFrom: [{configMapRef: {name: devices, optional: true}}]"
	aClaim     = "resourceClaims: [{name: r, resourceClaimName: c}], containers: [{name: main, image: 'cuda:12', resources: {claims: [{name: r}]}}]"
	bothClaims = "resourceClaims: [{name: r, resourceClaimName: c}], containers: [{name: main, image: 'cuda:12', resources: {claims: [{name: r}], limits: {nvidia.com/gpu: 1}}}]"
)

func annotated(annotations string) string { return ", annotations: {" + annotations + "}" }

func record(class string) string {
	return annotated(`gpuslice.dev/applied: '{"class":"` + class + `","policy":"default","revision":"000000000000","containers":["main"]}'`)
}

func mounted(path, hostPath string) string {
	return "volumes: [{name: v, hostPath: {path: " + hostPath + "}}], " + only("volumeMounts: [{name: v, mountPath: "+path+"}]")
}

// lots is a pod that asks for eight GPUs and for count other resources with quantity zero.
func lots(count int) func() string {
	return func() string {
		return podText("", only(limits(nones(count)+", nvidia.com/gpu: '8'")))()
	}
}

// nones are count resources with quantity zero.
func nones(count int) string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("example.com/x%d: '0'", i)
	}
	return strings.Join(names, ", ")
}

// crowd is a pod of count containers. The last asks for gpusOfLast GPUs, the others for none.
func crowd(count int, gpusOfLast string) func() string {
	return spec("containers: " + each("c", strings.Repeat("0 ", count-1)+gpusOfLast, ""))
}

func twice(first, second string) func() string {
	return func() string {
		return `{"metadata":{"name":"try"},"spec":{"containers":[{"name":"main","image":"cuda:12","resources":{"limits":{"nvidia.com/gpu":"` +
			first + `","nvidia.com/gpu":"` + second + `"}}}]}}`
	}
}

// large is a pod with 1.25 MB of "<", each of which takes six bytes in a review.
func large(gpus string) func() string {
	return func() string {
		return `{"metadata":{"name":"try"},"spec":{"containers":[{"name":"main","image":"cuda:12","args":["` + strings.Repeat("<", 1250000) +
			`"],"resources":{"limits":{"nvidia.com/gpu":"` + gpus + `"}}}]}}`
	}
}

// -- Changes of a pod that exists

var dry = metav1.UpdateOptions{DryRun: []string{metav1.DryRunAll}}

func pods(pod *corev1.Pod) (client interface {
	Update(context.Context, *corev1.Pod, metav1.UpdateOptions) (*corev1.Pod, error)
	UpdateResize(context.Context, string, *corev1.Pod, metav1.UpdateOptions) (*corev1.Pod, error)
	UpdateEphemeralContainers(context.Context, string, *corev1.Pod, metav1.UpdateOptions) (*corev1.Pod, error)
}) {
	pod.ResourceVersion = "" // the scheduler may have changed the pod meanwhile
	return plane.Client.CoreV1().Pods(pod.Namespace)
}

func debugWith(environment []corev1.EnvVar, limits corev1.ResourceList) func(pod *corev1.Pod) (*corev1.Pod, error) {
	return func(pod *corev1.Pod) (*corev1.Pod, error) {
		pod.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{
			Name: "debug", Image: "cuda:12", Env: environment, Resources: corev1.ResourceRequirements{Limits: limits}}}}
		return pods(pod).UpdateEphemeralContainers(context.Background(), pod.Name, pod, dry)
	}
}

func devicesAre(value string) []corev1.EnvVar { return []corev1.EnvVar{{Name: devices, Value: value}} }

var oneGPU = corev1.ResourceList{gpu: resource.MustParse("1")}

func giveGPU(pod *corev1.Pod) (*corev1.Pod, error) {
	pod.Spec.Containers[0].Resources = corev1.ResourceRequirements{Limits: oneGPU, Requests: oneGPU}
	return pods(pod).Update(context.Background(), pod, dry)
}

func resizeToGPU(pod *corev1.Pod) (*corev1.Pod, error) {
	pod.Spec.Containers[0].Resources = corev1.ResourceRequirements{Limits: oneGPU, Requests: oneGPU}
	return pods(pod).UpdateResize(context.Background(), pod.Name, pod, dry)
}

func openDevices(pod *corev1.Pod) (*corev1.Pod, error) {
	pod.Spec.Containers[0].Env = devicesAre("all")
	return pods(pod).Update(context.Background(), pod, dry)
}

func relabel(pod *corev1.Pod) (*corev1.Pod, error) {
	pod.Labels = map[string]string{"gpuslice.dev/class": "forged-later"}
	return pods(pod).Update(context.Background(), pod, dry)
}

// -- The table

var bypassTricks = []bypassTrick{
	{"Quantities", "one GPU", sliced, spec(ask("1")), nil},
	{"Quantities", "eight GPUs", denied, spec(ask("8")), nil},
	{"Quantities", "half a GPU", invalid, spec(ask("0.5")), nil},
	{"Quantities", "`1e3`", denied, spec(ask("1e3")), nil},
	{"Quantities", "`1k`", denied, spec(ask("1k")), nil},
	{"Quantities", "`1000m`, which is one", sliced, spec(ask("1000m")), nil},
	{"Quantities", "`9223372036854775807`, in two containers", denied, spec("containers: " + each("c", "9223372036854775807 9223372036854775807", "")), nil},
	{"Quantities", "a negative number", invalid, spec(ask("-1")), nil},
	{"Quantities", "a request without a limit", verdicts{"SSRR", "SSRR", "SSRR", "SSRR"}, spec(only("resources: {requests: {nvidia.com/gpu: 1}}")), nil},
	{"Quantities", "a limit of eight and a request of one", invalid, spec(only("resources: {limits: {nvidia.com/gpu: 8}, requests: {nvidia.com/gpu: 1}}")), nil},
	{"Quantities", "zero GPUs", sent, spec(ask("0")), nil},
	{"Quantities", "zero GPUs in one container, one in the other", verdicts{"SSaR", "SSRR", "SSaR", "SSRR"}, spec("containers: " + each("c", "0 1", "")), nil},
	{"Quantities", "the same key twice in JSON, zero and then eight", denied, twice("0", "8"), nil},
	{"Quantities", "the same key twice in JSON, eight and then zero", sent, twice("8", "0"), nil},
	{"Quantities", "GPUs for the whole pod (`spec.resources`)", invalid, spec("resources: {limits: {nvidia.com/gpu: 8}}, " + only("")), nil},

	{"Containers", "three that ask for one each", sliced, spec("containers: " + each("c", "1 1 1", "")), nil},
	{"Containers", "four that ask for one each", denied, spec("containers: " + each("c", "1 1 1 1", "")), nil},
	{"Containers", "an init container that asks for eight", denied, spec("initContainers: " + each("i", "8", "") + ", " + only("")), nil},
	{"Containers", "three init containers and three others, one each", sliced, spec("initContainers: " + each("i", "1 1 1", "") + ", containers: " + each("c", "1 1 1", "")), nil},
	{"Containers", "two native sidecars and two others, one each", denied, spec("initContainers: " + each("i", "1 1", ", restartPolicy: Always") + ", containers: " + each("c", "1 1", "")), nil},
	{"Containers", "two native sidecars, then an init container, one each", sliced, spec("initContainers: [" + strings.Trim(each("s", "1 1", ", restartPolicy: Always"), "[]") + ", " + strings.Trim(each("i", "1", ""), "[]") + "], " + only("")), nil},
	{"Containers", "300, the last of which asks for eight", denied, crowd(300, "8"), nil},
	{"Containers", "300 that ask for none", sent, crowd(300, "0"), nil},

	{"Resource names", "eight of a resource that SliceSettings name", denied, spec(only(limits("nvidia.com/a100: 8"))), nil},
	{"Resource names", "one of a resource that SliceSettings name", sliced, spec(only(limits("nvidia.com/a100: 1"))), nil},
	{"Resource names", "one that a pattern of SliceSettings matches", sliced, spec(only(limits("example.com/GRID_T4-1Q: 1"))), nil},
	{"Resource names", "one that the pattern does not match (`example.com/GRIDT4`)", foreign, spec(only(limits("example.com/GRIDT4: 1"))), nil},
	{"Resource names", "one under `nvidia.com/` that is not listed", verdicts{"dddd", "ddRR", "dddR", "ddRR"}, spec(only(limits("nvidia.com/v100: 1"))), nil},
	{"Resource names", "a misspelt one (`nvidia.com/gpus`)", verdicts{"dddd", "ddRR", "dddR", "ddRR"}, spec(only(limits("nvidia.com/gpus: 8"))), nil},
	{"Resource names", "one in capitals (`NVIDIA.com/gpu`)", invalid, spec(only(limits("NVIDIA.com/gpu: 1"))), nil},
	{"Resource names", "another vendor's (`amd.com/gpu`)", foreign, spec(only(limits("amd.com/gpu: 1"))), nil},
	{"Resource names", "another vendor's alongside a GPU", verdicts{"ddaR", "ddRR", "ddaR", "ddRR"}, spec(only(limits("amd.com/gpu: 1, nvidia.com/gpu: 1"))), nil},
	{"Resource names", "a MIG slice that its class does not have", denied, spec(only(limits("nvidia.com/mig-1g.5gb: 1"))), nil},
	{"Resource names", "shared GPUs that its class does not have", denied, spec(only(limits("nvidia.com/gpu.shared: 8"))), nil},
	{"Resource names", "a GPU and a MIG slice in one container", denied, spec(only(limits("nvidia.com/gpu: 1, nvidia.com/mig-1g.5gb: 1"))), nil},
	{"Resource names", "a GPU and a MIG slice in two containers", denied, spec("containers: [" + containerText("a", gpus("1")) + ", " + containerText("b", limits("nvidia.com/mig-1g.5gb: 1")) + "]"), nil},
	{"Resource names", "20,000 others alongside eight GPUs", denied, lots(20000), nil},

	{"Labels and annotations", "the opt-out label, eight GPUs", left, podText(optOut, ask("8")), nil},
	{"Labels and annotations", "the opt-out label, one GPU", verdicts{"bbbb", "SSRR", "bbbb", "SSRR"}, podText(optOut, ask("1")), nil},
	{"Labels and annotations", "the opt-out label, no GPU, all devices visible", chooses, podText(optOut, only(variable(allGPUs))), nil},
	{"Labels and annotations", "the opt-out label, 101 resources with quantity zero", verdicts{"NNNN", "NRRR", "NRaR", "NRRR"}, podText(optOut, only(limits(nones(101)))), nil},
	{"Labels and annotations", "the opt-out label, one GPU, all devices visible", verdicts{"bbbb", "ggRR", "RRbR", "RRRR"}, podText(optOut, only(gpus("1")+", "+variable(allGPUs))), nil},
	{"Labels and annotations", "the opt-out label, a claim", verdicts{"eeee", "RRRR", "eeeR", "RRRR"}, podText(optOut, aClaim), nil},
	{"Labels and annotations", "the label of another class, eight GPUs", denied, podText(", labels: {gpuslice.dev/class: gpu-whole}", ask("8")), nil},
	{"Labels and annotations", "the label of another class, one GPU", sliced, podText(", labels: {gpuslice.dev/class: gpu-whole}", ask("1")), nil},
	{"Labels and annotations", "the label of a class, no GPU", sent, podText(", labels: {gpuslice.dev/class: gpu-whole}", only("")), nil},
	{"Labels and annotations", "a class that is allowed in plain namespaces only", verdicts{"SSaR", "SSRR", "RRaR", "RRRR"}, podText(annotated("gpuslice.dev/class: a100-1g5gb"), ask("1")), nil},
	{"Labels and annotations", "a class that is not allowed", denied, podText(annotated("gpuslice.dev/class: gpu-whole"), ask("1")), nil},
	{"Labels and annotations", "the class `none`", denied, podText(annotated("gpuslice.dev/class: none"), ask("8")), nil},
	{"Labels and annotations", "more memory than a class has", denied, podText(annotated("gpuslice.dev/memory: 1Ti"), ask("1")), nil},
	{"Labels and annotations", "a forged record, eight GPUs", denied, podText(record("t4-third"), ask("8")), nil},
	{"Labels and annotations", "a forged record, eight GPUs, placed on the pool", denied, podText(record("t4-third"), affinity(pinned("t4-thirds"))+ask("8")), nil},
	{"Labels and annotations", "a forged record of another class, one GPU", sliced, podText(record("gpu-whole"), ask("1")), nil},
	{"Labels and annotations", "a forged record, no GPU", sent, podText(record("t4-third"), only("")), nil},
	{"Labels and annotations", "NUL in an annotation, eight GPUs", denied, podText(annotated(`x: "\0"`), ask("8")), nil},
	{"Labels and annotations", "NUL in an annotation, one GPU", sliced, podText(annotated(`x: "\0"`), ask("1")), nil},

	{"Owners and nodes", "a DaemonSet as owner, eight GPUs", unmoved, podText(daemonSet, ask("8")), nil},
	{"Owners and nodes", "a DaemonSet as owner, no GPU, all devices visible", chooses, podText(daemonSet, only(variable(allGPUs))), nil},
	{"Owners and nodes", "a DaemonSet as owner, a GPU, all devices visible", verdicts{"cRaR", "RRRR", "RRaR", "RRRR"}, podText(daemonSet, only(gpus("1")+", "+variable(allGPUs))), nil},
	{"Owners and nodes", "a DaemonSet as owner, a claim", claims, podText(daemonSet, aClaim), nil},
	{"Owners and nodes", "a DaemonSet as owner, a GPU and a claim", verdicts{"eReR", "RRRR", "RReR", "RRRR"}, podText(daemonSet, bothClaims), nil},
	{"Owners and nodes", "a ReplicaSet as owner, eight GPUs", denied, podText(strings.Replace(daemonSet, "DaemonSet", "ReplicaSet", 1), ask("8")), nil},
	{"Owners and nodes", "`spec.nodeName`, eight GPUs", unmoved, spec(onNode + ask("8")), nil},
	{"Owners and nodes", "`spec.nodeName`, one GPU, placed on the pool", unmoved, spec(onNode + affinity(pinned("t4-thirds")) + ask("1")), nil},
	{"Owners and nodes", "`spec.nodeName`, a GPU and a claim", verdicts{"eReR", "RRRR", "RReR", "RRRR"}, spec(onNode + bothClaims), nil},
	{"Owners and nodes", "`spec.nodeName`, no GPU, all devices visible", chooses, spec(onNode + only(variable(allGPUs))), nil},
	{"Owners and nodes", "the annotation of a mirror pod, eight GPUs", unmoved, podText(annotated("kubernetes.io/config.mirror: x"), onNode+ask("8")), nil},
	{"Owners and nodes", "another scheduler", sliced, spec("schedulerName: mine, " + ask("1")), nil},
	{"Owners and nodes", "a scheduling gate", sliced, spec("schedulingGates: [{name: example.com/later}], " + ask("1")), nil},

	{"Placement", "on the pool, one GPU", verdicts{"SSSS", "SSRR", "SSSS", "SSRR"}, spec(affinity(pinned("t4-thirds")) + ask("1")), nil},
	{"Placement", "on the pool, eight GPUs", denied, spec(affinity(pinned("t4-thirds")) + ask("8")), nil},
	{"Placement", "on the pool, four containers", denied, spec(affinity(pinned("t4-thirds")) + "containers: " + each("c", "1 1 1 1", "")), nil},
	{"Placement", "on the pool, or anywhere else", sliced, spec(affinity(pinned("t4-thirds")+", "+anyTerm) + ask("1")), nil},
	{"Placement", "on the pool or another class's", denied, spec(affinity(pinned("t4-thirds, l4-whole")+", "+pinned("l4-whole")) + ask("8")), nil},
	{"Placement", "on another class's pool", denied, spec(affinity(pinned("l4-whole")) + ask("1")), nil},
	{"Placement", "another class's pool in the nodeSelector", denied, spec("nodeSelector: {gpuslice.dev/pool: l4-whole}, " + ask("1")), nil},
	{"Placement", "not on the pool (`NotIn`)", denied, spec(affinity("{matchExpressions: [{key: gpuslice.dev/pool, operator: NotIn, values: [t4-thirds]}]}") + ask("1")), nil},
	{"Placement", "on any pool (`Exists`)", sliced, spec(affinity("{matchExpressions: [{key: gpuslice.dev/pool, operator: Exists}]}") + ask("1")), nil},
	{"Placement", "on one node (`matchFields`)", sliced, spec(affinity("{matchFields: [{key: metadata.name, operator: In, values: [node-1]}]}") + ask("1")), nil},

	{"Claims", "a resource claim", claims, spec(aClaim), nil},
	{"Claims", "an extended resource that a DeviceClass serves", claims, spec(only(limits("deviceclass.resource.kubernetes.io/gpu.example.com: 1"))), nil},
	{"Claims", "a GPU and an extended resource of DRA in one container", verdicts{"RReR", "RRRR", "RReR", "RRRR"}, spec(only(limits("nvidia.com/gpu: 1, deviceclass.resource.kubernetes.io/gpu.example.com: 1"))), nil},

	{"Visible devices", "no GPU, variable not set", unsent, spec(only("")), nil},
	{"Visible devices", "no GPU, all devices", chooses, spec(only(variable(allGPUs))), nil},
	{"Visible devices", "no GPU, void and then all", chooses, spec(only(variable(noGPUs + ", " + allGPUs))), nil},
	{"Visible devices", "no GPU, variable set by `valueFrom`", chooses, spec(only(variable("{name: NVIDIA_VISIBLE_DEVICES, valueFrom: {configMapKeyRef: {name: m, key: k, optional: true}}}"))), nil},
	{"Visible devices", "no GPU, variable set by `envFrom`", chooses, spec(only(fromMap)), nil},
	{"Visible devices", "no GPU, in an init container", chooses, spec("initContainers: [" + containerText("first", variable(allGPUs)) + "], " + only("")), nil},
	{"Visible devices", "one GPU, all devices", verdicts{"ggaR", "ggRR", "RRaR", "RRRR"}, spec(only(gpus("1") + ", " + variable(allGPUs))), nil},
	{"Visible devices", "one GPU, all devices, placed on the pool", verdicts{"gggg", "ggRR", "RRaR", "RRRR"}, spec(affinity(pinned("t4-thirds")) + only(gpus("1")+", "+variable(allGPUs))), nil},
	{"Visible devices", "one GPU, variable set by `envFrom`", verdicts{"ggaR", "ggRR", "ffaR", "ffRR"}, spec(only(gpus("1") + ", " + fromMap)), nil},
	{"Visible devices", "all devices in a container next to one with a GPU", verdicts{"ggaR", "ggRR", "SSaR", "SSRR"}, spec("containers: [" + containerText("main", gpus("1")) + ", " + containerText("beside", variable(allGPUs)) + "]"), nil},

	{"The host", "the host's `/dev`", hostward, spec(mounted("/dev", "/dev")), nil},
	{"The host", "a mount below `/var/run/nvidia-container-devices`", hostward, spec(mounted("/var/run/nvidia-container-devices/all", "/dev/null")), nil},
	{"The host", "a privileged container", hostward, spec(only("securityContext: {privileged: true}")), nil},

	{"A running pod", "an added container, variable not set", verdicts{"NNNN", "NNNN", "iRiR", "iRiR"}, nil, debugWith(nil, nil)},
	{"A running pod", "an added container, variable set to void", verdicts{"NNNN", "NNNN", "NNNN", "NNNN"}, nil, debugWith(devicesAre("void"), nil)},
	{"A running pod", "an added container, all devices", added, nil, debugWith(devicesAre("all"), nil)},
	{"A running pod", "an added container with a GPU", invalid, nil, debugWith(nil, oneGPU)},
	{"A running pod", "a GPU by UPDATE", invalid, nil, giveGPU},
	{"A running pod", "a GPU by resize", invalid, nil, resizeToGPU},
	{"A running pod", "all devices by UPDATE", invalid, nil, openDevices},
	{"A running pod", "the label of another class by UPDATE", anywhere, nil, relabel},

	{"Size", "1.25 MB of `<` alongside eight GPUs", denied, large("8"), nil},
	{"Size", "1.25 MB of `<` alongside one GPU", sliced, large("1"), nil},
}
