package karpenter

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gpuslice.dev/e2e/cluster"
)

// Karpenter's own names for the GPU of an instance type, in its AWS provider.
const (
	gpuNameKey  = "karpenter.k8s.aws/instance-gpu-name"
	gpuCountKey = "karpenter.k8s.aws/instance-gpu-count"
	typeKey     = "node.kubernetes.io/instance-type"
)

// instanceType is a type of machine that Karpenter can buy. Without a GPU, GPU and gpuName are empty and GPUCount is 0.
type instanceType struct {
	Name     string
	GPU      string // id in gpus.json
	GPUCount int
	Arch     string
	gpuName  string
	profiles map[string]bool // MIG profiles of its GPU; empty if it has none
}

// UnmarshalJSON reads the first columns of a row of aws-instances.json.
func (t *instanceType) UnmarshalJSON(row []byte) error {
	return json.Unmarshal(row, &[4]any{&t.Name, &t.GPU, &t.Arch, &t.GPUCount})
}

// market has instance types by name: some without a GPU, and those of the compiled-in table that have whole GPUs for
// which Karpenter has a name.
type market map[string]*instanceType

// Prices are nominal, so that Karpenter can compare types: dollars an hour for a vCPU and for a GPU. They are of the
// order of AWS's on-demand prices (g4dn.xlarge 0.53, p4d.24xlarge 21.8, p5.48xlarge 58.8).
const vcpuPrice = 0.044

var gpuPrice = map[string]float64{
	"t4": 0.35, "t4g": 0.24, "v100": 2.7, "v100-32gb": 3.4, "a10g": 0.83, "l4": 0.63, "l40s": 1.69, "a100-40gb": 2.2,
	"a100-80gb": 2.9, "h100-80gb": 6.3, "h200-141gb": 6.9, "b200-180gb": 13, "b300-269gb": 16,
	"rtx-pro-6000-blackwell-96gb": 2.9, "rtx-pro-4500-blackwell-32gb": 1.3,
}

var plainTypes = []string{"m7i.large", "m7i.2xlarge", "m7i.8xlarge", "c7i.4xlarge"}

// readMarket reads the tables that are compiled into the program.
func readMarket(root string) (market, error) {
	var types struct{ InstanceTypes []*instanceType }
	var gpus struct {
		GPUs []struct {
			ID, AWSName string
			MIG         struct{ Profiles []struct{ Name string } }
		}
	}
	data := filepath.Join(root, "webhook/gpu/data")
	if err := readJSON(filepath.Join(data, "aws-instances.json"), &types); err != nil {
		return nil, err
	}
	if err := readJSON(filepath.Join(data, "gpus.json"), &gpus); err != nil {
		return nil, err
	}
	all := market{}
	for _, t := range types.InstanceTypes {
		for _, gpu := range gpus.GPUs {
			if gpu.ID != t.GPU {
				continue
			}
			t.gpuName, t.profiles = gpu.AWSName, map[string]bool{}
			for _, profile := range gpu.MIG.Profiles {
				t.profiles[profile.Name] = true
			}
		}
		if t.gpuName == "" || t.GPUCount == 0 { // Karpenter has no name for the GPU, or the type has only a share of one
			continue
		}
		if gpuPrice[t.GPU] == 0 {
			return nil, fmt.Errorf("%s: no price for its GPU %s", t.Name, t.GPU)
		}
		all[t.Name] = t
	}
	for _, name := range plainTypes {
		all[name] = &instanceType{Name: name, Arch: "amd64"}
	}
	return all, nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// vcpus returns the number of vCPUs that follows from the size in the name: xlarge is 4, 24xlarge 96.
func (t *instanceType) vcpus() int {
	_, size, _ := strings.Cut(t.Name, ".")
	switch times, isXlarge := strings.CutSuffix(size, "xlarge"); {
	case !isXlarge && size == "large":
		return 2
	case !isXlarge: // metal
		return 96
	case times == "":
		return 4
	default:
		n, _ := strconv.Atoi(times)
		return 4 * n
	}
}

func (t *instanceType) price() float64 {
	return vcpuPrice*float64(t.vcpus()) + gpuPrice[t.GPU]*float64(t.GPUCount)
}

type requirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values,omitempty"`
}

type offering struct {
	Price        float64
	Available    bool
	Requirements []requirement
}

// offerings returns the type's offerings. They have the GPU's labels, because the kwok provider accepts further labels
// only there. NodeOverlays do not read these labels.
func (t *instanceType) offerings() []offering {
	gpu := []requirement{{gpuNameKey, "DoesNotExist", nil}, {gpuCountKey, "DoesNotExist", nil}}
	if t.GPUCount > 0 {
		gpu = []requirement{{gpuNameKey, "In", []string{t.gpuName}}, {gpuCountKey, "In", []string{strconv.Itoa(t.GPUCount)}}}
	}
	var all []offering
	for _, zone := range []string{"us-east-1a", "us-east-1b"} {
		for capacity, share := range map[string]float64{"on-demand": 1, "spot": 0.4} {
			place := []requirement{{"topology.kubernetes.io/zone", "In", []string{zone}},
				{"karpenter.sh/capacity-type", "In", []string{capacity}}}
			all = append(all, offering{t.price() * share, true, append(place, gpu...)})
		}
	}
	return all
}

// write writes the file that Karpenter's kwok provider reads.
func (m market) write(path string) error {
	type entry struct {
		Name             string            `json:"name"`
		Architecture     string            `json:"architecture"`
		OperatingSystems []string          `json:"operatingSystems"`
		Resources        map[string]string `json:"resources"`
		Offerings        []offering        `json:"offerings"`
	}
	var all []entry
	for _, t := range m {
		resources := map[string]string{"cpu": strconv.Itoa(t.vcpus()), "memory": fmt.Sprintf("%dGi", 4*t.vcpus()),
			"ephemeral-storage": "100Gi", "pods": "110"}
		if t.GPUCount > 0 {
			resources[gpuResource] = strconv.Itoa(t.GPUCount)
		}
		all = append(all, entry{t.Name, t.Arch, []string{"linux"}, resources, t.offerings()})
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// startKarpenter starts Karpenter with the instance types of a market. Karpenter need not wait long for further pods,
// because place() shows it all pods at once.
func startKarpenter(c *cluster.Cluster, m market) (*cluster.Process, error) {
	path := filepath.Join(c.Dir, "instance-types.json")
	if err := m.write(path); err != nil {
		return nil, err
	}
	return c.StartKarpenter(path, "BATCH_IDLE_DURATION=300ms")
}
