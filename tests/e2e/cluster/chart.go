package cluster

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// rendered is what gets gpuslice into a cluster: accounts, rights, webhook configurations.
func (c *Cluster) rendered() ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, name := range []string{"rights.yaml", "webhook-config.yaml", "advise-config.yaml"} {
		text, err := os.ReadFile(filepath.Join(c.Root, "tests/e2e/testdata/install", name))
		if err != nil {
			return nil, err
		}
		objects, err := Decode(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, objects...)
	}
	return all, nil
}

func (c *Cluster) renderedOf(kinds ...string) ([]*unstructured.Unstructured, error) {
	all, err := c.rendered()
	var chosen []*unstructured.Unstructured
	for _, object := range all {
		for _, kind := range kinds {
			if object.GetKind() == kind {
				chosen = append(chosen, object)
			}
		}
	}
	return chosen, err
}

func (c *Cluster) applyRights() error {
	objects, err := c.renderedOf("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
	if err != nil {
		return err
	}
	return c.Apply(context.Background(), objects...)
}

// Register writes the webhook configurations, with the Service of the test instead of one of the cluster.
func (w *Webhook) Register(bundle []byte) error {
	objects, err := w.cluster.renderedOf("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := w.pointAtTest(object, bundle); err != nil {
			return err
		}
	}
	return w.cluster.Apply(context.Background(), objects...)
}

// pointAtTest replaces the service of each clientConfig by a URL of the same path, and gives it more time than in a
// cluster: the machine of the tests may be busy.
func (w *Webhook) pointAtTest(object *unstructured.Unstructured, bundle []byte) error {
	var configuration admissionv1.MutatingWebhookConfiguration // for what is read here, a validating one looks the same
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
		url := "https://" + w.Service.Address + *webhook.ClientConfig.Service.Path
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
