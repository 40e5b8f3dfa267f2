package chart

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

var metricName = regexp.MustCompile(`\b(gpuslice|process|apiserver)_[a-z_]+\b`)

// The only metric in the alerts that gpuslice does not export: the API server's count of webhook calls that failed
// open.
const failOpen = "apiserver_admission_webhook_fail_open_count"

func documented(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(line, "| `") {
			names = append(names, metricName.FindAllString(strings.Split(line, "|")[1], -1)...)
		}
	}
	if len(names) < 20 {
		t.Fatalf("docs/metrics.md: found %v only", names)
	}
	return names
}

func checkMetrics(t *testing.T, where, query string, more ...string) {
	t.Helper()
	known := append(documented(t), more...)
	names := metricName.FindAllString(query, -1)
	if len(names) == 0 {
		t.Errorf("%s: no metric in %s", where, query)
	}
	for _, name := range names {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count"), "_sum")
		if !slices.Contains(known, name) && !slices.Contains(known, base) {
			t.Errorf("%s: %s is not in docs/metrics.md", where, name)
		}
	}
}

type ruleFile struct {
	Groups []struct {
		Name  string `json:"name"`
		Rules []struct {
			Alert       string            `json:"alert"`
			Expr        string            `json:"expr"`
			For         string            `json:"for"`
			Labels      map[string]string `json:"labels"`
			Annotations map[string]string `json:"annotations"`
		} `json:"rules"`
	} `json:"groups"`
}

// alerts writes the groups of the rendered PrometheusRule to alerts.yaml, in the format of Prometheus, and returns
// them.
func alerts(t *testing.T, dir string) ruleFile {
	t.Helper()
	rules := ci(t, "monitoring").kind("PrometheusRule")
	if len(rules) != 1 {
		t.Fatalf("%d PrometheusRules", len(rules))
	}
	text, err := yaml.Marshal(rules[0].tree["spec"])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "alerts.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	var result ruleFile
	if err := yaml.UnmarshalStrict(text, &result); err != nil {
		t.Fatal(err)
	}
	return result
}

func TestAlerts__rendered__are_accepted_by_promtool(t *testing.T) {
	dir := t.TempDir()
	file := alerts(t, dir)
	if stdout, stderr, err := run(t, program(t, "PROMTOOL"), "check", "rules", filepath.Join(dir, "alerts.yaml")); err != nil {
		t.Errorf("%s%s", stdout, stderr)
	}
	for _, rule := range file.Groups[0].Rules {
		checkMetrics(t, rule.Alert, rule.Expr, failOpen)
		if rule.For == "" || rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" ||
			!slices.Contains([]string{"warning", "critical"}, rule.Labels["severity"]) {
			t.Errorf("%s: for, severity, summary or description is missing", rule.Alert)
		}
		if strings.Contains(rule.Expr, "@") {
			t.Errorf("%s: a placeholder was not filled in: %s", rule.Alert, rule.Expr)
		}
		if !strings.Contains(rule.Expr, `namespace="`+releaseSpace+`"`) && !strings.Contains(rule.Expr, failOpen) {
			t.Errorf("%s does not select the release's namespace", rule.Alert)
		}
	}
}

// promtool runs testdata/alerts_test.yaml, which has a case for each alert.
func TestAlerts__unit_tests__pass(t *testing.T) {
	dir := t.TempDir()
	file := alerts(t, dir)
	text, err := os.ReadFile("testdata/alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range file.Groups[0].Rules {
		if !strings.Contains(string(text), "alertname: "+rule.Alert+"\n    exp_alerts:\n    - exp_labels: {severity: "+rule.Labels["severity"]) ||
			!strings.Contains(string(text), "alertname: "+rule.Alert+"}") {
			t.Errorf("testdata/alerts_test.yaml has no case for %s", rule.Alert)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "test.yaml"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, err := run(t, program(t, "PROMTOOL"), "test", "rules", filepath.Join(dir, "test.yaml")); err != nil {
		t.Errorf("%s%s", stdout, stderr)
	}
}

// queries collects every PromQL text of a dashboard.
func queries(tree any) []string {
	var result []string
	switch node := tree.(type) {
	case map[string]any:
		for key, value := range node {
			if text, ok := value.(string); ok && key == "expr" {
				result = append(result, text)
			}
			result = append(result, queries(value)...)
		}
	case []any:
		for _, value := range node {
			result = append(result, queries(value)...)
		}
	}
	return result
}

func TestDashboard__queries__parse_and_name_documented_metrics(t *testing.T) {
	var config *corev1.ConfigMap
	for _, candidate := range find[*corev1.ConfigMap](ci(t, "monitoring")) {
		if candidate.Labels["grafana_dashboard"] == "1" {
			config = candidate
		}
	}
	if config == nil || config.Annotations["grafana_folder"] != "GPU" {
		t.Fatalf("no ConfigMap for Grafana's sidecar, or without its annotation: %v", config)
	}
	dashboard := map[string]any{}
	if err := json.Unmarshal([]byte(config.Data["gpuslice.json"]), &dashboard); err != nil {
		t.Fatal(err)
	}
	all := queries(dashboard)
	if len(all) < 15 {
		t.Fatalf("%d queries", len(all))
	}
	rules := "groups:\n- name: dashboard\n  rules:\n"
	for _, query := range all {
		checkMetrics(t, "dashboard", query)
		filled := strings.NewReplacer("$__rate_interval", "5m", "$namespace", releaseSpace).Replace(query)
		if strings.Contains(filled, "$") {
			t.Errorf("an undefined variable: %s", query)
		}
		text, _ := json.Marshal(filled)
		rules += "  - {record: a:b, expr: " + string(text) + "}\n"
	}
	file := filepath.Join(t.TempDir(), "queries.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o644); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, err := run(t, program(t, "PROMTOOL"), "check", "rules", "--lint=none", file); err != nil {
		t.Errorf("%s%s", stdout, stderr)
	}
	panels := map[float64]bool{}
	for _, panel := range dashboard["panels"].([]any) {
		id := panel.(map[string]any)["id"].(float64)
		if panels[id] {
			t.Errorf("two panels have the id %v", id)
		}
		panels[id] = true
	}
}
