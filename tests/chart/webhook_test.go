package chart

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/yaml"
)

func mutating(t *testing.T, all objects) *admissionv1.MutatingWebhookConfiguration {
	t.Helper()
	return one[*admissionv1.MutatingWebhookConfiguration](t, all)
}

// entry has the fields that entries of both kinds of configuration share.
type entry struct {
	name        string
	client      admissionv1.WebhookClientConfig
	sideEffects *admissionv1.SideEffectClass
	policy      *admissionv1.FailurePolicyType
	timeout     *int32
	namespaces  *metav1.LabelSelector
	conditions  []admissionv1.MatchCondition
	rules       []admissionv1.RuleWithOperations
}

func entries(all objects) []entry {
	var result []entry
	for _, configuration := range find[*admissionv1.MutatingWebhookConfiguration](all) {
		for _, w := range configuration.Webhooks {
			result = append(result, entry{w.Name, w.ClientConfig, w.SideEffects, w.FailurePolicy, w.TimeoutSeconds, w.NamespaceSelector, w.MatchConditions, w.Rules})
		}
	}
	for _, configuration := range find[*admissionv1.ValidatingWebhookConfiguration](all) {
		for _, w := range configuration.Webhooks {
			result = append(result, entry{w.Name, w.ClientConfig, w.SideEffects, w.FailurePolicy, w.TimeoutSeconds, w.NamespaceSelector, w.MatchConditions, w.Rules})
		}
	}
	return result
}

func TestWebhooks__default__are_the_four_that_were_tried(t *testing.T) {
	text, err := os.ReadFile("testdata/webhook-config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := &admissionv1.MutatingWebhookConfiguration{}
	if err := yaml.UnmarshalStrict(text, want); err != nil {
		t.Fatal(err)
	}
	got := mutating(t, ci(t, "default"))
	if got.Name != want.Name || len(got.Webhooks) != len(want.Webhooks) {
		t.Fatalf("%s with %d entries", got.Name, len(got.Webhooks))
	}
	for i := range want.Webhooks {
		slices.Sort(got.Webhooks[i].NamespaceSelector.MatchExpressions[2].Values)
		slices.Sort(want.Webhooks[i].NamespaceSelector.MatchExpressions[2].Values)
		for _, webhook := range []*admissionv1.MutatingWebhook{&got.Webhooks[i], &want.Webhooks[i]} {
			for c := range webhook.MatchConditions {
				webhook.MatchConditions[c].Expression = strings.Join(strings.Fields(webhook.MatchConditions[c].Expression), " ")
			}
		}
		if !reflect.DeepEqual(got.Webhooks[i], want.Webhooks[i]) {
			gotJSON, _ := json.MarshalIndent(got.Webhooks[i], "", " ")
			wantJSON, _ := json.MarshalIndent(want.Webhooks[i], "", " ")
			t.Errorf("entry %s is\n%s\nwant\n%s", want.Webhooks[i].Name, gotJSON, wantJSON)
		}
	}
}

func TestWebhooks__every_entry__cannot_hurt(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		service := one[*corev1.Service](t, all)
		if len(entries(all)) < 4 {
			t.Fatalf("%d entries", len(entries(all)))
		}
		for _, e := range entries(all) {
			if e.sideEffects == nil || *e.sideEffects != admissionv1.SideEffectClassNone {
				t.Errorf("%s: sideEffects %v", e.name, e.sideEffects)
			}
			if e.timeout == nil || *e.timeout < 1 || *e.timeout > 10 {
				t.Errorf("%s: a pod waits %v s", e.name, e.timeout)
			}
			fails := strings.HasSuffix(e.name, "required.inject.gpuslice.dev")
			if e.policy == nil || (*e.policy == admissionv1.Fail) != fails {
				t.Errorf("%s: failurePolicy %v", e.name, e.policy)
			}
			checkSelector(t, e)
			for _, rule := range e.rules {
				if slices.Contains(rule.Resources, "*") || slices.Contains(rule.APIGroups, "*") || *rule.Scope != admissionv1.NamespacedScope {
					t.Errorf("%s: the rule matches too much: %v", e.name, rule)
				}
			}
			ref := e.client.Service
			if ref == nil || ref.Name != service.Name || ref.Namespace != service.Namespace || *ref.Port != service.Spec.Ports[0].Port {
				t.Errorf("%s calls %v", e.name, ref)
			}
		}
	})
}

