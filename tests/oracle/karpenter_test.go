package oracle

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	awsapis "github.com/aws/karpenter-provider-aws/pkg/apis"
	_ "github.com/aws/karpenter-provider-aws/pkg/apis/v1" // makes AWS's labels known to Karpenter
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	kwokapis "sigs.k8s.io/karpenter/kwok/apis"
	karpenter "sigs.k8s.io/karpenter/pkg/apis/v1"
	"sigs.k8s.io/karpenter/pkg/apis/v1alpha1"
	"sigs.k8s.io/karpenter/pkg/scheduling"
)

// definition has what the API server needs to check objects of one version of a CRD.
type definition struct {
	structural *schema.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator
}

// definitions returns the definitions of Karpenter's kinds by "apiVersion/kind". NodePool and NodeOverlay are those of
// the AWS provider, whose rules allow its labels.
func definitions(t *testing.T) map[string]definition {
	t.Helper()
	result := map[string]definition{}
	for _, crd := range append(append([]*apiextensionsv1.CustomResourceDefinition{}, awsapis.CRDs...), kwokapis.CRDs...) {
		for _, version := range crd.Spec.Versions {
			var internal apiextensions.JSONSchemaProps
			err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, &internal, nil)
			if err != nil {
				t.Fatal(err)
			}
			structural, err := schema.NewStructural(&internal)
			if err != nil {
				t.Fatal(err)
			}
			validator, _, err := validation.NewSchemaValidator(&internal)
			if err != nil {
				t.Fatal(err)
			}
			key := fmt.Sprintf("%s/%s/%s", crd.Spec.Group, version.Name, crd.Spec.Names.Kind)
			result[key] = definition{structural, validator, cel.NewValidator(structural, true, celconfig.PerCallLimit)}
		}
	}
	return result
}

// check returns the reasons for which the API server would refuse the object.
func (d definition) check(object map[string]any) []string {
	var complaints []string
	for _, path := range pruning.PruneWithOptions(runtime.DeepCopyJSON(object), d.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}) {
		complaints = append(complaints, "unknown field "+path)
	}
	defaulted := runtime.DeepCopyJSON(object)
	defaulting.Default(defaulted, d.structural)
	for _, err := range validation.ValidateCustomResource(nil, defaulted, d.validator) {
		complaints = append(complaints, err.Error())
	}
	errs, _ := d.rules.Validate(context.Background(), nil, d.structural, defaulted, nil, celconfig.RuntimeCELCostBudget)
	for _, err := range errs {
		complaints = append(complaints, err.Error())
	}
	return complaints
}

func TestCustomResources__schemas_and_rules_of_the_crds__accepted(t *testing.T) {
	known := definitions(t)
	all := append(sets(t, everything...), sets(t, "--node-class", "kwok")...)
	checked := map[string]int{}
	for _, set := range all {
		for file, text := range set.files {
			one := object(t, file, text)
			key := one.GetAPIVersion() + "/" + one.GetKind()
			if !strings.Contains(key, "karpenter") {
				continue
			}
			crd, found := known[key]
			if !found {
				t.Errorf("%s: %s: there is no CRD for %s", set.name, file, key)
				continue
			}
			checked[one.GetKind()]++
			for _, complaint := range crd.check(one.Object) {
				t.Errorf("%s: %s: %s", set.name, file, complaint)
			}
		}
	}
	for _, kind := range []string{"NodePool", "NodeOverlay", "EC2NodeClass", "KWOKNodeClass"} {
		if checked[kind] == 0 {
			t.Errorf("no %s was checked", kind)
		}
	}
}

// check() finds these mistakes.
func TestCustomResources__broken__refused(t *testing.T) {
	known := definitions(t)
	for name, broken := range map[string]struct{ key, text string }{
		"unknown field":    {"karpenter.sh/v1/NodePool", "{spec: {weigth: 5, template: {spec: {requirements: [], nodeClassRef: {group: a, kind: b, name: c}}}}}"},
		"rule":             {"karpenter.sh/v1/NodePool", "{spec: {template: {metadata: {labels: {karpenter.sh/nodepool: a}}, spec: {requirements: [], nodeClassRef: {group: a, kind: b, name: c}}}}}"},
		"pattern":          {"karpenter.sh/v1alpha1/NodeOverlay", "{spec: {requirements: [], price: cheap}}"},
		"required":         {"karpenter.k8s.aws/v1/EC2NodeClass", "{spec: {role: a}}"},
		"role and profile": {"karpenter.k8s.aws/v1/EC2NodeClass", "{spec: {role: a, instanceProfile: b, amiSelectorTerms: [{alias: al2023@latest}], subnetSelectorTerms: [{id: subnet-1}], securityGroupSelectorTerms: [{id: sg-1}]}}"},
	} {
		if complaints := known[broken.key].check(object(t, name, []byte(broken.text)).Object); len(complaints) == 0 {
			t.Errorf("%s: nothing was found", name)
		}
	}
}

func decoded[T any](t *testing.T, set rendered, prefix string) map[string]*T {
	t.Helper()
	result := map[string]*T{}
	for file, text := range set.files {
		if !strings.HasPrefix(file, prefix) {
			continue
		}
		one := object(t, file, text)
		var typed T
		if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(one.Object, &typed, true); err != nil {
			t.Fatalf("%s: %s: %v", set.name, file, err)
		}
		result[one.GetName()] = &typed
	}
	return result
}

