package cluster

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// StartKwok starts kwok, which simulates the kubelets: nodes with the annotation kwok.x-k8s.io/node=fake become ready,
// and pods on them run. stages are files with further Stage objects.
func (c *Cluster) StartKwok(stages ...string) (*Process, error) {
	own, err := filepath.Glob(filepath.Join(c.Share("kwok-stages"), "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(own) == 0 {
		return nil, fmt.Errorf("no kwok stages in %s", c.Share("kwok-stages"))
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	argv := []string{c.Program("kwok"), "--kubeconfig=" + c.Kubeconfig,
		"--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake", "--cidr=10.0.0.0/24", "--node-ip=10.0.0.1",
		"--node-lease-duration-seconds=40", fmt.Sprintf("--server-address=127.0.0.1:%d", port)}
	for _, stage := range append(own, stages...) {
		argv = append(argv, "--config="+stage)
	}
	return startProcess("kwok", c.Logs, nil, argv...)
}

// InstallCRDs creates the CustomResourceDefinitions of files and waits until the API server serves them. Those that exist
// are left as they are.
func (c *Cluster) InstallCRDs(files ...string) error {
	definitions, err := Load(files...)
	if err != nil {
		return err
	}
	if len(definitions) == 0 {
		return errors.New("no CustomResourceDefinition to install")
	}
	for _, definition := range definitions {
		dropDescriptions(definition.Object)
		if err := c.create(definition); err != nil {
			return err
		}
	}
	for _, definition := range definitions {
		if err := eventually(time.Minute, nil, func() error { return c.established(definition) }); err != nil {
			return err
		}
	}
	return nil
}

// create is much faster than applying for objects of this size.
func (c *Cluster) create(object *unstructured.Unstructured) error {
	resource, err := c.Resource(object)
	if err == nil {
		_, err = resource.Create(context.Background(), object, metav1.CreateOptions{FieldManager: "e2e"})
	}
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// dropDescriptions removes the texts from schemas, which are most of their size and slow the API server.
func dropDescriptions(value any) {
	switch value := value.(type) {
	case map[string]any:
		if _, ok := value["description"].(string); ok { // a property of that name has a schema instead
			delete(value, "description")
		}
		for _, child := range value {
			dropDescriptions(child)
		}
	case []any:
		for _, child := range value {
			dropDescriptions(child)
		}
	}
}

func (c *Cluster) established(definition *unstructured.Unstructured) error {
	resource, err := c.Resource(definition)
	if err != nil {
		return err
	}
	now, err := resource.Get(context.Background(), definition.GetName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	conditions, _, _ := unstructured.NestedSlice(now.Object, "status", "conditions")
	for _, condition := range conditions {
		if entry, ok := condition.(map[string]any); ok && entry["type"] == "Established" && entry["status"] == "True" {
			return nil
		}
	}
	return fmt.Errorf("%s is not established", definition.GetName())
}
