package karpenter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/retry"
	"k8s.io/klog/v2"
	"sigs.k8s.io/yaml"

	"gpuslice.dev/e2e/cluster"
)

const (
	gpuResource     = "nvidia.com/gpu"
	pluginConfigKey = "nvidia.com/device-plugin.config"
	migConfigKey    = "nvidia.com/mig.config"
	layoutTaint     = "gpuslice.dev/layout"
)

// nodeSide is the configuration of the GPU Operator: its values, and the ConfigMaps that they name. It does not depend
// on NodePools and overlays, so that a test notices if those promise other devices.
type nodeSide struct {
	asPlanned   bool                // ignore the rest: a node gets the devices that its NodeClaim requests
	strategy    string              // mig.strategy of the values, which overrides that of the plugin's file
	fallback    string              // the key of `plugin` for nodes without the label nvidia.com/device-plugin.config
	tolerations []corev1.Toleration // of the operator's daemon sets
	plugin      map[string]string   // the device plugin's ConfigMap
	mig         migParted
	layoutReady bool // the folder has the DaemonSet that removes the startup taint
}

// migParted is mig-parted's config.yaml.
type migParted struct {
	Version string                 `json:"version"`
	Configs map[string][]migDevice `json:"mig-configs"`
}

type migDevice struct {
	Devices any            `json:"devices"` // "all" or indices
	Enabled bool           `json:"mig-enabled"`
	Layout  map[string]int `json:"mig-devices"`
}

// pluginConfig has the fields of a device plugin's configuration that matter here. Others are ignored, as unknown
// fields are by the plugin.
type pluginConfig struct {
	Version string `json:"version"`
	Flags   struct {
		MIGStrategy string `json:"migStrategy"`
	} `json:"flags"`
	Sharing struct {
		TimeSlicing *sharing `json:"timeSlicing"`
		MPS         *sharing `json:"mps"`
	} `json:"sharing"`
}

type sharing struct {
	RenameByDefault bool `json:"renameByDefault"`
	Resources       []struct {
		Name     string `json:"name"`
		Replicas int    `json:"replicas"`
	} `json:"resources"`
}

type operatorValues struct {
	DaemonSets struct {
		Tolerations []corev1.Toleration `json:"tolerations"`
	} `json:"daemonsets"`
	MIG struct {
		Strategy string `json:"strategy"`
	} `json:"mig"`
	DevicePlugin struct {
		Config struct {
			Name    string `json:"name"`
			Default string `json:"default"`
		} `json:"config"`
	} `json:"devicePlugin"`
	MIGManager struct {
		Config struct {
			Name string `json:"name"`
		} `json:"config"`
	} `json:"migManager"`
}

// readNodeSide reads the values file and the ConfigMaps of a folder. Without them a node has whole GPUs, or no devices
// if it has the plugin's label or a taint other than nvidia.com/gpu.
func readNodeSide(dir string) (*nodeSide, error) {
	values, configMaps, err := readOperatorFiles(dir)
	if err != nil {
		return nil, err
	}
	side := &nodeSide{strategy: values.MIG.Strategy, fallback: values.DevicePlugin.Config.Default,
		tolerations: values.DaemonSets.Tolerations, plugin: configMaps[values.DevicePlugin.Config.Name]}
	if side.tolerations == nil { // the chart's own default
		side.tolerations = []corev1.Toleration{{Key: gpuResource, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoSchedule}}
	}
	if _, err := os.Stat(filepath.Join(dir, "layout-ready-daemonset.yaml")); err == nil {
		side.layoutReady = true
	}
	if text, ok := configMaps[values.MIGManager.Config.Name]["config.yaml"]; ok {
		if err := yaml.UnmarshalStrict([]byte(text), &side.mig); err != nil {
			return nil, fmt.Errorf("mig-parted refuses its config.yaml: %w", err)
		}
	}
	return side, nil
}

func readOperatorFiles(dir string) (values operatorValues, configMaps map[string]map[string]string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return values, nil, err
	}
	configMaps = map[string]map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return values, nil, err
		}
		objects, err := cluster.Decode(text)
		if err != nil {
			return values, nil, fmt.Errorf("%s: %w", file, err)
		}
		for _, object := range objects {
			switch kind := object.GetKind(); {
			case kind == "ConfigMap":
				data, _, err := unstructured.NestedStringMap(object.Object, "data")
				if err != nil {
					return values, nil, fmt.Errorf("%s: %w", file, err)
				}
				configMaps[object.GetName()] = data
			case kind == "" && filepath.Base(file) == valuesFile:
				if err := yaml.Unmarshal(text, &values); err != nil {
					return values, nil, fmt.Errorf("%s: %w", file, err)
				}
			}
		}
	}
	return values, configMaps, nil
}

