// Package laws makes pods that no user would write, many of which the API server would accept, and the reviews that it
// would send about them.
package laws

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1defaults "k8s.io/kubernetes/pkg/apis/core/v1"
)

// Rare is the usual second argument of Pod(): one pod in a hundred has a part that may be as large or as deep as the
// API server accepts.
const Rare = 100

// Count returns the number of pods that a test tries: GPUSLICE_LAWS_PODS if it is set, and the argument if not.
func Count(t testing.TB, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv("GPUSLICE_LAWS_PODS")
	if text == "" {
		return otherwise
	}
	count, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return count
}

// The seed is fixed, so that a number always gives the same pod.
const seed = 0x677075736c696365

// maker makes the parts of one pod.
type maker struct {
	*rand.Rand
}

// Pod is the pod with this number, the same in every run. One in rare has a part that may be as large or as deep as the
// API server accepts.
func Pod(number uint64, rare int) *corev1.Pod {
	m := maker{rand.New(rand.NewPCG(seed, number))}
	pod := &corev1.Pod{TypeMeta: metav1.TypeMeta{Kind: "Pod", APIVersion: "v1"}, ObjectMeta: m.meta(), Spec: m.spec()}
	if m.IntN(rare) == 0 {
		grow := growths[m.IntN(len(growths))]
		grow(m, pod)
	}
	if m.chance(50) {
		mend(pod)
	}
	if m.chance(60) {
		corev1defaults.SetObjectDefaults_Pod(pod) // as the API server's decoder does
	}
	return pod
}

func (m maker) chance(percent int) bool { return m.IntN(100) < percent }

func pick[T any](m maker, from []T) T { return from[m.IntN(len(from))] }

// some returns nil, or a list of at most `most` items. Short lists are more frequent than long ones.
func some[T any](m maker, most int, make func() T) []T {
	if m.chance(40) {
		return nil
	}
	list := []T{}
	for range m.IntN(m.IntN(most+1) + 1) {
		list = append(list, make())
	}
	return list
}

func maybe[T any](m maker, percent int, make func() T) (none T) {
	if m.chance(percent) {
		return make()
	}
	return none
}

func pointer[T any](value T) *T { return &value }

// Texts that a JSON encoder or a C program could handle wrongly.
var pieces = []string{
	"a", "main", "x-1", "\x00", "\x00\x00", "\ufffd", "<>&", "</script>", "\u2028\u2029", "\xff", "\xed\xa0\x80", "\xc0\x80",
	"\"", "\\", "\\u0000", "\\/", "/", "~", "~1", "\n", "\r\n", "\t", "\b\f", "\x1f", "\x7f", "\u0085", "é", "日本", "😀", "\U0010ffff",
	" ", "", "null", "true", "0", "{}", "[]", "{\"a\":", "%s%n", "${HOME}", "nvidia.com/gpu", "gpuslice.dev/class", "$(A)",
}

func (m maker) text() string {
	var text strings.Builder
	for range m.IntN(4) {
		text.WriteString(pick(m, pieces))
	}
	return text.String()
}

// name is usually one that the API server would accept.
func (m maker) name() string {
	if m.chance(10) {
		return m.text()
	}
	return pick(m, []string{"a", "b", "main", "istio-proxy", "sidecar", "init", "a", "", "vllm-6db5b5d75c-x"})
}

func (m maker) key() string {
	if m.chance(10) {
		return m.text()
	}
	return pick(m, []string{
		"app", "gpuslice.dev/class", "gpuslice.dev/inject", "gpuslice.dev/memory", "gpuslice.dev/containers",
		"gpuslice.dev/applied", "gpuslice.dev/pool", "gpuslice.dev/unknown", "kubectl.kubernetes.io/default-container",
		"kubernetes.io/config.mirror", "kubernetes.io/limit-ranger", "nvidia.com/gpu", "nvidia.com/gpu.product",
		"karpenter.sh/nodepool", "kubernetes.io/arch", "topology.kubernetes.io/zone", "gpuslice.dev/class\x00", "zone",
	})
}

