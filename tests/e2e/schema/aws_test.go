package schema

import (
	"context"
	"strings"
	"testing"

	"gpuslice.dev/e2e/cluster"
)

// The schemas and CEL rules accept everything that is rendered, in a dry run and when it is applied.
func TestRenderedIsAccepted(t *testing.T) {
	ctx := context.Background()
	all := objects(t)
	makeNamespaces(t, all)
	count := map[string]int{}
	for _, object := range all {
		count[object.GetKind()]++
		if err := plane.DryRun(ctx, object); err != nil {
			t.Errorf("dry run: %v", err)
		}
		if err := plane.Apply(ctx, object); err != nil {
			t.Errorf("apply: %v", err)
		}
	}
	t.Cleanup(func() { cluster.Must(t, plane.Delete(ctx, all...)) })
	for _, kind := range []string{"NodePool", "NodeOverlay", "EC2NodeClass", "ConfigMap", "ValidatingAdmissionPolicy",
		"ValidatingAdmissionPolicyBinding", "DeviceClass", "ResourceQuota", "LimitRange", "ResourceFlavor"} {
		if count[kind] == 0 {
			t.Errorf("no %s was rendered", kind)
		}
	}
	t.Logf("accepted: %v", count)
}

// The schemas are in force: the API server refuses an object with one wrong field.
func TestOneWrongFieldIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, file, why string
		spoil           func(spec map[string]any)
	}{
		{"no role", "ec2nodeclass-t4-thirds.yaml", "'role', 'instanceProfile'", func(spec map[string]any) {
			delete(spec, "role")
		}},
		{"alias without a version", "ec2nodeclass-t4-thirds.yaml", "alias", func(spec map[string]any) {
			spec["amiSelectorTerms"] = []any{map[string]any{"alias": "al2023"}}
		}},
		{"overlay of cpu", "nodeoverlay-t4-thirds-1gpu.yaml", "invalid resource restricted", func(spec map[string]any) {
			spec["capacity"] = map[string]any{"cpu": "4"}
		}},
		{"label of Karpenter's own", "nodepool-t4-thirds.yaml", "label domain", func(spec map[string]any) {
			spec["template"].(map[string]any)["metadata"] = map[string]any{"labels": map[string]any{"karpenter.k8s.aws/slices": "3"}}
		}},
		{"extended resource without a domain", "deviceclass-mig-1g.5gb.yaml", "extendedResourceName", func(spec map[string]any) {
			spec["extendedResourceName"] = "mig-1g.5gb"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			spoilt := load(t, c.file)
			c.spoil(spoilt[0].Object["spec"].(map[string]any))
			if err := plane.DryRun(context.Background(), spoilt...); err == nil || !strings.Contains(err.Error(), c.why) {
				t.Errorf("the API server answers: %v", err)
			}
		})
	}
}