// registers returns how many of each resource a node's device plugin registers with the kubelet. An error means that
// the plugin does not start, and the node has no devices.
func (s *nodeSide) registers(t *instanceType, labels map[string]string, taints []corev1.Taint) (map[string]int, error) {
	if err := s.runsDespite(taints); err != nil {
		return nil, err
	}
	config, err := s.pluginConfig(labels[pluginConfigKey])
	if err != nil {
		return nil, err
	}
	strategy := config.Flags.MIGStrategy
	if s.strategy != "" {
		strategy = s.strategy
	}
	found := map[string]int{}
	for gpu := range t.GPUCount {
		layout := s.layout(t, labels[migConfigKey], gpu)
		switch {
		case layout == nil || strategy == "none" || strategy == "":
			found[gpuResource]++
		case strategy == "single" && len(layout) != 1:
			return nil, errors.New("more than one profile with the strategy single")
		default:
			for profile, count := range layout {
				name := gpuResource
				if strategy == "mixed" {
					name = "nvidia.com/mig-" + strings.ReplaceAll(profile, "+", ".")
				}
				found[name] += count
			}
		}
	}
	return share(found, config, strategy)
}

// runsDespite returns an error unless the operator's daemon sets tolerate the taints.
func (s *nodeSide) runsDespite(taints []corev1.Taint) error {
	for _, taint := range taints {
		if !slices.ContainsFunc(s.tolerations, func(toleration corev1.Toleration) bool {
			return toleration.ToleratesTaint(klog.Background(), &taint, true)
		}) {
			return fmt.Errorf("the daemon sets do not tolerate the taint %s", taint.ToString())
		}
	}
	return nil
}

func (s *nodeSide) pluginConfig(key string) (config pluginConfig, err error) {
	if key == "" {
		key = s.fallback
	}
	if key == "" {
		return config, nil
	}
	text, ok := s.plugin[key]
	if !ok {
		return config, fmt.Errorf("specified config %s does not exist", key)
	}
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		return config, err
	}
	if config.Version != "" && config.Version != "v1" {
		return config, fmt.Errorf("unknown version: %s", config.Version)
	}
	return config, nil
}

// layout returns how the MIG manager cuts the GPU with this index, or nil if the GPU stays whole. It stays whole, too,
// if the manager fails because its file has no layout of this name or the GPU lacks a profile of the layout.
func (s *nodeSide) layout(t *instanceType, name string, gpu int) map[string]int {
	for _, entry := range s.mig.Configs[name] {
		if !entry.Enabled || !covers(entry.Devices, gpu) {
			continue
		}
		for profile := range entry.Layout {
			if !t.profiles[profile] {
				return nil
			}
		}
		return entry.Layout
	}
	return nil
}

func covers(devices any, gpu int) bool {
	indices, isList := devices.([]any)
	if !isList {
		return devices == "all"
	}
	for _, index := range indices {
		if index == float64(gpu) {
			return true
		}
	}
	return false
}

// share multiplies the counts of shared resources by their replicas. MPS takes precedence over time-slicing.
func share(found map[string]int, config pluginConfig, strategy string) (map[string]int, error) {
	how := config.Sharing.TimeSlicing
	if err := errors.Join(config.Sharing.TimeSlicing.valid(), config.Sharing.MPS.valid()); err != nil {
		return nil, err
	}
	if config.Sharing.MPS != nil {
		how = config.Sharing.MPS
		if strategy == "mixed" {
			return nil, errors.New("using --mig-strategy=mixed is not supported with MPS")
		}
	}
	if how == nil {
		return found, nil
	}
	shared := maps.Clone(found)
	for _, shares := range how.Resources {
		name := "nvidia.com/" + strings.TrimPrefix(shares.Name, "nvidia.com/")
		count, ok := found[name]
		if !ok {
			continue
		}
		if how.RenameByDefault {
			delete(shared, name)
			name += ".shared"
		}
		shared[name] = count * shares.Replicas
	}
	return shared, nil
}

func (s *sharing) valid() error {
	if s == nil {
		return nil
	}
	if len(s.Resources) == 0 {
		return errors.New("no resources specified")
	}
	for _, shares := range s.Resources {
		if shares.Replicas < 2 {
			return errors.New("number of replicas must be >= 2")
		}
	}
	return nil
}

// gpuOperator simulates the MIG manager and the device plugin of the GPU Operator on every node that Karpenter makes, and
// gpuslice's DaemonSet layout-ready. A node starts without devices and gets those that the plugin registers.
type gpuOperator struct {
	plane  *cluster.Cluster
	market market
	side   atomic.Pointer[nodeSide]
	busy   sync.Map // names of the nodes whose devices are being registered
}