func (m maker) value() string {
	if m.chance(30) {
		return m.text()
	}
	return pick(m, []string{
		"", "enabled", "disabled", "required", "all", "none", "t4-third", "a100-1g5gb", "gpu-whole", "l4-quarter", "rich",
		"8Gi", "4Gi", "500Gi", "-1", "16", "1e3", "main", "a,b", "main,main", ",", "t4-thirds", "a100-7x1g5gb", "5", "007",
		`{"class":"t4-third","policy":"ml-teams","revision":"0123456789ab","containers":["main"]}`,
		`{"class":"t4-third","policy":"ml-teams","revision":"0123456789ab","containers":["a","main"],"was":{"main":{"nvidia.com/gpu":"1"}}}`,
		`{"class":"t4-third","policy":"\u0000","revision":"0123456789ab","containers":["\u0000"]}`,
		`{"class":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}", `{"class":`, "[]", "null",
	})
}

func (m maker) words(most int) map[string]string {
	if m.chance(40) {
		return nil
	}
	words := map[string]string{}
	for range m.IntN(most + 1) {
		words[m.key()] = m.value()
	}
	return words
}

func (m maker) meta() metav1.ObjectMeta {
	meta := metav1.ObjectMeta{Name: m.name(), Labels: m.words(5), Annotations: m.words(6)}
	if m.chance(30) {
		meta.Name, meta.GenerateName = "", m.name()+"-"
	}
	meta.Finalizers = some(m, 2, m.text)
	meta.OwnerReferences = some(m, 3, func() metav1.OwnerReference {
		return metav1.OwnerReference{
			APIVersion: pick(m, []string{"apps/v1", "batch/v1", "", "v1"}), Kind: pick(m, []string{"DaemonSet", "ReplicaSet", "Node", "Job", "", m.text()}),
			Name: m.name(), Controller: pick(m, []*bool{nil, pointer(true), pointer(true), pointer(false)}),
		}
	})
	if m.chance(30) {
		meta.ManagedFields = some(m, 4, func() metav1.ManagedFieldsEntry { return m.managed(m.IntN(300)) })
	}
	return meta
}

// managed is an entry whose raw JSON is nested about `levels` deep.
func (m maker) managed(levels int) metav1.ManagedFieldsEntry {
	inner := pick(m, []string{"{}", "[]", "1", "-0.0", `"\u0000"`, `"\ud800"`, "\"\xff\"", `{"nvidia.com\/gpu":1}`,
		strings.Repeat("1234567890", 30), "null", `{"managedFields":[{"a":1}],"object":{"uid":""}}`})
	nest := pick(m, []struct {
		opening, closing string
		levels           int
	}{{`{"f:a":`, "}", 1}, {"[", "]", 1}, {`[{"managedFields":`, "}]", 2}})
	raw := strings.Repeat(nest.opening, levels/nest.levels) + inner + strings.Repeat(nest.closing, levels/nest.levels)
	return metav1.ManagedFieldsEntry{Manager: m.text(), Operation: "Update", FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(raw)}
}

func (m maker) spec() corev1.PodSpec {
	spec := corev1.PodSpec{
		Containers:     some(m, 5, m.container),
		InitContainers: maybe(m, 40, func() []corev1.Container { return some(m, 4, m.initContainer) }),
		NodeSelector:   m.words(3),
		Affinity:       maybe(m, 50, m.affinity),
		Tolerations:    some(m, 4, m.toleration),
		NodeName:       maybe(m, 8, m.name),
		ResourceClaims: maybe(m, 10, func() []corev1.PodResourceClaim {
			return some(m, 3, func() corev1.PodResourceClaim { return corev1.PodResourceClaim{Name: m.name()} })
		}),
		RuntimeClassName: maybe(m, 15, func() *string { return pointer(pick(m, []string{"nvidia", "", "kata", m.text()})) }),
		Volumes:          maybe(m, 20, func() []corev1.Volume { return some(m, 3, m.volume) }),
		Priority:         maybe(m, 20, func() *int32 { return pointer(m.Int32() - 1<<30) }),
	}
	if len(spec.Containers) == 0 && m.chance(80) {
		spec.Containers = []corev1.Container{m.container()}
	}
	if m.chance(5) {
		spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon(m.container())}}
	}
	if m.chance(5) {
		spec.Resources = pointer(m.resources())
	}
	return spec
}

func (m maker) volume() corev1.Volume {
	template := &corev1.PersistentVolumeClaimTemplate{ObjectMeta: m.plainMeta()}
	return corev1.Volume{Name: m.name(), VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{VolumeClaimTemplate: template}}}
}

// plainMeta has managedFields that the author writes and no field manager reads.
func (m maker) plainMeta() metav1.ObjectMeta {
	return metav1.ObjectMeta{ManagedFields: []metav1.ManagedFieldsEntry{m.managed(m.IntN(200))}, Labels: m.words(2)}
}

func (m maker) container() corev1.Container {
	return corev1.Container{
		Name: m.name(), Image: m.text(), Args: some(m, 3, m.text), Env: some(m, 4, m.variable), Resources: m.resources(),
	}
}

func (m maker) initContainer() corev1.Container {
	container := m.container()
	if m.chance(50) {
		container.RestartPolicy = pointer(pick(m, []corev1.ContainerRestartPolicy{corev1.ContainerRestartPolicyAlways, "", "Never", "\x00"}))
	}
	return container
}

func (m maker) variable() corev1.EnvVar {
	variable := corev1.EnvVar{Name: pick(m, []string{"NVIDIA_VISIBLE_DEVICES", "A", "", "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", m.text()}),
		Value: pick(m, []string{"", "void", "all", "25", m.text()})}
	if m.chance(15) {
		variable.ValueFrom = &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: m.text()}}
	}
	return variable
}

var (
	resources = []corev1.ResourceName{
		"nvidia.com/gpu", "nvidia.com/gpu", "nvidia.com/gpu", "nvidia.com/gpu.shared", "nvidia.com/mig-1g.5gb", "nvidia.com/mig-1g.10gb",
		"nvidia.com/mig-1g.5gb.shared", "nvidia.com/mig-", "nvidia.com/mig-\x00", "nvidia.com/mig-~/\u2028", "nvidia.com/GPU", "nvidia.com/gpu\x00", "nvidia.com/a100",
		"nvidia.com/gpumem", "amd.com/gpu", "deviceclass.resource.kubernetes.io/gpu", "cpu", "memory", "hugepages-2Mi", "", "\ufffd",
	}
	quantities = []string{
		"1", "1", "1", "1", "0", "2", "7", "100", "-1", "+1", "1.0", "0.5", "1.5", "1000m", "500m", "1e0", "1E0", "1e3", "2k", "1Ki", "1n", "0.000000001",
		"9223372036854775807", "9223372036854775808", "100000000000000000000000", "1e18", "1e100", "-0", ".5", "1.", "1Ei", "123456789012345678.9",
	}
)

func (m maker) resources() corev1.ResourceRequirements {
	requirements := corev1.ResourceRequirements{Limits: m.quantities(), Requests: m.quantities()}
	if m.chance(60) { // as users usually write them
		requirements.Requests = requirements.Limits.DeepCopy()
	}
	if m.chance(5) {
		requirements.Claims = some(m, 2, func() corev1.ResourceClaim { return corev1.ResourceClaim{Name: m.name()} })
	}
	return requirements
}

func (m maker) quantities() corev1.ResourceList {
	if m.chance(25) {
		return nil
	}
	list := corev1.ResourceList{}
	for range m.IntN(3) {
		if quantity, err := resource.ParseQuantity(pick(m, quantities)); err == nil {
			list[pick(m, resources)] = quantity
		}
	}
	return list
}

func (m maker) affinity() *corev1.Affinity {
	affinity := &corev1.Affinity{}
	if m.chance(80) {
		affinity.NodeAffinity = &corev1.NodeAffinity{PreferredDuringSchedulingIgnoredDuringExecution: some(m, 3, func() corev1.PreferredSchedulingTerm {
			return corev1.PreferredSchedulingTerm{Weight: m.Int32N(101), Preference: m.term()}
		})}
		if m.chance(80) {
			affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{NodeSelectorTerms: some(m, 4, m.term)}
		}
	}
	return affinity
}

func (m maker) term() corev1.NodeSelectorTerm {
	return corev1.NodeSelectorTerm{MatchExpressions: some(m, 4, m.expression), MatchFields: maybe(m, 10, func() []corev1.NodeSelectorRequirement {
		return some(m, 2, m.expression)
	})}
}

func (m maker) expression() corev1.NodeSelectorRequirement {
	return corev1.NodeSelectorRequirement{Key: m.key(), Operator: pick(m, []corev1.NodeSelectorOperator{"In", "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "", "Newer"}),
		Values: some(m, 3, m.value)}
}

func (m maker) toleration() corev1.Toleration {
	return corev1.Toleration{Key: pick(m, []string{"nvidia.com/gpu", "gpuslice.dev/pool", "", m.text()}), Operator: pick(m, []corev1.TolerationOperator{"", "Equal", "Exists", "Lt", "Gt", "\x00"}),
		Value: pick(m, []string{"", "true", "t4-thirds", m.text()}), Effect: pick(m, []corev1.TaintEffect{"", "NoSchedule", "NoExecute", "PreferNoSchedule", "Other"}),
		TolerationSeconds: pick(m, []*int64{nil, nil, pointer(int64(300)), pointer(int64(-1)), pointer(m.Int64())})}
}

// Large is the size of the largest pods in bytes: etcd accepts requests of up to 1.5 MiB.
const Large = 3 << 19

// Ways to make a pod large or deep. The largest pods are about as large as the API server accepts.
var growths = []func(maker, *corev1.Pod){
	func(m maker, pod *corev1.Pod) { // one text, each byte of which may take six in a review
		pod.Annotations = map[string]string{"x": strings.Repeat(pick(m, pieces), 1+m.IntN(Large/4))}
		if len(pod.Annotations["x"]) > Large {
			pod.Annotations["x"] = pod.Annotations["x"][:Large]
		}
	},
	func(m maker, pod *corev1.Pod) {
		container := m.container()
		container.Args = []string{strings.Repeat(pick(m, []string{"<", "\x00", "a", "/", "\"", "\ufffd"}), 1+m.IntN(Large))}
		pod.Spec.Containers = append(pod.Spec.Containers, container)
	},
	func(m maker, pod *corev1.Pod) {
		pod.Labels = many(1+m.IntN(16000), func(i int) string { return fmt.Sprintf("k%d%s", i, pick(m, pieces)) })
	},
	func(m maker, pod *corev1.Pod) {
		pod.Spec.NodeSelector = many(1+m.IntN(16000), func(i int) string { return fmt.Sprintf("%s%d", pick(m, pieces), i) })
	},
	func(m maker, pod *corev1.Pod) {
		container := m.container()
		container.Resources.Limits = corev1.ResourceList{}
		for i := range 1 + m.IntN(16000) {
			container.Resources.Limits[corev1.ResourceName(fmt.Sprintf("nvidia.com/mig-%d", i))] = resource.MustParse("1")
		}
		pod.Spec.Containers = append(pod.Spec.Containers, container)
	},
	func(m maker, pod *corev1.Pod) {
		pod.Spec.Containers = repeat(1+m.IntN(16000), func(i int) corev1.Container { return corev1.Container{Name: pick(m, []string{"", "a", fmt.Sprint(i)})} })
	},
	func(m maker, pod *corev1.Pod) {
		container := m.container()
		container.Env = repeat(1+m.IntN(16000), func(int) corev1.EnvVar { return m.variable() })
		pod.Spec.Containers = append(pod.Spec.Containers, container)
	},
	func(m maker, pod *corev1.Pod) {
		pod.Spec.Tolerations = repeat(1+m.IntN(16000), func(int) corev1.Toleration { return m.toleration() })
	},
	func(m maker, pod *corev1.Pod) {
		pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: repeat(1+m.IntN(8000), func(int) corev1.NodeSelectorTerm { return m.term() })}}}
	},
	func(m maker, pod *corev1.Pod) {
		pod.ManagedFields = append(pod.ManagedFields, m.managed(9000+m.IntN(900)))
	},
	func(m maker, pod *corev1.Pod) {
		volume := m.volume()
		volume.Ephemeral.VolumeClaimTemplate.ManagedFields = append(volume.Ephemeral.VolumeClaimTemplate.ManagedFields, m.managed(9000+m.IntN(900)))
		pod.Spec.Volumes = append(pod.Spec.Volumes, volume)
	},
	func(m maker, pod *corev1.Pod) {
		pod.Spec.Volumes = repeat(1+m.IntN(1500), func(int) corev1.Volume { return m.volume() })
	},
}

func many(count int, key func(int) string) map[string]string {
	words := make(map[string]string, count)
	for i := range count {
		words[key(i)] = "v"
	}
	return words
}

func repeat[T any](count int, make func(int) T) []T {
	list := []T{}
	for i := range count {
		list = append(list, make(i))
	}
	return list
}
