package oracle

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	plugin "github.com/NVIDIA/k8s-device-plugin/api/config/v1"
	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
	"sigs.k8s.io/yaml"
)

// parse reads a file as the device plugin does with --config-file if the GPU Operator's mig.strategy is empty: no other
// flag and no environment variable is set.
func parse(t *testing.T, text string) *plugin.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var config *plugin.Config
	flags := []cli.Flag{
		&cli.StringFlag{Name: "config-file"},
		&cli.StringFlag{Name: "mig-strategy", Value: plugin.MigStrategyNone, EnvVars: []string{"MIG_STRATEGY"}},
	}
	app := cli.App{Flags: flags, Action: func(c *cli.Context) (err error) {
		config, err = plugin.NewConfig(c, flags)
		return err
	}}
	if err := app.Run([]string{"plugin", "--config-file", path}); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	plugin.DisableResourceNamingInConfig(config)
	return config
}

// meaning is a configuration of the device plugin: wanted() derives it from a pool's file, understood() from the
// plugin's own file.
type meaning struct {
	Strategy  string
	How       string
	Resources map[string]int
	Rename    bool
	FailTwo   bool
}

func understood(config *plugin.Config) meaning {
	result := meaning{Strategy: *config.Flags.MigStrategy, How: string(config.Sharing.SharingStrategy())}
	if result.How == "none" {
		return result
	}
	replicated := config.Sharing.ReplicatedResources()
	result.Rename, result.FailTwo = replicated.RenameByDefault, replicated.FailRequestsGreaterThanOne
	result.Resources = map[string]int{}
	for _, resource := range replicated.Resources {
		if !resource.Devices.All {
			result.Resources[string(resource.Name)+" of some devices"] = resource.Replicas
		}
		result.Resources[string(resource.Name)] = resource.Replicas
	}
	return result
}

func wanted(p pool) meaning {
	sharing := p.Spec.Sharing
	result := meaning{Strategy: "none", How: "none"}
	if sharing.MIG != nil {
		result.Strategy = "mixed"
	}
	if p.single() {
		result.Strategy = "single"
	}
	how, name := sharing.TimeSlicing, "time-slicing"
	if sharing.MPS != nil {
		how, name = sharing.MPS, "mps"
	}
	if how == nil {
		return result
	}
	result.How, result.Rename, result.FailTwo, result.Resources = name, how.Rename, true, map[string]int{}
	if result.Strategy != "mixed" {
		result.Resources["nvidia.com/gpu"] = how.Replicas
		return result
	}
	for profile := range sharing.MIG.Layout {
		result.Resources["nvidia.com/mig-"+strings.ReplaceAll(profile, "+", ".")] = how.Replicas
	}
	return result
}

func TestDevicePluginConfig__its_own_parser__same_meaning(t *testing.T) {
	for _, set := range sets(t) {
		configs := data(t, set, "device-plugin-config.yaml")
		keys := 1
		if diff := cmp.Diff(meaning{Strategy: "none", How: "none"}, understood(parse(t, configs["default"]))); diff != "" {
			t.Errorf("%s: default: %s", set.name, diff)
		}
		for name, one := range set.pools {
			if one.Spec.Sharing.Whole != nil || one.bottlerocket() {
				continue
			}
			keys++
			if diff := cmp.Diff(wanted(one), understood(parse(t, configs[name]))); diff != "" {
				t.Errorf("%s: %s: wanted -, read +\n%s", set.name, name, diff)
			}
		}
		if keys != len(configs) {
			t.Errorf("%s: %d keys, wanted %d", set.name, len(configs), keys)
		}
	}
}

// withoutNewerFields returns a configuration without the fields that are newer than the plugin's module here: the
// registry of Go modules does not serve its version 0.20.
func withoutNewerFields(t *testing.T, text string) []byte {
	t.Helper()
	var config map[string]any
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	flags, _ := config["flags"].(map[string]any)
	if options, ok := flags["plugin"].(map[string]any); ok {
		delete(options, "sharedDevicesAllocationPolicy")
	}
	remaining, err := yaml.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return remaining
}

// The plugin ignores unknown fields; a strict reader finds misplaced ones.
func TestDevicePluginConfig__strict__no_field_unknown(t *testing.T) {
	for _, set := range sets(t) {
		for name, text := range data(t, set, "device-plugin-config.yaml") {
			var config plugin.Config
			if err := yaml.UnmarshalStrict(withoutNewerFields(t, text), &config); err != nil {
				t.Errorf("%s: %s: %v", set.name, name, err)
			}
			if !strings.HasPrefix(text, "version: v1\n") {
				t.Errorf("%s: %s: no version", set.name, name)
			}
		}
	}
}

// NVIDIA's plugin refuses MPS with migStrategy mixed, so no file may combine them.
func TestDevicePluginConfig__mps__never_mixed(t *testing.T) {
	for _, set := range sets(t) {
		for name, text := range data(t, set, "device-plugin-config.yaml") {
			config := parse(t, text)
			if config.Sharing.SharingStrategy() == plugin.SharingStrategyMPS && *config.Flags.MigStrategy == plugin.MigStrategyMixed {
				t.Errorf("%s: %s: MPS and mixed", set.name, name)
			}
		}
	}
}
