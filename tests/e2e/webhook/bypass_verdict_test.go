package webhook

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// The known limits by letter. docs/policies.md has the same sentences.
var bypassLimits = map[string]string{
	"a": "While the webhook is down, pods of an `enabled` namespace are admitted unchanged. If the guard policy is installed, it refuses those that ask for a GPU and, in guarded namespaces, every pod that gpuslice has not seen.",
	"b": "In an `enabled` namespace a pod with the label `gpuslice.dev/inject: disabled` keeps its GPU request, even with the guard policy; `required` namespaces do not honour the label.",
	"c": "In an `enabled` namespace without the guard policy, a pod with `spec.nodeName`, or with a DaemonSet as its owner, keeps its GPU request. Authors can forge both.",
	"d": "gpuslice counts a resource name as a GPU only if it is `nvidia.com/gpu`, the name of a slice, or in the policies' SliceSettings. By any other name a pod gets what a device plugin offers under that name, unless `otherAccelerators: deny` refuses the pod.",
	"e": "Dynamic resource allocation gives a pod devices that no class chose if the policy keeps claims, if the pod has opted out in an `enabled` namespace, or if the webhook is down and the guard policy is not installed.",
	"f": "A container with a slice can take `NVIDIA_VISIBLE_DEVICES` from a ConfigMap or Secret through `envFrom`: neither the webhook nor the guard policy reads those.",
	"g": "If the policy does not guard visible devices, containers and images may set `NVIDIA_VISIBLE_DEVICES`, and see every GPU of their node.",
	"h": "A `hostPath` volume, a mount below `/var/run/nvidia-container-devices` and a privileged container reach GPUs whatever the value of `NVIDIA_VISIBLE_DEVICES`. Pod Security admission and the settings of NVIDIA's container toolkit prevent that.",
	"i": "No webhook of gpuslice sees containers that are added to a running pod. Only the guard policy requires `NVIDIA_VISIBLE_DEVICES=void` of them.",
	"j": "Whoever may update a pod can change its labels and annotations, so they prove nothing about its slice.",
}

// For each GPU resource, the pools of the class that gives it to pods of these namespaces.
var bypassPools = map[corev1.ResourceName][]string{gpu: {"t4-thirds"}, mig1g5gb: {"a100-7x1g5gb"}}

const bypassPerPod = 3

// judgePassage returns the letter for what became of a pod, and a text that explains it.
func judgePassage(pod *corev1.Pod, err error, space *bypassSpace, state bypassState) (letter, seen string) {
	refused := apierrors.IsForbidden(err) || apierrors.IsInvalid(err) || apierrors.IsBadRequest(err)
	switch {
	case refused, !state.up && err != nil && strings.Contains(err.Error(), "failed calling webhook"):
		return "R", err.Error()
	case err != nil:
		return "?", err.Error()
	}
	letter = passage{pod, space, state}.letter()
	return letter, fmt.Sprintf("passes, holding %q", holders(pod))
}

type passage struct {
	pod   *corev1.Pod
	space *bypassSpace
	state bypassState
}

func (p passage) letter() string {
	switch pod := p.pod; {
	case pod.Labels["gpuslice.dev/class"] == "forged-later":
		return "j"
	case len(pod.Spec.EphemeralContainers) > 0:
		return p.added()
	case p.reachesHost():
		return "h"
	case p.usesClaims():
		return "e"
	case p.asksGPU():
		return p.withGPU()
	case p.asksForeign():
		return "d"
	case p.space.guarded && !slices.ContainsFunc(p.containers(), func(c corev1.Container) bool { return !seesNone(c) }):
		return "N"
	case p.space.guarded:
		return p.away("?open")
	case slices.ContainsFunc(p.containers(), opens):
		return "g"
	}
	return "N"
}

// added judges ephemeral containers.
func (p passage) added() string {
	for _, added := range p.pod.Spec.EphemeralContainers {
		container := corev1.Container(added.EphemeralContainerCommon)
		if p.space.guarded && !seesNone(container) {
			return "i"
		}
		if !p.space.guarded && opens(container) {
			return "g"
		}
	}
	return "N"
}

func (p passage) withGPU() string {
	switch {
	case p.pod.Labels["gpuslice.dev/inject"] == "disabled" && p.space.enabled:
		return "b"
	case !p.placed() || !p.counted():
		if len(p.pod.OwnerReferences) > 0 || p.pod.Spec.NodeName != "" {
			return p.away("c")
		}
		return p.away("?unsliced")
	case p.asksForeign():
		return "d"
	}
	for _, container := range p.containers() {
		switch {
		case !asksGPU(container) && p.space.guarded && !seesNone(container):
			return p.away("?open")
		case asksGPU(container) && p.space.guarded && setsDevices(container):
			return p.away("?chooses")
		case p.space.guarded && len(container.EnvFrom) > 0:
			return "f"
		case !p.space.guarded && opens(container):
			return "g"
		}
	}
	return "S"
}