func checkSelector(t *testing.T, e entry) {
	t.Helper()
	var excluded, opted []string
	for _, expression := range e.namespaces.MatchExpressions {
		switch {
		case expression.Key == "kubernetes.io/metadata.name" && expression.Operator == metav1.LabelSelectorOpNotIn:
			excluded = expression.Values
		case expression.Key == "gpuslice.dev/inject" && expression.Operator == metav1.LabelSelectorOpIn:
			opted = expression.Values
		}
	}
	for _, name := range []string{"kube-system", "kube-node-lease", releaseSpace, "gpu-operator"} {
		if !slices.Contains(excluded, name) {
			t.Errorf("%s does not exclude %s", e.name, name)
		}
	}
	if len(opted) == 0 {
		t.Errorf("%s does not ask for the namespace's opt-in", e.name)
	}
}

func TestWebhooks__required_exclusions__cannot_be_removed(t *testing.T) {
	all := set(t, "--set-json", "webhook.excludedNamespaces=[]")
	for _, e := range entries(all) {
		for _, name := range []string{"kube-system", "kube-node-lease", releaseSpace} {
			if !slices.ContainsFunc(e.namespaces.MatchExpressions, func(x metav1.LabelSelectorRequirement) bool { return slices.Contains(x.Values, name) }) {
				t.Errorf("%s does not exclude %s", e.name, name)
			}
		}
	}
}

// Only the entry for GPU pods of `enabled` namespaces may depend on labels of the pod: the pod's author chooses them.
// No condition may depend on an owner, a node name or the annotation of mirror pods, which an author can forge.
func TestWebhooks__required_and_guarded_entries__let_no_label_of_a_pod_decide(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		for _, w := range mutating(t, all).Webhooks {
			if (w.ObjectSelector != nil) != (w.Name == "enabled.inject.gpuslice.dev") {
				t.Errorf("%s: objectSelector %v", w.Name, w.ObjectSelector)
			}
			for _, condition := range w.MatchConditions {
				for _, forged := range []string{"ownerReferences", "nodeName", "kubernetes.io/config.mirror"} {
					if strings.Contains(condition.Expression, forged) {
						t.Errorf("%s: an author can forge %s", w.Name, forged)
					}
				}
			}
		}
	})
}

func TestWebhooks__values__reach_the_entries(t *testing.T) {
	for _, w := range mutating(t, ci(t, "everything")).Webhooks {
		want := int32(1)
		if strings.HasSuffix(w.Name, "required.inject.gpuslice.dev") {
			want = 10
		}
		if *w.TimeoutSeconds != want {
			t.Errorf("%s: %d s", w.Name, *w.TimeoutSeconds)
		}
		if !slices.ContainsFunc(w.NamespaceSelector.MatchExpressions, func(x metav1.LabelSelectorRequirement) bool { return x.Key == "control-plane" }) {
			t.Errorf("%s lacks the namespaceSelector of the values", w.Name)
		}
	}
	for _, name := range []string{"enabled", "required"} {
		condition := conditionOf(t, ci(t, "everything"), name+".inject.gpuslice.dev", "asks-for-a-gpu-or-names-a-slice")
		for _, part := range []string{"k == 'example.com/gpu'", "k.startsWith('example.com/GRID_')"} {
			if strings.Count(condition, part) != 2 {
				t.Errorf("%s: %s is not compared in limits and requests: %s", name, part, condition)
			}
		}
		if strings.Contains(condition, "nvidia.com/a100") {
			t.Errorf("%s: what begins with nvidia.com/ is compared twice: %s", name, condition)
		}
	}
	if len(set(t, "--set", "webhook.enabled=false").kind("MutatingWebhookConfiguration")) > 0 {
		t.Error("the configuration is rendered with webhook.enabled: false")
	}
}

func conditionOf(t *testing.T, all objects, webhook, condition string) string {
	t.Helper()
	for _, w := range mutating(t, all).Webhooks {
		for _, c := range w.MatchConditions {
			if w.Name == webhook && c.Name == condition {
				return c.Expression
			}
		}
	}
	t.Fatalf("%s has no condition %s", webhook, condition)
	return ""
}

