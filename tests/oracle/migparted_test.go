package oracle

import (
	"testing"

	migparted "github.com/NVIDIA/mig-parted/api/spec/v1"
	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

func TestMigPartedConfig__its_own_parser__same_layouts(t *testing.T) {
	for _, set := range sets(t) {
		var spec migparted.Spec
		text := data(t, set, "mig-parted-config.yaml")["config.yaml"]
		if err := yaml.Unmarshal([]byte(text), &spec); err != nil {
			t.Fatalf("%s: %v\n%s", set.name, err, text)
		}
		wanted := map[string]map[string]int{"all-disabled": nil}
		for name, one := range set.pools {
			if one.Spec.Sharing.MIG != nil && !one.bottlerocket() {
				wanted[name] = one.Spec.Sharing.MIG.Layout
			}
		}
		read := map[string]map[string]int{}
		for name, configs := range spec.MigConfigs {
			read[name] = layout(t, name, configs)
		}
		if diff := cmp.Diff(wanted, read); diff != "" {
			t.Errorf("%s: wanted -, read +\n%s", set.name, diff)
		}
	}
}

func layout(t *testing.T, name string, configs migparted.MigConfigSpecSlice) map[string]int {
	t.Helper()
	if len(configs) != 1 || !configs[0].MatchesAllDevices() {
		t.Fatalf("%s: not one entry for all devices", name)
	}
	if configs[0].MigEnabled != (name != "all-disabled") {
		t.Errorf("%s: mig-enabled is %v", name, configs[0].MigEnabled)
	}
	if !configs[0].MigEnabled {
		return nil
	}
	return configs[0].MigDevices
}
