package chart

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// Mistakes in values, and a part of helm's message about each.
var mistakes = []struct {
	name, values, says string
}{
	{"an unknown key", "replicas: 3", "replicas"},
	{"a typo one level down", "webhook: {timeoutSecond: {enabled: 3}}", "timeoutSecond"},
	{"a typo two levels down", "policies: {git: {repository: x}}", "repository"},
	{"text for a number", "replicaCount: two", "replicaCount"},
	{"no replica", "replicaCount: 0", "replicaCount"},
	{"a number for a boolean", "hostNetwork: 1", "hostNetwork"},
	{"text for a list", "tolerations: all", "tolerations"},
	{"an unknown source", "policies: {source: gti}", "source"},
	{"an unknown mode", "certificates: {mode: self-signed}", "mode"},
	{"an unknown log level", "serve: {logLevel: verbose}", "logLevel"},
	{"a timeout that the API server refuses", "webhook: {timeoutSeconds: {required: 31}}", "required"},
	{"a port out of range", "ports: {webhook: 70000}", "webhook"},
	{"values without files", "policies: {source: values}", "files"},
	{"a file that is not named *.yaml or *.yml", "policies: {source: values, files: {README.md: text}}", "README.md"},
	{"a file that is not text", "policies: {source: values, files: {a.yaml: {kind: SlicePool}}}", "a.yaml"},
	{"git without a repository", "policies: {source: git}", "repo"},
	{"git by ssh without a secret", "policies: {source: git, git: {repo: x, auth: ssh}}", "secret"},
	{"configMap without a name", "policies: {source: configMap}", "configMap"},
	{"secret without a name", "certificates: {mode: secret}", "name"},
	{"a caBundle that is not PEM", "certificates: {mode: secret, secret: {name: x, caBundle: TFMwdExT}}", "caBundle"},
	{"a lifetime in another unit", "certificates: {managed: {lifetime: 3 months}}", "lifetime"},
	{"an unknown field of an issuer", "certificates: {certManager: {issuerRef: {nmae: x}}}", "nmae"},
	{"an unknown spread", "topologySpread: {zones: Maybe}", "zones"},
	{"an unknown operator", "webhook: {namespaceSelector: {matchExpressions: [{key: a, operator: Is}]}}", "operator"},
	{"a digest that is not one", "image: {digest: latest}", "digest"},
	{"a label that is not text", "commonLabels: {a: 1}", "commonLabels"},
	{"the guard without its policy", "guard: {enabled: true}", "gpuslice render --policies DIR"},
	{"a guard of another kind", "guard: {enabled: true, binding: \"kind: Pod\"}", "guard.binding has kind Pod"},
	{"half a guard", "guard: {enabled: true, binding: \"kind: ValidatingAdmissionPolicyBinding\"}", "needs guard.policy"},
	{"a guard that is not YAML", "guard: {enabled: true, binding: \"a: [\"}", "guard.binding is not one YAML document"},
	{"neither webhook", "{webhook: {enabled: false}, advise: {enabled: false}}", "both false"},
	{"two listeners on one port", "ports: {webhook: 8080}", "must differ"},
	{"git-sync on the webhook's port", "{ports: {gitSync: 8443}, policies: {source: git, git: {repo: x}}}", "must differ"},
	{"a GPU resource without a domain", "gpuResources: [gpu]", "gpuResources"},
	{"a GPU resource with a pattern in its domain", "gpuResources: [\"*.example.com/gpu\"]", "gpuResources"},
	{"a GPU resource with a pattern within", "gpuResources: [\"example.com/*gpu\"]", "gpuResources"},
	{"a GPU resource of Kubernetes' own", "gpuResources: [kubernetes.io/gpu]", "gpuResources"},
	{"a GPU resource that would end the expression", "gpuResources: [\"example.com/') || true || ('\"]", "gpuResources"},
	{"a guard without a kind", "guard: {enabled: true, binding: \"a: b\"}", "guard.binding has kind"},
}

func TestSchema__mistakes__are_refused_and_named(t *testing.T) {
	for _, mistake := range mistakes {
		t.Run(mistake.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "values.yaml")
			if err := os.WriteFile(file, []byte(mistake.values), 0o644); err != nil {
				t.Fatal(err)
			}
			stdout, stderr, err := template(t, "--values", file)
			if err == nil {
				t.Fatalf("%s is accepted:\n%.200s", mistake.values, stdout)
			}
			if !strings.Contains(stderr, mistake.says) {
				t.Errorf("%s: does not name %s: %s", mistake.values, mistake.says, stderr)
			}
		})
	}
}

func TestSchema__as_a_subchart__accepts_global_values(t *testing.T) {
	set(t, "--set", "global.imageRegistry=registry.example.com")
}

// leaf is a value that a user may set, with its description in the schema and its default in values.yaml.
type leaf struct {
	path, description string
	value             any
}

