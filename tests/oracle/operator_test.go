package oracle

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	operator "github.com/NVIDIA/gpu-operator/api/nvidia/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// chartValues reads the values.yaml of the operator's chart, which is in the Go module of the operator.
func chartValues(t *testing.T) map[string]any {
	t.Helper()
	folder, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/NVIDIA/gpu-operator").Output()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(folder)), "deployments/gpu-operator/values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{}
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	return values
}

// unknownValues returns a line for each of our values that the chart's values.yaml lacks or has with another type. Helm
// itself ignores values that no template reads.
func unknownValues(ours, chart map[string]any, path string) []string {
	var complaints []string
	for key, value := range ours {
		theirs, found := chart[key]
		where := path + "." + key
		if !found {
			complaints = append(complaints, where+" is no value of the chart")
			continue
		}
		if fmt.Sprintf("%T", value) != fmt.Sprintf("%T", theirs) {
			complaints = append(complaints, fmt.Sprintf("%s is a %T, in the chart a %T", where, value, theirs))
			continue
		}
		if inner, is := value.(map[string]any); is {
			complaints = append(complaints, unknownValues(inner, theirs.(map[string]any), where)...)
		}
	}
	return complaints
}

func TestOperatorValues__chart__every_value_is_known(t *testing.T) {
	chart := chartValues(t)
	for _, set := range sets(t) {
		values := map[string]any{}
		if err := yaml.UnmarshalStrict(set.files["gpu-operator-values.yaml"], &values); err != nil {
			t.Fatal(err)
		}
		for _, complaint := range unknownValues(values, chart, "values") {
			t.Errorf("%s: %s", set.name, complaint)
		}
	}
	if len(unknownValues(map[string]any{"devicePlugin": map[string]any{"configs": "a"}}, chart, "")) == 0 {
		t.Error("the check finds nothing")
	}
}

// The values that become fields of a ClusterPolicy are read into its Go types. They name the rendered ConfigMaps and
// keys in them, leave mig.strategy empty, and tolerate the taints of the NodePools.
func TestOperatorValues__cluster_policy_types__name_our_config_maps(t *testing.T) {
	for _, set := range sets(t) {
		var values struct {
			MIG          operator.MIGSpec
			DevicePlugin struct{ Config operator.DevicePluginConfig }
			MIGManager   struct {
				Config operator.MIGPartedConfigSpec
				Env    []operator.EnvVar
			}
			Daemonsets struct{ Tolerations []corev1.Toleration }
		}
		if err := yaml.Unmarshal(set.files["gpu-operator-values.yaml"], &values); err != nil {
			t.Fatal(err)
		}
		plugin := object(t, "device-plugin-config.yaml", set.files["device-plugin-config.yaml"])
		mig := object(t, "mig-parted-config.yaml", set.files["mig-parted-config.yaml"])
		if values.DevicePlugin.Config.Name != plugin.GetName() || values.MIGManager.Config.Name != mig.GetName() {
			t.Errorf("%s: ConfigMaps %s and %s are named", set.name, values.DevicePlugin.Config.Name, values.MIGManager.Config.Name)
		}
		if _, found := data(t, set, "device-plugin-config.yaml")[values.DevicePlugin.Config.Default]; !found {
			t.Errorf("%s: the default %s is no key", set.name, values.DevicePlugin.Config.Default)
		}
		if values.MIGManager.Config.Default != "all-disabled" {
			t.Errorf("%s: MIG manager's default is %s", set.name, values.MIGManager.Config.Default)
		}
		if values.MIG.Strategy != "" {
			t.Errorf("%s: mig.strategy is %s: it would override that of every pool", set.name, values.MIG.Strategy)
		}
		tolerated(t, set, values.Daemonsets.Tolerations)
	}
}

// tolerated fails unless the operator's daemon sets tolerate all taints of every NodePool.
func tolerated(t *testing.T, set rendered, tolerations []corev1.Toleration) {
	t.Helper()
	for file, text := range set.files {
		if !strings.HasPrefix(file, "nodepool-") {
			continue
		}
		var nodePool struct {
			Spec struct {
				Template struct {
					Spec struct{ Taints, StartupTaints []corev1.Taint }
				}
			}
		}
		if err := yaml.Unmarshal(text, &nodePool); err != nil {
			t.Fatal(err)
		}
		spec := nodePool.Spec.Template.Spec
		for _, taint := range append(spec.Taints, spec.StartupTaints...) {
			found := false
			for _, toleration := range tolerations {
				found = found || (toleration.Operator == corev1.TolerationOpExists && toleration.Key == taint.Key && toleration.Effect == taint.Effect)
			}
			if !found {
				t.Errorf("%s: %s: the operator does not tolerate %s", set.name, file, taint.ToString())
			}
		}
	}
}