// use gives the operator another configuration, for nodes whose devices are registered from now on.
func (o *gpuOperator) use(side *nodeSide) { o.side.Store(side) }

// start watches nodes until the context ends. If a call to the API server fails, start tries the node again a second
// later. If the plugin does not start, an annotation of the node says why, and the node is not tried again.
func (o *gpuOperator) start(ctx context.Context) error {
	nodes := informers.NewSharedInformerFactory(o.plane.Client, time.Second)
	_, err := nodes.Core().V1().Nodes().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { o.see(ctx, object.(*corev1.Node)) },
		UpdateFunc: func(_, object any) { o.see(ctx, object.(*corev1.Node)) },
	})
	if err != nil {
		return err
	}
	nodes.Start(ctx.Done())
	return nil
}

const seenKey = "e2e.gpuslice.dev/devices" // annotation of a node: "registered", or why it has no devices

// see registers the devices of a node once, as soon as Karpenter has removed the taint that keeps pods off a node that it
// does not know yet.
func (o *gpuOperator) see(ctx context.Context, node *corev1.Node) {
	_, seen := node.Annotations[seenKey]
	t := o.market[node.Labels[typeKey]]
	if seen || t == nil || t.GPUCount == 0 || hasTaint(node, "karpenter.sh/unregistered") {
		return
	}
	if _, busy := o.busy.LoadOrStore(node.Name, true); busy {
		return
	}
	go func() { // in parallel, because a hundred nodes may appear at once
		defer o.busy.Delete(node.Name)
		_ = o.register(ctx, node, t) // after an error see() is called again in a second
	}()
}

func hasTaint(node *corev1.Node, key string) bool {
	return slices.ContainsFunc(node.Spec.Taints, func(taint corev1.Taint) bool { return taint.Key == key })
}

func (o *gpuOperator) register(ctx context.Context, node *corev1.Node, t *instanceType) error {
	side := o.side.Load()
	found, failed := side.registers(t, node.Labels, node.Spec.Taints)
	if side.asPlanned {
		claim, err := o.claimOf(ctx, node)
		if err != nil {
			return err
		}
		found, failed = claim.devices(), nil
	}
	devices := map[string]string{}
	for name, count := range found {
		devices[name] = strconv.Itoa(count)
	}
	change, err := json.Marshal(map[string]any{"status": map[string]any{"capacity": devices, "allocatable": devices}})
	if err != nil {
		return err
	}
	nodes := o.plane.Client.CoreV1().Nodes()
	if _, err := nodes.Patch(ctx, node.Name, types.MergePatchType, change, metav1.PatchOptions{}, "status"); err != nil {
		return err
	}
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		now, err := nodes.Get(ctx, node.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		side.finish(now, failed)
		_, err = nodes.Update(ctx, now, metav1.UpdateOptions{})
		return err
	})
}

// finish notes on a node what has become of its devices. If they are registered, it removes the startup taint, as the
// DaemonSet layout-ready does.
func (s *nodeSide) finish(node *corev1.Node, failed error) {
	if node.Annotations == nil {
		node.Annotations = map[string]string{}
	}
	node.Annotations[seenKey] = "registered"
	if failed != nil {
		node.Annotations[seenKey] = failed.Error()
	} else if s.layoutReady {
		node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, func(taint corev1.Taint) bool { return taint.Key == layoutTaint })
	}
}

// nodeClaim has the fields of a NodeClaim that matter here.
type nodeClaim struct {
	Spec struct {
		Resources corev1.ResourceRequirements `json:"resources"`
	} `json:"spec"`
	Status struct {
		ProviderID string `json:"providerID"`
	} `json:"status"`
}

// claimOf returns the NodeClaim of a node.
func (o *gpuOperator) claimOf(ctx context.Context, node *corev1.Node) (*nodeClaim, error) {
	list, err := o.plane.Dynamic.Resource(nodeClaims).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	for _, object := range list.Items {
		claim := &nodeClaim{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, claim); err != nil {
			return nil, err
		}
		if claim.Status.ProviderID == node.Spec.ProviderID {
			return claim, nil
		}
	}
	return nil, fmt.Errorf("node %s has no NodeClaim", node.Name)
}

// devices returns the GPU resources that the NodeClaim requests for its pods.
func (c *nodeClaim) devices() map[string]int {
	found := map[string]int{}
	for name, count := range c.Spec.Resources.Requests {
		if isGPU(string(name)) {
			found[string(name)] = int(count.Value())
		}
	}
	return found
}
