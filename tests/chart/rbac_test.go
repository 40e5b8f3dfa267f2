package chart

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
)

// allowed reports whether serve needs what a rule grants. A rule about named objects may name only one object, which
// must be rendered.
func allowed(rule rbacv1.PolicyRule, cluster bool, all objects) bool {
	named := func(kind string) bool {
		for _, name := range rule.ResourceNames {
			if !slices.ContainsFunc(all.kind(kind), func(o *object) bool { return o.Name == name }) {
				return false
			}
		}
		return len(rule.ResourceNames) == 1
	}
	if len(rule.Resources) != 1 || len(rule.APIGroups) != 1 || len(rule.NonResourceURLs) > 0 {
		return false
	}
	switch rule.APIGroups[0] + "/" + rule.Resources[0] {
	case "/namespaces":
		return cluster && slices.Equal(rule.Verbs, []string{"get", "list", "watch"})
	case "/secrets":
		return !cluster && slices.Equal(rule.Verbs, []string{"get", "update"}) && named("Secret")
	case "admissionregistration.k8s.io/mutatingwebhookconfigurations":
		return cluster && slices.Equal(rule.Verbs, []string{"get", "patch"}) && named("MutatingWebhookConfiguration")
	case "admissionregistration.k8s.io/validatingwebhookconfigurations":
		return cluster && slices.Equal(rule.Verbs, []string{"get", "patch"}) && named("ValidatingWebhookConfiguration")
	}
	return false
}

func TestRBAC__every_values_file__least_privilege(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		for _, role := range find[*rbacv1.ClusterRole](all) {
			for _, rule := range role.Rules {
				if !allowed(rule, true, all) {
					t.Errorf("ClusterRole %s grants more than serve needs: %v", role.Name, rule)
				}
			}
		}
		for _, role := range find[*rbacv1.Role](all) {
			for _, rule := range role.Rules {
				if !allowed(rule, false, all) {
					t.Errorf("Role %s grants more than serve needs: %v", role.Name, rule)
				}
			}
		}
	})
}

func TestRBAC__bindings__name_rendered_roles_and_the_account(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		account := one[*corev1.ServiceAccount](t, all)
		if deployment(t, all).Spec.Template.Spec.ServiceAccountName != account.Name {
			t.Errorf("the pods run as another account than %s", account.Name)
		}
		check := func(name string, ref rbacv1.RoleRef, subjects []rbacv1.Subject) {
			if !slices.ContainsFunc(all.kind(ref.Kind), func(o *object) bool { return o.Name == ref.Name }) {
				t.Errorf("%s binds %s %s, which is not rendered", name, ref.Kind, ref.Name)
			}
			if len(subjects) != 1 || subjects[0].Name != account.Name || subjects[0].Namespace != releaseSpace {
				t.Errorf("%s binds %v", name, subjects)
			}
		}
		for _, binding := range find[*rbacv1.ClusterRoleBinding](all) {
			check(binding.Name, binding.RoleRef, binding.Subjects)
		}
		for _, binding := range find[*rbacv1.RoleBinding](all) {
			check(binding.Name, binding.RoleRef, binding.Subjects)
		}
	})
}

func TestRBAC__certificates_of_others__no_right_to_secrets_or_configurations(t *testing.T) {
	for _, name := range []string{"cert-manager", "existing-secret"} {
		all := ci(t, name)
		if roles := find[*rbacv1.Role](all); len(roles) > 0 {
			t.Errorf("%s: Role %s", name, roles[0].Name)
		}
		if rules := one[*rbacv1.ClusterRole](t, all).Rules; len(rules) != 1 {
			t.Errorf("%s: %v", name, rules)
		}
	}
}

func TestRBAC__objects_that_serves_options_name__are_those_that_it_may_write(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		var may []string
		for _, role := range find[*rbacv1.ClusterRole](all) {
			for _, rule := range role.Rules {
				for _, name := range rule.ResourceNames {
					may = append(may, rule.Resources[0]+" "+name)
				}
			}
		}
		for _, role := range find[*rbacv1.Role](all) {
			for _, rule := range role.Rules {
				may = append(may, rule.Resources[0]+" "+releaseSpace+"/"+rule.ResourceNames[0])
			}
		}
		var named []string
		for option, resource := range map[string]string{"webhook-config": "mutatingwebhookconfigurations",
			"advise-config": "validatingwebhookconfigurations", "cert-secret": "secrets"} {
			for _, value := range options(t, all)[option] {
				named = append(named, resource+" "+value)
			}
		}
		slices.Sort(may)
		slices.Sort(named)
		if !slices.Equal(may, named) {
			t.Errorf("serve may write %s; its options name %s", strings.Join(may, ", "), strings.Join(named, ", "))
		}
	})
}
