package chart

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

func deployment(t *testing.T, all objects) *appsv1.Deployment {
	t.Helper()
	return one[*appsv1.Deployment](t, all)
}

func serve(t *testing.T, all objects) *corev1.Container {
	t.Helper()
	containers := deployment(t, all).Spec.Template.Spec.Containers
	if len(containers) != 1 || containers[0].Name != "gpuslice" {
		t.Fatalf("%d containers, the first %s", len(containers), containers[0].Name)
	}
	return &containers[0]
}

// options returns the options that the Deployment gives to `gpuslice serve`: the values of each, by name.
func options(t *testing.T, all objects) map[string][]string {
	t.Helper()
	result := map[string][]string{}
	for i, arg := range serve(t, all).Args {
		name, value, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		switch {
		case i == 0 && arg != "serve":
			t.Fatalf("the first argument is %s", arg)
		case i > 0 && !strings.HasPrefix(arg, "--"):
			t.Errorf("argument %s is not an option", arg)
		case i > 0:
			result[name] = append(result[name], value)
		}
	}
	return result
}

func pods(all objects) map[string]corev1.PodSpec {
	result := map[string]corev1.PodSpec{}
	for _, deployment := range find[*appsv1.Deployment](all) {
		result[deployment.Name] = deployment.Spec.Template.Spec
	}
	for _, pod := range find[*corev1.Pod](all) {
		result["test "+pod.Name] = pod.Spec
	}
	return result
}

func TestPods__every_container__meets_the_restricted_standard_and_more(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		for name, pod := range pods(all) {
			if pod.HostPID || pod.HostIPC || pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
				t.Errorf("%s: host namespaces, or a token for every container", name)
			}
			for _, c := range append(slices.Clone(pod.InitContainers), pod.Containers...) {
				security, outer := c.SecurityContext, pod.SecurityContext
				if security == nil {
					t.Errorf("%s/%s has no securityContext", name, c.Name)
					continue
				}
				nonRoot := isTrue(security.RunAsNonRoot) || (outer != nil && isTrue(outer.RunAsNonRoot))
				user := security.RunAsUser
				seccomp := security.SeccompProfile
				if outer != nil && user == nil {
					user = outer.RunAsUser
				}
				if outer != nil && seccomp == nil {
					seccomp = outer.SeccompProfile
				}
				if !nonRoot || user == nil || *user == 0 {
					t.Errorf("%s/%s may run as root", name, c.Name)
				}
				if seccomp == nil || seccomp.Type != corev1.SeccompProfileTypeRuntimeDefault {
					t.Errorf("%s/%s has no seccomp profile", name, c.Name)
				}
				if security.AllowPrivilegeEscalation == nil || *security.AllowPrivilegeEscalation || isTrue(security.Privileged) {
					t.Errorf("%s/%s may gain privileges", name, c.Name)
				}
				if !isTrue(security.ReadOnlyRootFilesystem) {
					t.Errorf("%s/%s may write its root", name, c.Name)
				}
				if security.Capabilities == nil || !slices.Equal(security.Capabilities.Drop, []corev1.Capability{"ALL"}) || len(security.Capabilities.Add) > 0 {
					t.Errorf("%s/%s has capabilities", name, c.Name)
				}
				if c.Resources.Requests.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() || c.Resources.Limits.Memory().IsZero() {
					t.Errorf("%s/%s: requests or the memory limit are missing", name, c.Name)
				}
			}
			for _, volume := range pod.Volumes {
				if volume.HostPath != nil {
					t.Errorf("%s: volume %s is a hostPath", name, volume.Name)
				}
			}
		}
	})
}

func isTrue(value *bool) bool { return value != nil && *value }

func TestPod__mounts__are_volumes_and_only_serve_has_the_token(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		pod := deployment(t, all).Spec.Template.Spec
		for _, c := range append(slices.Clone(pod.InitContainers), pod.Containers...) {
			for _, mount := range c.VolumeMounts {
				i := slices.IndexFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name })
				if i < 0 {
					t.Errorf("%s mounts %s, which is not a volume", c.Name, mount.Name)
					continue
				}
				if (mount.Name == "api-access") != (c.Name == "gpuslice" && strings.HasSuffix(mount.MountPath, "/serviceaccount")) {
					t.Errorf("%s has the API server's token at %s", c.Name, mount.MountPath)
				}
				secret := pod.Volumes[i].Secret
				if secret != nil && (!mount.ReadOnly || secret.DefaultMode == nil || *secret.DefaultMode != 0o440) {
					t.Errorf("%s may write %s, or all may read it", c.Name, mount.Name)
				}
			}
		}
	})
}

