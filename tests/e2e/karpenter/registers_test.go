package karpenter

import (
	"maps"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// The simulated device plugin does with these files what NVIDIA's does.
func TestWhatTheDevicePluginRegisters(t *testing.T) {
	const thirds = "sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 3}]}}"
	const renamed = "sharing: {timeSlicing: {renameByDefault: true, resources: [{name: gpu, replicas: 3}]}}"
	layouts := migParted{Configs: map[string][]migDevice{
		"sevenths": {{Devices: "all", Enabled: true, Layout: map[string]int{"1g.5gb": 7}}},
		"halves":   {{Devices: []any{float64(0)}, Enabled: true, Layout: map[string]int{"3g.20gb": 2}}, {Devices: []any{float64(1)}}},
		"media":    {{Devices: "all", Enabled: true, Layout: map[string]int{"1g.5gb+me": 1}}},
		"foreign":  {{Devices: "all", Enabled: true, Layout: map[string]int{"1g.10gb+x": 1}}},
		"mixture":  {{Devices: "all", Enabled: true, Layout: map[string]int{"1g.5gb": 2, "3g.20gb": 1}}},
	}}
	taint := []corev1.Taint{{Key: poolKey, Value: "a", Effect: corev1.TaintEffectNoSchedule}}
	type counts = map[string]int
	for name, c := range map[string]struct {
		side     nodeSide
		instance string
		layout   string
		taints   []corev1.Taint
		found    counts
		why      string
	}{
		"no config":                    {nodeSide{}, "g4dn.12xlarge", "", nil, counts{gpuResource: 4}, ""},
		"thirds":                       {sideOf(thirds), "g4dn.12xlarge", "", nil, counts{gpuResource: 12}, ""},
		"renamed":                      {sideOf(renamed), "g4dn.xlarge", "", nil, counts{"nvidia.com/gpu.shared": 3}, ""},
		"misplaced field is ignored":   {sideOf(thirds + "\nrenameByDefault: true"), "g4dn.xlarge", "", nil, counts{gpuResource: 3}, ""},
		"resource that does not exist": {sideOf(strings.Replace(thirds, "gpu,", "mig-1g.5gb,", 1)), "g4dn.xlarge", "", nil, counts{gpuResource: 1}, ""},
		"no resources":                 {sideOf("sharing: {timeSlicing: {}}"), "g4dn.xlarge", "", nil, nil, "no resources"},
		"one replica":                  {sideOf(strings.Replace(thirds, "3", "1", 1)), "g4dn.xlarge", "", nil, nil, "replicas"},
		"mps before time-slicing":      {sideOf("sharing: {timeSlicing: {resources: [{name: gpu, replicas: 3}]}, mps: {resources: [{name: gpu, replicas: 4}]}}"), "g6.xlarge", "", nil, counts{gpuResource: 4}, ""},
		"mps with mixed":               {sideOf("flags: {migStrategy: mixed}\nsharing: {mps: {resources: [{name: gpu, replicas: 4}]}}"), "g6.xlarge", "", nil, nil, "MPS"},
		"another version":              {sideOf("version: v2"), "g6.xlarge", "", nil, nil, "unknown version"},
		"key that does not exist":      {nodeSide{fallback: "a"}, "g6.xlarge", "", nil, nil, "does not exist"},
		"mig mixed":                    {sideOf("flags: {migStrategy: mixed}"), "p4d.24xlarge", "sevenths", nil, counts{"nvidia.com/mig-1g.5gb": 56}, ""},
		"mig on the first GPU":         {sideOf("flags: {migStrategy: mixed}"), "p4d.24xlarge", "halves", nil, counts{"nvidia.com/mig-3g.20gb": 2, gpuResource: 7}, ""},
		"mig single":                   {sideOf("flags: {migStrategy: single}"), "p4d.24xlarge", "sevenths", nil, counts{gpuResource: 56}, ""},
		"mig single, two profiles":     {sideOf("flags: {migStrategy: single}"), "p4d.24xlarge", "mixture", nil, nil, "single"},
		"mig none":                     {sideOf(""), "p4d.24xlarge", "sevenths", nil, counts{gpuResource: 8}, ""},
		"plus is a dot":                {sideOf("flags: {migStrategy: mixed}"), "p4d.24xlarge", "media", nil, counts{"nvidia.com/mig-1g.5gb.me": 8}, ""},
		"profile of another GPU":       {sideOf("flags: {migStrategy: mixed}"), "p4d.24xlarge", "foreign", nil, counts{gpuResource: 8}, ""},
		"layout for a GPU without MIG": {sideOf("flags: {migStrategy: mixed}"), "g6.xlarge", "sevenths", nil, counts{gpuResource: 1}, ""},
		"layout that does not exist":   {sideOf("flags: {migStrategy: mixed}"), "p4d.24xlarge", "nothing", nil, counts{gpuResource: 8}, ""},
		"shared mig":                   {sideOf("flags: {migStrategy: mixed}\nsharing: {timeSlicing: {renameByDefault: true, resources: [{name: mig-1g.5gb, replicas: 2}]}}"), "p4d.24xlarge", "sevenths", nil, counts{"nvidia.com/mig-1g.5gb.shared": 112}, ""},
		"taint":                        {sideOf(thirds), "g4dn.xlarge", "", taint, nil, "tolerate"},
	} {
		t.Run(name, func(t *testing.T) {
			c.side.mig = layouts
			found, err := c.side.registers(goods[c.instance], map[string]string{migConfigKey: c.layout}, c.taints)
			switch {
			case c.why != "" && (err == nil || !strings.Contains(err.Error(), c.why)):
				t.Errorf("it does not fail with %q: %v, %v", c.why, found, err)
			case c.why == "" && (err != nil || !maps.Equal(found, c.found)):
				t.Errorf("it registers %v, %v instead of %v", found, err, c.found)
			}
		})
	}
}

// sideOf is a configuration whose device plugin has one file for all nodes.
func sideOf(config string) nodeSide {
	return nodeSide{fallback: "all", plugin: map[string]string{"all": config}}
}