// Karpenter's validation at run time checks more than its CRDs.
func TestNodePool__runtime_validation__accepted(t *testing.T) {
	for _, set := range sets(t) {
		for name, one := range decoded[karpenter.NodePool](t, set, "nodepool-") {
			if err := one.RuntimeValidate(context.Background()); err != nil {
				t.Errorf("%s: %s: %v", set.name, name, err)
			}
		}
	}
}

func TestNodeOverlay__runtime_validation__accepted(t *testing.T) {
	for _, set := range sets(t) {
		for name, one := range decoded[v1alpha1.NodeOverlay](t, set, "nodeoverlay-") {
			if err := one.RuntimeValidate(context.Background()); err != nil {
				t.Errorf("%s: %s: %v", set.name, name, err)
			}
		}
	}
}

// seen returns the labels with which Karpenter matches overlays for an instance type of a NodePool: the name of the
// NodePool, the labels of its template and the instance type.
func seen(nodePool *karpenter.NodePool, instanceType string) scheduling.Requirements {
	requirements := scheduling.NewLabelRequirements(map[string]string{
		"karpenter.sh/nodepool":            nodePool.Name,
		"node.kubernetes.io/instance-type": instanceType,
	})
	requirements.Add(scheduling.NewLabelRequirements(nodePool.Spec.Template.Labels).Values()...)
	return requirements
}

func required(overlay *v1alpha1.NodeOverlay) scheduling.Requirements {
	var list []corev1.NodeSelectorRequirement
	for _, one := range overlay.Spec.Requirements {
		list = append(list, corev1.NodeSelectorRequirement{Key: one.Key, Operator: corev1.NodeSelectorOperator(one.Operator), Values: one.Values})
	}
	return scheduling.NewNodeSelectorRequirements(list...)
}

func instanceTypes(nodePool *karpenter.NodePool) []string {
	for _, requirement := range nodePool.Spec.Template.Spec.Requirements {
		if requirement.Key == "node.kubernetes.io/instance-type" {
			return requirement.Values
		}
	}
	return nil
}

// For each instance type of a pool that splits its GPUs, exactly one overlay matches, and it is that pool's. For the
// types of other pools no overlay matches. Therefore overlays can have the same weight, as they have unless the policies set one.
func TestNodeOverlay__karpenters_matching__exactly_one_for_each_type(t *testing.T) {
	for _, set := range sets(t) {
		overlays := decoded[v1alpha1.NodeOverlay](t, set, "nodeoverlay-")
		for name, overlay := range overlays {
			if weight := *overlay.Spec.Weight; weight != 10 && !strings.HasPrefix(name, "all-fields-") {
				t.Errorf("%s: %s has weight %d", set.name, name, weight)
			}
		}
		for name, nodePool := range decoded[karpenter.NodePool](t, set, "nodepool-") {
			for _, instanceType := range instanceTypes(nodePool) {
				matching := []string{}
				for overlayName, overlay := range overlays {
					if seen(nodePool, instanceType).IsCompatible(required(overlay)) {
						matching = append(matching, overlayName)
					}
				}
				cut := set.pools[name].Spec.Sharing.Whole == nil || name == "arm" // the overlay of arm changes only the price
				if (cut && len(matching) != 1) || (!cut && len(matching) != 0) {
					t.Errorf("%s: %s of %s: overlays %v", set.name, instanceType, name, matching)
				}
				for _, overlay := range matching {
					if !strings.HasPrefix(overlay, name+"-") {
						t.Errorf("%s: %s of %s has the overlay %s", set.name, instanceType, name, overlay)
					}
				}
			}
		}
	}
}

// The capacity of an overlay follows from the pool's file: the number of GPUs in the overlay's name times the slices of
// a GPU.
func TestNodeOverlay__capacity__gpus_times_slices(t *testing.T) {
	for _, set := range sets(t) {
		for name, overlay := range decoded[v1alpha1.NodeOverlay](t, set, "nodeoverlay-") {
			dash := strings.LastIndex(name, "-")
			gpus, err := strconv.Atoi(strings.TrimSuffix(name[dash+1:], "gpu"))
			if err != nil {
				t.Fatal(err)
			}
			wanted := capacityOf(set.pools[name[:dash]], gpus)
			if len(wanted) != len(overlay.Spec.Capacity) {
				t.Errorf("%s: %s: capacity %v, wanted %v", set.name, name, overlay.Spec.Capacity, wanted)
			}
			for resource, quantity := range overlay.Spec.Capacity {
				if count, found := wanted[string(resource)]; !found || quantity.CmpInt64(count) != 0 {
					t.Errorf("%s: %s: %s is %s, wanted %d", set.name, name, resource, quantity.String(), count)
				}
			}
		}
	}
}

func capacityOf(p pool, gpus int) map[string]int64 {
	sharing := p.Spec.Sharing
	result := map[string]int64{}
	replicas, suffix := 1, ""
	for _, one := range []*shared{sharing.TimeSlicing, sharing.MPS} {
		if one != nil {
			replicas = one.Replicas
			if one.Rename {
				suffix = ".shared"
			}
		}
	}
	if sharing.Whole != nil {
		return result
	}
	result["nvidia.com/gpu"] = 0
	if sharing.MIG == nil {
		result["nvidia.com/gpu"+suffix] = int64(gpus * replicas)
		return result
	}
	for profile, count := range sharing.MIG.Layout {
		resource := "nvidia.com/mig-" + strings.ReplaceAll(profile, "+", ".")
		if p.single() {
			resource = "nvidia.com/gpu"
		}
		result[resource+suffix] = int64(gpus * count * replicas)
	}
	return result
}