func TestAdvise__default__warns_about_workloads_and_blocks_none(t *testing.T) {
	advise := one[*admissionv1.ValidatingWebhookConfiguration](t, ci(t, "default"))
	webhook := advise.Webhooks[0]
	if len(advise.Webhooks) != 1 || *webhook.FailurePolicy != admissionv1.Ignore || *webhook.TimeoutSeconds != 1 || *webhook.ClientConfig.Service.Path != "/advise" {
		t.Errorf("%v", webhook)
	}
	var resources []string
	for _, rule := range webhook.Rules {
		for _, resource := range rule.Resources {
			resources = append(resources, rule.APIGroups[0]+"/"+resource)
		}
		if !slices.Equal(rule.Operations, []admissionv1.OperationType{admissionv1.Create, admissionv1.Update}) {
			t.Errorf("operations %v", rule.Operations)
		}
	}
	// tests/unit/workload/test_documents.c compares the default with the table of kinds.
	for _, want := range []string{"/replicationcontrollers", "apps/deployments", "batch/cronjobs", "ray.io/rayclusters", "batch.volcano.sh/jobs"} {
		if !slices.Contains(resources, want) {
			t.Errorf("%v lack %s", resources, want)
		}
	}
}

// If serve or cert-manager writes the caBundle, the chart must not render the field, not even with an empty value.
func TestCABundle__rendered__only_if_the_user_gives_it(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		given := len(options(t, all)["tls-cert"]) > 0 && len(all.kind("Certificate")) == 0
		for _, o := range append(all.kind("MutatingWebhookConfiguration"), all.kind("ValidatingWebhookConfiguration")...) {
			if strings.Contains(o.text, "caBundle") != given {
				t.Errorf("%s: caBundle is named: %v, want %v", o.id(), !given, given)
			}
			annotation := o.Annotations["cert-manager.io/inject-ca-from"]
			if certificates := all.kind("Certificate"); len(certificates) > 0 {
				last := certificates[len(certificates)-1]
				if annotation != last.Namespace+"/"+last.Name {
					t.Errorf("%s: cert-manager injects from %q", o.id(), annotation)
				}
			} else if annotation != "" {
				t.Errorf("%s: without a Certificate, cert-manager must not write the caBundle", o.id())
			}
		}
		for _, e := range entries(all) {
			if given {
				checkCA(t, e.client.CABundle)
			}
		}
	})
}

// checkCA fails unless a bundle begins with a CA certificate. It uses the library with which the API server reads
// bundles.
func checkCA(t *testing.T, bundle []byte) {
	t.Helper()
	block, _ := pem.Decode(bundle)
	if block == nil {
		t.Fatalf("no PEM: %q", bundle)
	}
	authority, err := x509.ParseCertificate(block.Bytes)
	if err != nil || !authority.IsCA {
		t.Errorf("the caBundle is not a CA: %v", err)
	}
}