func TestPod__files_in_serves_options__are_mounted(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		opts := options(t, all)
		for _, option := range []string{"policies", "tls-cert", "tls-key", "client-ca"} {
			for _, path := range opts[option] {
				mounted := slices.ContainsFunc(serve(t, all).VolumeMounts, func(m corev1.VolumeMount) bool {
					return path == m.MountPath || strings.HasPrefix(path, m.MountPath+"/")
				})
				if !mounted {
					t.Errorf("--%s=%s is on no mount", option, path)
				}
			}
		}
		if len(opts["cert-secret"]) == len(opts["tls-cert"]) {
			t.Errorf("certificates come from %v and %v", opts["cert-secret"], opts["tls-cert"])
		}
	})
}

func TestPod__grace_period__covers_the_drain(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		seconds := func(option string) int64 {
			value, err := strconv.ParseInt(options(t, all)[option][0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return value
		}
		grace := deployment(t, all).Spec.Template.Spec.TerminationGracePeriodSeconds
		if grace == nil || *grace <= seconds("drain-delay")+seconds("drain-timeout") {
			t.Errorf("%v s of grace, %d + %d s of drain", grace, seconds("drain-delay"), seconds("drain-timeout"))
		}
		if serve(t, all).Lifecycle != nil {
			t.Error("a preStop hook beside --drain-delay waits twice")
		}
	})
}

func TestPod__probes__ask_the_health_port(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		c := serve(t, all)
		for name, probe := range map[string]*corev1.Probe{"/livez startup": c.StartupProbe, "/livez": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
			path, _, _ := strings.Cut(name, " ")
			if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != path || probe.HTTPGet.Port.StrVal != "health" {
				t.Errorf("%s: %v", name, probe)
			}
		}
		for name, option := range map[string]string{"webhook": "listen", "health": "health-listen"} {
			i := slices.IndexFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == name })
			if i < 0 || options(t, all)[option][0] != ":"+strconv.Itoa(int(c.Ports[i].ContainerPort)) {
				t.Errorf("--%s=%v is not port %s", option, options(t, all)[option], name)
			}
		}
	})
}

func TestPod__selectors__all_find_it(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		d := deployment(t, all)
		podLabels := labels.Set(d.Spec.Template.Labels)
		check := func(what string, selector map[string]string) {
			// A selector has only these two labels, because a Deployment's selector cannot change, and a Service must
			// find pods of the previous version.
			if len(selector) != 2 || selector["app.kubernetes.io/name"] == "" || selector["app.kubernetes.io/instance"] == "" ||
				!labels.SelectorFromSet(selector).Matches(podLabels) {
				t.Errorf("%s selects %v; the pods are %v", what, selector, podLabels)
			}
		}
		check("Deployment", d.Spec.Selector.MatchLabels)
		service := one[*corev1.Service](t, all)
		check("Service", service.Spec.Selector)
		for _, budget := range find[*policyv1.PodDisruptionBudget](all) {
			check("PodDisruptionBudget", budget.Spec.Selector.MatchLabels)
		}
		for _, policy := range find[*networkingv1.NetworkPolicy](all) {
			check("NetworkPolicy", policy.Spec.PodSelector.MatchLabels)
		}
		for _, spread := range d.Spec.Template.Spec.TopologySpreadConstraints {
			check("spread over "+spread.TopologyKey, spread.LabelSelector.MatchLabels)
		}
		for _, o := range append(all.kind("ServiceMonitor"), all.kind("PodMonitor")...) {
			target, endpoints := podLabels, "podMetricsEndpoints"
			if o.Kind == "ServiceMonitor" {
				target, endpoints = labels.Set(service.Labels), "endpoints"
			}
			selector := labels.Set{}
			for key, value := range at(o.tree, "spec", "selector", "matchLabels").(map[string]any) {
				selector[key] = value.(string)
			}
			if !labels.SelectorFromSet(selector).Matches(target) {
				t.Errorf("%s selects %v", o.id(), selector)
			}
			endpoint := at(o.tree, "spec", endpoints).([]any)[0].(map[string]any)
			if endpoint["port"] != "health" || endpoint["path"] != "/metrics" {
				t.Errorf("%s: %v", o.id(), endpoint)
			}
		}
		for _, port := range service.Spec.Ports {
			if !slices.ContainsFunc(serve(t, all).Ports, func(p corev1.ContainerPort) bool { return p.Name == port.TargetPort.StrVal }) {
				t.Errorf("the Service's port %s leads to %v, which the pods lack", port.Name, port.TargetPort)
			}
		}
		// The pod of `helm test` must not get reviews.
		for _, pod := range find[*corev1.Pod](all) {
			if pod.Namespace == releaseSpace && labels.SelectorFromSet(service.Spec.Selector).Matches(labels.Set(pod.Labels)) {
				t.Errorf("the Service sends reviews to pod %s", pod.Name)
			}
		}
	})
}