// away returns "a" for an `enabled` namespace while the webhook is down and the guard is not installed. In all other
// cases it returns its argument.
func (p passage) away(otherwise string) string {
	if !p.state.up && !p.state.guard && p.space.enabled {
		return "a"
	}
	return otherwise
}

func (p passage) containers() []corev1.Container {
	return slices.Concat(p.pod.Spec.InitContainers, p.pod.Spec.Containers)
}

func knownGPU(name corev1.ResourceName) bool {
	return name == gpu || name == "nvidia.com/gpu.shared" || name == "nvidia.com/a100" || strings.HasPrefix(string(name), "nvidia.com/mig-") ||
		strings.HasPrefix(string(name), "example.com/GRID_")
}

func (p passage) asks(known func(corev1.ResourceName) bool) bool {
	for _, container := range p.containers() {
		for name, quantity := range container.Resources.Limits {
			if known(name) && !quantity.IsZero() {
				return true
			}
		}
	}
	return false
}

func asksGPU(container corev1.Container) bool {
	for name, quantity := range container.Resources.Limits {
		if knownGPU(name) && !quantity.IsZero() {
			return true
		}
	}
	return false
}

func (p passage) asksGPU() bool { return p.asks(knownGPU) }

func (p passage) asksForeign() bool {
	return p.asks(func(name corev1.ResourceName) bool { return strings.Contains(string(name), "/") && !knownGPU(name) })
}

func (p passage) usesClaims() bool {
	return len(p.pod.Spec.ResourceClaims) > 0 || p.asks(func(name corev1.ResourceName) bool {
		return strings.HasPrefix(string(name), "deviceclass.resource.kubernetes.io/")
	})
}

func (p passage) reachesHost() bool {
	return slices.ContainsFunc(p.pod.Spec.Volumes, func(v corev1.Volume) bool { return v.HostPath != nil }) ||
		slices.ContainsFunc(p.containers(), func(c corev1.Container) bool {
			return c.SecurityContext != nil && c.SecurityContext.Privileged != nil && *c.SecurityContext.Privileged
		})
}

// placed reports whether the pod can only run on the pools of the resource that it asks for: it sets no node name, and
// every non-empty term of its required node affinity names exactly these pools.
func (p passage) placed() bool {
	affinity := p.pod.Spec.Affinity
	if p.pod.Spec.NodeName != "" || affinity == nil || affinity.NodeAffinity == nil || affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return false
	}
	var pools []string
	for name := range bypassPools {
		if p.asks(func(asked corev1.ResourceName) bool { return asked == name }) {
			pools = bypassPools[name]
		}
	}
	for _, term := range affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		if len(term.MatchExpressions)+len(term.MatchFields) > 0 && !slices.ContainsFunc(term.MatchExpressions, func(e corev1.NodeSelectorRequirement) bool {
			return e.Key == poolKey && e.Operator == corev1.NodeSelectorOpIn && slices.Equal(e.Values, pools)
		}) {
			return false
		}
	}
	return true
}

// counted reports whether the pod asks for one GPU resource only, each container for at most one of it, and its regular
// containers and native sidecars together for at most bypassPerPod.
func (p passage) counted() bool {
	asked := map[corev1.ResourceName]bool{}
	sum := 0
	for _, container := range p.containers() {
		if !asksGPU(container) {
			continue
		}
		for name, quantity := range container.Resources.Limits {
			if knownGPU(name) && !quantity.IsZero() {
				asked[name] = true
				if quantity.Value() > 1 || bypassPools[name] == nil {
					return false
				}
			}
		}
		runs := container.RestartPolicy != nil || slices.ContainsFunc(p.pod.Spec.Containers, func(c corev1.Container) bool { return c.Name == container.Name })
		if runs {
			sum++
		}
	}
	return len(asked) == 1 && sum <= bypassPerPod
}

const devices = "NVIDIA_VISIBLE_DEVICES"

func setsDevices(container corev1.Container) bool {
	return slices.ContainsFunc(container.Env, func(e corev1.EnvVar) bool { return e.Name == devices })
}

// seesNone reports whether the last entry of NVIDIA_VISIBLE_DEVICES in the container's env is void.
func seesNone(container corev1.Container) bool {
	for _, variable := range slices.Backward(container.Env) {
		if variable.Name == devices {
			return variable.Value == "void" && variable.ValueFrom == nil
		}
	}
	return false
}

// opens reports whether the container chooses the GPUs that it sees, or may do so through envFrom.
func opens(container corev1.Container) bool {
	return (setsDevices(container) && !seesNone(container)) || (len(container.EnvFrom) > 0 && !setsDevices(container))
}
