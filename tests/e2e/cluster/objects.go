package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"
	"k8s.io/utils/ptr"
)

// Decode reads the objects of YAML documents.
func Decode(text []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(&object.Object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		if len(object.Object) > 0 {
			objects = append(objects, object)
		}
	}
}

// Load reads the objects of YAML files.
func Load(paths ...string) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		objects, err := Decode(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, objects...)
	}
	return all, nil
}

// Resource returns a client for the kind of an object, in the object's namespace.
func (c *Cluster) Resource(object *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	kind := object.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	if meta.IsNoMatchError(err) { // its CustomResourceDefinition was created after the last discovery
		c.mapper.Reset()
		mapping, err = c.mapper.RESTMapping(kind.GroupKind(), kind.Version)
	}
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		return c.Dynamic.Resource(mapping.Resource).Namespace(object.GetNamespace()), nil
	}
	return c.Dynamic.Resource(mapping.Resource), nil
}

// Apply applies objects server-side, in order, and takes over fields of other managers. It goes on after an error.
func (c *Cluster) Apply(ctx context.Context, objects ...*unstructured.Unstructured) error {
	return c.apply(ctx, metav1.PatchOptions{}, objects)
}

// DryRun applies objects as a dry run.
func (c *Cluster) DryRun(ctx context.Context, objects ...*unstructured.Unstructured) error {
	return c.apply(ctx, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}, objects)
}

// DryRunOne applies an object as a dry run, and returns it as the API server would have stored it.
func (c *Cluster) DryRunOne(ctx context.Context, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	return c.applyOne(ctx, metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}}, object)
}

func (c *Cluster) apply(ctx context.Context, options metav1.PatchOptions, objects []*unstructured.Unstructured) error {
	var failed []error
	for _, object := range objects {
		if _, err := c.applyOne(ctx, options, object); err != nil {
			failed = append(failed, fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err))
		}
	}
	return errors.Join(failed...)
}

func (c *Cluster) applyOne(ctx context.Context, options metav1.PatchOptions, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	options.FieldManager, options.Force, options.FieldValidation = "e2e", ptr.To(true), metav1.FieldValidationStrict
	resource, err := c.Resource(object)
	if err != nil {
		return nil, err
	}
	text, err := object.MarshalJSON()
	if err != nil {
		return nil, err
	}
	return resource.Patch(ctx, object.GetName(), types.ApplyPatchType, text, options)
}

// Delete deletes objects. It is no error if one does not exist.
func (c *Cluster) Delete(ctx context.Context, objects ...*unstructured.Unstructured) error {
	var failed []error
	for _, object := range objects {
		resource, err := c.Resource(object)
		if err == nil {
			err = resource.Delete(ctx, object.GetName(), metav1.DeleteOptions{})
		}
		failed = append(failed, ignoreNotFound(err))
	}
	return errors.Join(failed...)
}