func schema(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(chartDir, "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	result := map[string]any{}
	if err := json.Unmarshal(text, &result); err != nil {
		t.Fatal(err)
	}
	return result
}

func values(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(chartDir, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	result := map[string]any{}
	if err := yaml.UnmarshalStrict(text, &result); err != nil {
		t.Fatal(err)
	}
	return result
}

// leaves returns the leaves of a part of the schema. An object with properties but no description is a group;
// everything else is a leaf.
func leaves(t *testing.T, schema map[string]any, value any, path string) []leaf {
	t.Helper()
	description, described := schema["description"].(string)
	properties, isGroup := schema["properties"].(map[string]any)
	if described || !isGroup {
		if !described {
			t.Errorf("values.schema.json: %s has no description", path)
		}
		return []leaf{{path, description, value}}
	}
	if schema["additionalProperties"] != false {
		t.Errorf("values.schema.json: %s accepts unknown keys", path)
	}
	group, ok := value.(map[string]any)
	if !ok {
		t.Errorf("values.yaml: %s is not an object", path)
	}
	var result []leaf
	var names []string
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if path == "" && name == "global" {
			continue
		}
		below := strings.TrimPrefix(path+"."+name, ".")
		if _, ok := group[name]; !ok {
			t.Errorf("values.yaml lacks %s, which the schema has", below)
		}
		result = append(result, leaves(t, properties[name].(map[string]any), group[name], below)...)
	}
	return result
}

func shown(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 60 {
		return "see values.yaml"
	}
	return "`" + string(text) + "`"
}

const tableStart, tableEnd = "<!-- values: made from values.schema.json and values.yaml by the test -->\n", "<!-- end of values -->\n"

// README.md must have the table that is made here from the schema and values.yaml. README_UPDATE=1 writes it.
func TestReadme__table_of_values__is_what_schema_and_values_say(t *testing.T) {
	table := "| value | default | meaning |\n|---|---|---|\n"
	for _, l := range leaves(t, schema(t), values(t), "") {
		table += fmt.Sprintf("| `%s` | %s | %s |\n", l.path, shown(t, l.value), strings.ReplaceAll(l.description, "|", "\\|"))
	}
	file := filepath.Join(chartDir, "README.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableStart)
	old, after, foundEnd := strings.Cut(rest, tableEnd)
	if !found || !foundEnd {
		t.Fatalf("README.md lacks the lines %s and %s", tableStart, tableEnd)
	}
	if old == table {
		return
	}
	if os.Getenv("README_UPDATE") == "" {
		t.Fatal("README.md's table of values is not what values.schema.json and values.yaml say; README_UPDATE=1 tests/chart/run.sh writes it")
	}
	if err := os.WriteFile(file, []byte(before+tableStart+table+tableEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestNotes__each_source_of_policies__tell_the_next_step(t *testing.T) {
	for _, name := range []string{"default", "git-sync", "policies-from-values", "policies-from-configmap", "guard", "existing-secret"} {
		stdout, stderr, err := run(t, program(t, "HELM"), "install", release, chartDir, "--namespace", releaseSpace, "--dry-run=client",
			"--values", filepath.Join(chartDir, "ci", name+"-values.yaml"))
		if err != nil {
			t.Fatalf("%s: %s", name, stderr)
		}
		_, notes, _ := strings.Cut(stdout, "NOTES:")
		for _, want := range []string{"kubectl label namespace", "gpuslice.dev/inject=enabled", "kubectl annotate namespace", "--dry-run=server",
			"kubectl delete mutatingwebhookconfiguration gpuslice"} {
			if !strings.Contains(notes, want) {
				t.Errorf("%s: the notes lack %q", name, want)
			}
		}
		if strings.Contains(notes, "<no value>") || strings.Contains(notes, "%!") {
			t.Errorf("%s: %s", name, notes)
		}
	}
}

// If the chart's NetworkPolicy blocks Prometheus, and only then, the notes name the missing value.
func TestNotes__monitoring__say_when_the_NetworkPolicy_blocks_it(t *testing.T) {
	const missing = "networkPolicy.metricsFrom is empty"
	for values, blocked := range map[string]bool{
		"monitoring.serviceMonitor.enabled=true":                                                                true,
		"monitoring.podMonitor.enabled=true":                                                                    true,
		"monitoring.prometheusRule.enabled=true":                                                                false,
		"monitoring.podMonitor.enabled=true,networkPolicy.enabled=false":                                        false,
		"monitoring.podMonitor.enabled=true,hostNetwork=true":                                                   false,
		"monitoring.podMonitor.enabled=true,networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.a=b":     false,
		"monitoring.serviceMonitor.enabled=true,networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.a=b": false,
		"monitoring.serviceMonitor.enabled=true,monitoring.podMonitor.enabled=true":                             true,
	} {
		text, stderr, err := run(t, program(t, "HELM"), "install", release, chartDir, "--namespace", releaseSpace, "--dry-run=client", "--set", values)
		if err != nil {
			t.Fatalf("%s: %s", values, stderr)
		}
		if strings.Contains(text, missing) != blocked {
			t.Errorf("%s: the notes contain %q: %v, must be %v", values, missing, !blocked, blocked)
		}
	}
}

func TestChart__version__is_the_programs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(chartDir, "Chart.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	chart := map[string]any{}
	if err := yaml.UnmarshalStrict(text, &chart); err != nil {
		t.Fatal(err)
	}
	stdout, _, err := run(t, program(t, "GPUSLICE"), "version")
	if err != nil || !strings.Contains(stdout, fmt.Sprint(chart["appVersion"])) {
		t.Errorf("appVersion %v; the program prints %s", chart["appVersion"], stdout)
	}
}