func TestPod__default__two_spread_critical_and_off_GPU_nodes(t *testing.T) {
	all := ci(t, "default")
	d := deployment(t, all)
	pod := d.Spec.Template.Spec
	if *d.Spec.Replicas != 2 || d.Spec.Strategy.RollingUpdate.MaxUnavailable.IntVal != 0 || d.Spec.Strategy.RollingUpdate.MaxSurge.IntVal != 1 {
		t.Errorf("%d replicas, %v", *d.Spec.Replicas, d.Spec.Strategy.RollingUpdate)
	}
	if pod.PriorityClassName != "system-cluster-critical" {
		t.Errorf("priority class %s", pod.PriorityClassName)
	}
	if one[*policyv1.PodDisruptionBudget](t, all).Spec.MaxUnavailable.IntVal != 1 {
		t.Error("a drain may evict more than one pod at once")
	}
	terms := pod.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	for _, key := range []string{"gpuslice.dev/pool", "nvidia.com/gpu", "nvidia.com/gpu.present", "karpenter.k8s.aws/instance-gpu-count"} {
		for _, term := range terms {
			if !slices.ContainsFunc(term.MatchExpressions, func(e corev1.NodeSelectorRequirement) bool {
				return e.Key == key && e.Operator == corev1.NodeSelectorOpDoesNotExist
			}) {
				t.Errorf("may run on nodes with %s", key)
			}
		}
	}
	spread := map[string]corev1.UnsatisfiableConstraintAction{}
	for _, constraint := range pod.TopologySpreadConstraints {
		spread[constraint.TopologyKey] = constraint.WhenUnsatisfiable
	}
	if len(spread) != 2 || spread["kubernetes.io/hostname"] != corev1.DoNotSchedule || spread["topology.kubernetes.io/zone"] != corev1.ScheduleAnyway {
		t.Errorf("spread %v", spread)
	}
	if len(options(t, all)["policies"]) > 0 {
		t.Error("--policies is set, but GPUSLICE_POLICIES in the image already names the image's policies")
	}
}

func TestPod__affinity_of_the_user__replaces_ours(t *testing.T) {
	terms := deployment(t, ci(t, "everything")).Spec.Template.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	if len(terms) != 1 || len(terms[0].MatchExpressions) != 1 {
		t.Errorf("%v", terms)
	}
}

func TestPod__host_network__dns_ports_and_no_network_policy(t *testing.T) {
	all := ci(t, "host-network")
	pod := deployment(t, all).Spec.Template.Spec
	if !pod.HostNetwork || pod.DNSPolicy != corev1.DNSClusterFirstWithHostNet {
		t.Errorf("hostNetwork %v, dnsPolicy %s", pod.HostNetwork, pod.DNSPolicy)
	}
	if ports := serve(t, all).Ports; ports[0].ContainerPort != 9543 || ports[1].ContainerPort != 9580 {
		t.Errorf("%v", ports)
	}
	if len(find[*networkingv1.NetworkPolicy](all)) > 0 {
		t.Error("a NetworkPolicy that does nothing")
	}
}

