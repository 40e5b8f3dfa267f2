package laws

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// mend removes or replaces what the API server's validation is likely to refuse. Free text stays: arguments, and the
// values of annotations and variables. So do the managedFields of the pod.
func mend(pod *corev1.Pod) {
	meta, spec := &pod.ObjectMeta, &pod.Spec
	meta.Name, meta.GenerateName, meta.Finalizers = "mended", "", nil
	mendWords(meta.Labels, true)
	mendWords(meta.Annotations, false)
	for i := range meta.OwnerReferences {
		owner := &meta.OwnerReferences[i]
		*owner = metav1.OwnerReference{APIVersion: "apps/v1", Kind: "DaemonSet", Name: "owner", UID: "2496e49d", Controller: owner.Controller}
		if i > 0 {
			owner.Controller = nil
		}
	}
	spec.ResourceClaims, spec.EphemeralContainers, spec.Resources = nil, nil, nil
	spec.RuntimeClassName, spec.Priority = nil, nil
	if spec.NodeName != "" {
		spec.NodeName = "node-1"
	}
	mendWords(spec.NodeSelector, true)
	mendContainers(spec.InitContainers, "init", false)
	mendContainers(spec.Containers, "main", true)
	mendAffinity(spec.Affinity)
	spec.Tolerations = slices.DeleteFunc(spec.Tolerations, func(toleration corev1.Toleration) bool {
		sound := toleration.Operator == corev1.TolerationOpExists && toleration.Value == "" || toleration.Operator == corev1.TolerationOpEqual && toleration.Key != ""
		return !sound || toleration.Effect == "Other" || toleration.TolerationSeconds != nil && toleration.Effect != corev1.TaintEffectNoExecute ||
			toleration.Key != "" && len(validation.IsQualifiedName(toleration.Key)) > 0 || len(validation.IsValidLabelValue(toleration.Value)) > 0
	})
	for i := range spec.Volumes {
		spec.Volumes[i].Name = fmt.Sprintf("volume-%d", i)
		template := spec.Volumes[i].Ephemeral.VolumeClaimTemplate
		mendWords(template.Labels, true)
		template.ManagedFields = nil
		template.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
		template.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	}
}

func mendWords(words map[string]string, labels bool) {
	maps.DeleteFunc(words, func(key, value string) bool {
		return len(validation.IsQualifiedName(strings.ToLower(key))) > 0 || labels && len(validation.IsValidLabelValue(value)) > 0 ||
			key == "kubernetes.io/config.mirror"
	})
}

func mendContainers(containers []corev1.Container, name string, main bool) {
	for i := range containers {
		container := &containers[i]
		container.Image = "cuda:12"
		if i > 0 || len(validation.IsDNS1123Label(container.Name)) > 0 {
			container.Name = fmt.Sprintf("%s-%d", name, i)
		}
		if main || container.RestartPolicy != nil && *container.RestartPolicy != corev1.ContainerRestartPolicyAlways {
			container.RestartPolicy = nil
		}
		container.Env = slices.DeleteFunc(container.Env, func(variable corev1.EnvVar) bool {
			return len(validation.IsEnvVarName(variable.Name)) > 0 || variable.ValueFrom != nil
		})
		limits := container.Resources.Limits
		maps.DeleteFunc(limits, func(name corev1.ResourceName, quantity resource.Quantity) bool {
			return len(validation.IsQualifiedName(string(name))) > 0 || quantity.Sign() < 0 || quantity.MilliValue()%1000 != 0 ||
				!strings.Contains(string(name), "/")
		})
		container.Resources = corev1.ResourceRequirements{Limits: limits, Requests: limits.DeepCopy()}
	}
}

func mendAffinity(affinity *corev1.Affinity) {
	if affinity == nil || affinity.NodeAffinity == nil {
		return
	}
	node := affinity.NodeAffinity
	for i := range node.PreferredDuringSchedulingIgnoredDuringExecution {
		term := &node.PreferredDuringSchedulingIgnoredDuringExecution[i]
		term.Weight = max(1, term.Weight)
		mendTerm(&term.Preference)
	}
	if required := node.RequiredDuringSchedulingIgnoredDuringExecution; required != nil {
		for i := range required.NodeSelectorTerms {
			mendTerm(&required.NodeSelectorTerms[i])
		}
		if len(required.NodeSelectorTerms) == 0 {
			node.RequiredDuringSchedulingIgnoredDuringExecution = nil
		}
	}
}

func mendTerm(term *corev1.NodeSelectorTerm) {
	term.MatchFields = nil
	term.MatchExpressions = slices.DeleteFunc(term.MatchExpressions, func(expression corev1.NodeSelectorRequirement) bool {
		values := len(expression.Values)
		counts := map[corev1.NodeSelectorOperator]bool{"In": values > 0, "NotIn": values > 0, "Exists": values == 0, "DoesNotExist": values == 0}
		return !counts[expression.Operator] || len(validation.IsQualifiedName(expression.Key)) > 0 ||
			slices.ContainsFunc(expression.Values, func(value string) bool { return len(validation.IsValidLabelValue(value)) > 0 })
	})
}