func TestCertificates__issued_by_the_program__are_verified_by_the_API_servers_library(t *testing.T) {
	dir := t.TempDir()
	if stdout, stderr, err := run(t, program(t, "GPUSLICE"), "certs", "issue", "--host", "gpuslice.gpuslice-system.svc", "--out", dir); err != nil {
		t.Fatalf("%v: %s%s", err, stdout, stderr)
	}
	bundle, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	checkCA(t, bundle)
	leaf, err := tls.LoadX509KeyPair(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(leaf.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	if _, err := certificate.Verify(x509.VerifyOptions{DNSName: "gpuslice.gpuslice-system.svc", Roots: roots}); err != nil {
		t.Error(err)
	}
}

// Makes the three-way merge of `helm upgrade` with helm's library: the caBundles and the Secret's data stay.
func TestUpgrade__what_serve_has_written__stays(t *testing.T) {
	before := ci(t, "default")
	after := set(t, "--set", "webhook.timeoutSeconds.enabled=7,webhook.timeoutSeconds.required=7,advise.timeoutSeconds=7,commonLabels.new=label")

	live := mutating(t, before).DeepCopy()
	for i := range live.Webhooks {
		live.Webhooks[i].ClientConfig.CABundle = []byte("the CA")
	}
	merged := &admissionv1.MutatingWebhookConfiguration{}
	upgrade(t, before.kind("MutatingWebhookConfiguration")[0], after.kind("MutatingWebhookConfiguration")[0], live, merged)
	for _, w := range merged.Webhooks {
		if string(w.ClientConfig.CABundle) != "the CA" || *w.TimeoutSeconds != 7 {
			t.Errorf("%s: caBundle %q, %d s", w.Name, w.ClientConfig.CABundle, *w.TimeoutSeconds)
		}
	}

	advise := one[*admissionv1.ValidatingWebhookConfiguration](t, before).DeepCopy()
	advise.Webhooks[0].ClientConfig.CABundle = []byte("the CA")
	mergedAdvise := &admissionv1.ValidatingWebhookConfiguration{}
	upgrade(t, before.kind("ValidatingWebhookConfiguration")[0], after.kind("ValidatingWebhookConfiguration")[0], advise, mergedAdvise)
	if w := mergedAdvise.Webhooks[0]; string(w.ClientConfig.CABundle) != "the CA" || *w.TimeoutSeconds != 7 {
		t.Errorf("%s: caBundle %q, %d s", w.Name, w.ClientConfig.CABundle, *w.TimeoutSeconds)
	}

	secret := one[*corev1.Secret](t, before).DeepCopy()
	secret.Data = map[string][]byte{"tls.key": []byte("the key")}
	mergedSecret := &corev1.Secret{}
	upgrade(t, before.kind("Secret")[0], after.kind("Secret")[0], secret, mergedSecret)
	if string(mergedSecret.Data["tls.key"]) != "the key" || mergedSecret.Labels["new"] != "label" {
		t.Errorf("the Secret is %v", mergedSecret)
	}
}

func upgrade[T any](t *testing.T, before, after *object, live T, merged T) {
	t.Helper()
	original, err := yaml.YAMLToJSON([]byte(before.text))
	if err != nil {
		t.Fatal(err)
	}
	modified, err := yaml.YAMLToJSON([]byte(after.text))
	if err != nil {
		t.Fatal(err)
	}
	current, err := json.Marshal(live)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := strategicpatch.NewPatchMetaFromStruct(live)
	if err != nil {
		t.Fatal(err)
	}
	patch, err := strategicpatch.CreateThreeWayMergePatch(original, modified, current, schema, true)
	if err != nil {
		t.Fatal(err)
	}
	result, err := strategicpatch.StrategicMergePatch(current, patch, live)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(result, merged); err != nil {
		t.Fatal(err)
	}
}

func TestCertificates__names__are_those_that_the_API_server_calls(t *testing.T) {
	forEachCI(t, func(t *testing.T, all objects) {
		service := one[*corev1.Service](t, all)
		opts := options(t, all)
		if secrets := opts["cert-secret"]; len(secrets) > 0 && !slices.Equal(opts["service"], []string{service.Name}) {
			t.Errorf("--cert-secret=%v --service=%v", secrets, opts["service"])
		}
		certificates := all.kind("Certificate")
		if len(certificates) == 0 {
			return
		}
		leaf := certificates[len(certificates)-1]
		if names := at(leaf.tree, "spec", "dnsNames").([]any); !slices.Contains(names, any(service.Name+"."+service.Namespace+".svc")) {
			t.Errorf("%v", names)
		}
		issuer := at(leaf.tree, "spec", "issuerRef", "name")
		made := slices.ContainsFunc(all.kind("Issuer"), func(o *object) bool { return any(o.Name) == issuer })
		if !made && issuer != "company-ca" {
			t.Errorf("issuer %v is not rendered", issuer)
		}
		secret := at(leaf.tree, "spec", "secretName")
		if !slices.ContainsFunc(deployment(t, all).Spec.Template.Spec.Volumes, func(v corev1.Volume) bool {
			return v.Secret != nil && any(v.Secret.SecretName) == secret
		}) {
			t.Errorf("Secret %v is not mounted", secret)
		}
	})
}

func TestGuard__manifests__are_rendered_unchanged(t *testing.T) {
	for _, name := range []string{"guard", "everything"} {
		text, err := os.ReadFile(filepath.Join(chartDir, "ci", name+"-values.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		given := struct {
			Guard struct{ Policy, Binding string }
		}{}
		if err := yaml.Unmarshal(text, &given); err != nil {
			t.Fatal(err)
		}
		all := ci(t, name)
		policy, wantPolicy := one[*admissionv1.ValidatingAdmissionPolicy](t, all), &admissionv1.ValidatingAdmissionPolicy{}
		binding, wantBinding := one[*admissionv1.ValidatingAdmissionPolicyBinding](t, all), &admissionv1.ValidatingAdmissionPolicyBinding{}
		if err := yaml.UnmarshalStrict([]byte(given.Guard.Policy), wantPolicy); err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict([]byte(given.Guard.Binding), wantBinding); err != nil {
			t.Fatal(err)
		}
		if policy.Name != wantPolicy.Name || !reflect.DeepEqual(policy.Spec, wantPolicy.Spec) {
			t.Errorf("%s: the policy has become %v", name, policy)
		}
		if binding.Name != wantBinding.Name || !reflect.DeepEqual(binding.Spec, wantBinding.Spec) {
			t.Errorf("%s: the binding has become %v", name, binding)
		}
	}
	if len(ci(t, "default").kind("ValidatingAdmissionPolicy")) > 0 {
		t.Error("the guard is on by default")
	}
}