func TestPod__git_sync__runs_before_serve_and_shares_its_folder(t *testing.T) {
	for name, want := range map[string]string{"git-sync": "/git/current/clusters/eu-1/policies", "git-sync-https": "/git/current"} {
		all := ci(t, name)
		init := deployment(t, all).Spec.Template.Spec.InitContainers
		if len(init) != 1 || init[0].RestartPolicy == nil || *init[0].RestartPolicy != corev1.ContainerRestartPolicyAlways || init[0].StartupProbe == nil {
			t.Fatalf("%s: git-sync is not a native sidecar with a startup probe", name)
		}
		if got := options(t, all)["policies"]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s: --policies %v, want %s", name, got, want)
		}
		for _, arg := range []string{"--root=/git", "--link=current"} {
			if !slices.Contains(init[0].Args, arg) {
				t.Errorf("%s lacks %s", name, arg)
			}
		}
		for _, env := range init[0].Env {
			if strings.Contains(strings.ToUpper(env.Name), "PASSWORD") {
				t.Errorf("%s: a password in the environment", name)
			}
		}
	}
	for name, port := range map[string]int32{"git-sync": 22, "git-sync-https": 3128} {
		policy := one[*networkingv1.NetworkPolicy](t, ci(t, name))
		if !slices.Contains(egressPorts(policy), port) {
			t.Errorf("%s: git-sync may not go out to port %d", name, port)
		}
	}
}

func egressPorts(policy *networkingv1.NetworkPolicy) []int32 {
	var result []int32
	for _, rule := range policy.Spec.Egress {
		for _, port := range rule.Ports {
			result = append(result, port.Port.IntVal)
		}
	}
	return result
}

func TestNetworkPolicy__default__what_serve_needs_and_no_more(t *testing.T) {
	policy := one[*networkingv1.NetworkPolicy](t, ci(t, "default"))
	if !slices.Equal(egressPorts(policy), []int32{53, 53, 443, 6443}) {
		t.Errorf("out to %v", egressPorts(policy))
	}
	if !slices.Equal(policy.Spec.PolicyTypes, []networkingv1.PolicyType{"Ingress", "Egress"}) {
		t.Errorf("%v", policy.Spec.PolicyTypes)
	}
	if rules := policy.Spec.Ingress; len(rules) != 1 || len(rules[0].Ports) != 1 || rules[0].Ports[0].Port.IntVal != 8443 || len(rules[0].From) > 0 {
		t.Errorf("in by %v, must be the webhook's port alone, from everywhere", rules)
	}
}

// No values file opens the health port to all, neither with a rule without peers nor with a peer that selects every
// namespace.
func TestNetworkPolicy__health_port__is_open_only_to_named_peers(t *testing.T) {
	open := 0
	forEachCI(t, func(t *testing.T, all objects) {
		for _, policy := range find[*networkingv1.NetworkPolicy](all) {
			for _, rule := range policy.Spec.Ingress {
				if len(rule.Ports) == 0 {
					t.Error("a rule for all ports")
				}
				if len(rule.Ports) == 0 || rule.Ports[0].Port.IntVal == 8443 {
					continue
				}
				open++
				if len(rule.From) == 0 {
					t.Errorf("port %d is open to all", rule.Ports[0].Port.IntVal)
				}
				for _, peer := range rule.From {
					if peer.IPBlock == nil && (peer.NamespaceSelector == nil || len(peer.NamespaceSelector.MatchLabels)+len(peer.NamespaceSelector.MatchExpressions) == 0) {
						t.Errorf("port %d is open to %v", rule.Ports[0].Port.IntVal, peer)
					}
				}
			}
		}
	})
	if open == 0 {
		t.Error("no values file names a Prometheus")
	}
}

// A rule without ports would allow all ports.
func TestNetworkPolicy__no_ports__no_rule(t *testing.T) {
	for _, args := range []string{"networkPolicy.apiServerPorts=null", "networkPolicy.gitPorts=null,policies.source=git,policies.git.repo=x"} {
		for _, rule := range one[*networkingv1.NetworkPolicy](t, set(t, "--set", args)).Spec.Egress {
			if len(rule.Ports) == 0 {
				t.Errorf("%s: egress is open", args)
			}
		}
	}
}

func TestUpdateStrategy__Recreate__has_no_rollingUpdate(t *testing.T) {
	if s := deployment(t, set(t, "--set", "updateStrategy.type=Recreate")).Spec.Strategy; s.RollingUpdate != nil {
		t.Errorf("rollingUpdate %v", s.RollingUpdate)
	}
}

