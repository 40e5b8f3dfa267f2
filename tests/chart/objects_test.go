package chart

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

var clusterScoped = []string{"Namespace", "ClusterRole", "ClusterRoleBinding", "MutatingWebhookConfiguration",
	"ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"}

func TestCI__cases_that_users_have__all_exist(t *testing.T) {
	names := ciNames(t)
	for _, want := range []string{"default", "cert-manager", "existing-secret", "git-sync", "monitoring", "policies-from-values",
		"guard", "host-network", "everything"} {
		if !slices.Contains(names, want) {
			t.Errorf("ci/%s-values.yaml is missing", want)
		}
	}
}

func TestObjects__every_values_file__typed_named_and_labelled(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		seen := map[string]bool{}
		for _, o := range all {
			if seen[o.id()] {
				t.Errorf("%s is rendered twice", o.id())
			}
			seen[o.id()] = true
			isCluster := slices.Contains(clusterScoped, o.Kind)
			if isCluster != (o.Namespace == "") {
				t.Errorf("%s: namespace %q", o.id(), o.Namespace)
			}
			if !isCluster && o.Namespace != releaseSpace && o.Labels["app.kubernetes.io/component"] != "test" {
				t.Errorf("%s is in namespace %s, not the release's", o.id(), o.Namespace)
			}
			for key, want := range map[string]string{"app.kubernetes.io/name": "gpuslice", "app.kubernetes.io/instance": release,
				"app.kubernetes.io/managed-by": "Helm"} {
				if o.Labels[key] != want {
					t.Errorf("%s: label %s is %q, want %q", o.id(), key, o.Labels[key], want)
				}
			}
		}
	})
	for _, o := range ci(t, "everything") {
		if o.Labels["team"] != "gpu-platform" {
			t.Errorf("%s lacks a label of commonLabels", o.id())
		}
		if !strings.HasPrefix(o.Name, "slices") && o.Labels["app.kubernetes.io/component"] != "test" &&
			!strings.HasPrefix(o.Kind, "ValidatingAdmissionPolicy") {
			t.Errorf("%s does not follow fullnameOverride", o.id())
		}
	}
}

func TestObjects__namespace_of_the_release__is_written_into_no_template(t *testing.T) {
	stdout, _, err := template(t, "--namespace", "elsewhere", "--set", "monitoring.prometheusRule.enabled=true")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(stdout, releaseSpace) {
		t.Errorf("%s is written into a template", releaseSpace)
	}
}

func TestFullname__release_names__as_helm_users_expect(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "gpuslice"},
		{[]string{"--name-template", "gpu"}, "gpu-gpuslice"},
		{[]string{"--name-template", "my-gpuslice"}, "my-gpuslice"},
		{[]string{"--set", "nameOverride=slices"}, "gpuslice-slices"},
		{[]string{"--set", "fullnameOverride=other"}, "other"},
		{[]string{"--name-template", "a-release-name-that-is-as-long-as-helm-lets-it-be-53"}, "a-release-name-that-is-as-long-as-helm-lets-it-be"},
	} {
		args := append([]string{"template", chartDir, "--namespace", releaseSpace}, c.args...)
		if !slices.Contains(c.args, "--name-template") {
			args = slices.Insert(args, 1, release)
		}
		stdout, stderr, err := run(t, program(t, "HELM"), args...)
		if err != nil {
			t.Errorf("%v: %s", c.args, stderr)
			continue
		}
		service := one[*corev1.Service](t, parse(t, stdout))
		if !strings.HasPrefix(service.Name, c.want) || (len(c.want) < 40 && service.Name != c.want) || len(service.Name) > 50 {
			t.Errorf("%v: %q, want %q", c.args, service.Name, c.want)
		}
	}
}

func TestPriorityClassQuota__on__allows_a_rollout(t *testing.T) {
	quota := one[*corev1.ResourceQuota](t, set(t, "--set", "priorityClassQuota=true,replicaCount=3"))
	pods := quota.Spec.Hard[corev1.ResourcePods]
	if pods.Value() < 4 {
		t.Errorf("%d pods: a surge does not fit", pods.Value())
	}
	if values := quota.Spec.ScopeSelector.MatchExpressions[0].Values; !slices.Equal(values, []string{"system-cluster-critical"}) {
		t.Errorf("scope %v", values)
	}
}
