package cluster

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// Namespace is that of gpuslice's service account and Secret; serve itself runs outside the cluster.
	Namespace = "gpuslice-system"
	// Release is the chart's release name, and the name of most of its objects.
	Release = "gpuslice"
	// Secret holds the certificates that serve manages.
	Secret = "gpuslice-tls"
)

// Render returns the objects of the chart as `helm template` renders them. values is the path of a values file, or "".
func (c *Cluster) Render(values string) ([]*unstructured.Unstructured, error) {
	args := []string{"template", Release, filepath.Join(c.Root, "charts/gpuslice"), "--namespace", Namespace}
	if values != "" {
		args = append(args, "--values", values)
	}
	helm := exec.Command(filepath.Join(c.Root, "build/tools/helm"), args...)
	var stderr strings.Builder
	helm.Stderr = &stderr
	text, err := helm.Output()
	if err != nil {
		return nil, fmt.Errorf("helm template: %w: %s", err, stderr.String())
	}
	return Decode(text)
}

func ofKinds(objects []*unstructured.Unstructured, kinds ...string) []*unstructured.Unstructured {
	var chosen []*unstructured.Unstructured
	for _, object := range objects {
		if slices.Contains(kinds, object.GetKind()) {
			chosen = append(chosen, object)
		}
	}
	return chosen
}

// installAccount applies serve's service account, RBAC objects and Secret from the chart.
func (w *Webhook) installAccount() error {
	return w.cluster.Apply(context.Background(), ofKinds(w.chart, "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role",
		"RoleBinding", "Secret")...)
}

// Register applies the chart's webhook configurations, with the address of w.Service. If bundle is nil, serve writes
// the caBundle itself.
func (w *Webhook) Register(bundle []byte) error {
	objects := ofKinds(w.chart, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
	for i, object := range objects {
		objects[i] = object.DeepCopy()
		if err := pointAt(objects[i], w.Service.Address, bundle); err != nil {
			return err
		}
	}
	return w.cluster.Apply(context.Background(), objects...)
}

// pointAt replaces the service of each clientConfig of a webhook configuration by a URL at address with the same path,
// and sets a timeout of 25 s, because the machine may be busy.
func pointAt(object *unstructured.Unstructured, address string, bundle []byte) error {
	var configuration admissionv1.MutatingWebhookConfiguration // the fields read here are those of a validating one, too
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &configuration); err != nil {
		return err
	}
	entries, _, err := unstructured.NestedSlice(object.Object, "webhooks")
	if err != nil {
		return err
	}
	for i, webhook := range configuration.Webhooks {
		if webhook.ClientConfig.Service == nil {
			return fmt.Errorf("%s: no service", webhook.Name)
		}
		url := "https://" + address + *webhook.ClientConfig.Service.Path
		config := admissionv1.WebhookClientConfig{URL: &url, CABundle: bundle}
		entry := entries[i].(map[string]any)
		entry["timeoutSeconds"] = int64(25)
		entry["clientConfig"], err = runtime.DefaultUnstructuredConverter.ToUnstructured(&config)
		if err != nil {
			return err
		}
	}
	return unstructured.SetNestedSlice(object.Object, entries, "webhooks")
}

// chartArgs returns the arguments that the chart's Deployment gives to serve. Those whose flags are also in instead are
// left out, and instead is appended.
func (w *Webhook) chartArgs(instead ...string) ([]string, error) {
	name := func(arg string) string { flag, _, _ := strings.Cut(arg, "="); return flag }
	var replaced []string
	for _, arg := range instead {
		replaced = append(replaced, name(arg))
	}
	for _, deployment := range ofKinds(w.chart, "Deployment") {
		containers, _, err := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
		if err != nil || len(containers) == 0 {
			return nil, fmt.Errorf("the chart's Deployment has no containers: %v", err)
		}
		args, _, err := unstructured.NestedStringSlice(containers[0].(map[string]any), "args")
		args = slices.DeleteFunc(args, func(arg string) bool { return slices.Contains(replaced, name(arg)) })
		return append(args, instead...), err
	}
	return nil, fmt.Errorf("the chart renders no Deployment")
}