// Indentation and empty lines must not change: YAML depends on them, and so do the positions in messages.
func TestPolicies__from_values__byte_for_byte(t *testing.T) {
	want := map[string]string{"a.yaml": "  kind: x\n  spec: {}\n", "b.yaml": "\n\n# c\nkind: y\n\n\n", "c.yml": "kind: z\t\"\u00e4\""}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := one[*corev1.ConfigMap](t, set(t, "--set", "policies.source=values", "--set-json", "policies.files="+string(text))).Data
	if !maps.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestHelmTest__namespaceSelector_of_the_values__selects_its_namespace(t *testing.T) {
	all := set(t, "--set-json", `webhook.namespaceSelector.matchExpressions=[{"key":"tier","operator":"In","values":["gpu","x"]},
		{"key":"owned","operator":"Exists"},{"key":"frozen","operator":"DoesNotExist"}]`)
	namespace := one[*corev1.Namespace](t, all)
	selector, err := metav1.LabelSelectorAsSelector(&metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
		{Key: "tier", Operator: metav1.LabelSelectorOpIn, Values: []string{"gpu", "x"}},
		{Key: "owned", Operator: metav1.LabelSelectorOpExists}, {Key: "frozen", Operator: metav1.LabelSelectorOpDoesNotExist}}})
	if err != nil {
		t.Fatal(err)
	}
	if !selector.Matches(labels.Set(namespace.Labels)) {
		t.Errorf("labels %v: its pod would never be sent", namespace.Labels)
	}
}

func TestPolicies__from_values__are_read_by_the_program(t *testing.T) {
	all := ci(t, "policies-from-values")
	config := one[*corev1.ConfigMap](t, all)
	volumes := deployment(t, all).Spec.Template.Spec.Volumes
	if !slices.ContainsFunc(volumes, func(v corev1.Volume) bool { return v.ConfigMap != nil && v.ConfigMap.Name == config.Name }) {
		t.Errorf("ConfigMap %s is not mounted", config.Name)
	}
	dir := t.TempDir()
	for name, text := range config.Data {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stdout, stderr, err := run(t, program(t, "GPUSLICE"), "classes", "--policies", dir)
	if err != nil || !strings.Contains(stdout, "t4-third") {
		t.Errorf("%v: %s%s", err, stdout, stderr)
	}
}

func TestServe__every_option_in_use__is_one_of_the_program(t *testing.T) {
	help, stderr, err := run(t, program(t, "GPUSLICE"), "serve", "--help")
	if err != nil {
		t.Fatal(stderr)
	}
	known := map[string]bool{}
	for _, match := range regexp.MustCompile(`--([a-z][a-z-]+)`).FindAllStringSubmatch(help, -1) {
		known[match[1]] = true
	}
	forEachCI(t, func(t *testing.T, all objects) {
		for option := range options(t, all) {
			if !known[option] {
				t.Errorf("gpuslice serve has no option --%s", option)
			}
		}
	})
}

// The API server must send the pod of `helm test` to the webhook, and the shipped policies must not change the pod.
func TestHelmTest__its_pod__is_sent_and_passes_unchanged(t *testing.T) {
	all := ci(t, "default")
	pod, namespace := one[*corev1.Pod](t, all), one[*corev1.Namespace](t, all)
	if pod.Namespace != namespace.Name || namespace.Labels["gpuslice.dev/inject"] != "required" {
		t.Errorf("pod in %s, namespace %s %v", pod.Namespace, namespace.Name, namespace.Labels)
	}
	sent := slices.ContainsFunc(annotationKeys(pod.ObjectMeta), func(key string) bool { return strings.HasPrefix(key, "gpuslice.dev/") })
	if !sent {
		t.Error("no annotation of gpuslice: the webhook never sees the pod")
	}
	dir := t.TempDir()
	for _, o := range all {
		switch o.typed.(type) {
		case *corev1.Pod:
			os.WriteFile(filepath.Join(dir, "pod.yaml"), []byte(o.text), 0o644)
		case *corev1.Namespace:
			os.WriteFile(filepath.Join(dir, "namespaces.yaml"), []byte(o.text), 0o644)
		}
	}
	args := []string{"mutate", "--policies", "../../policies", "--namespaces", filepath.Join(dir, "namespaces.yaml"), "-o", "diff", filepath.Join(dir, "pod.yaml")}
	if stdout, stderr, err := run(t, program(t, "GPUSLICE"), args...); err != nil || strings.Contains(stdout, "\n+") {
		t.Errorf("%v: %s%s", err, stdout, stderr)
	}
}

func annotationKeys(meta metav1.ObjectMeta) []string {
	var keys []string
	for key := range meta.Annotations {
		keys = append(keys, key)
	}
	return keys
}
