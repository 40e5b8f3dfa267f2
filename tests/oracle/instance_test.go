package oracle

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/karpenter-provider-aws/pkg/fake"
	"github.com/aws/karpenter-provider-aws/pkg/operator/options"
	"github.com/aws/karpenter-provider-aws/pkg/providers/instancetype"
	"github.com/aws/karpenter-provider-aws/pkg/providers/pricing"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/karpenter/pkg/scheduling"
)

// row is a row of the table of instance types. A pointer is nil if no source has the value.
type row struct {
	Name, GPU, Arch                      string
	GPUs                                 int32
	GPUMemory, CPUs, Memory, NVMe, Speed *int64
	Price                                *float64
}

func (r *row) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&r.Name, &r.GPU, &r.Arch, &r.GPUs, &r.GPUMemory, &r.CPUs, &r.Memory, &r.NVMe, &r.Speed, &r.Price})
}

func instanceRows(t *testing.T) []row {
	t.Helper()
	var table struct{ InstanceTypes []row }
	text, err := os.ReadFile("../../webhook/gpu/data/aws-instances.json")
	if err == nil {
		err = json.Unmarshal(text, &table)
	}
	if err != nil || len(table.InstanceTypes) == 0 {
		t.Fatal(len(table.InstanceTypes), err)
	}
	return table.InstanceTypes
}

// EC2's names of the GPUs, by their ids in gpus.json. Karpenter makes labels from EC2's names.
var ec2GPUs = map[string]string{"t4": "T4", "t4g": "T4g", "v100": "V100", "v100-32gb": "V100", "a10g": "A10G", "l4": "L4",
	"l40s": "L40S", "a100-40gb": "A100", "a100-80gb": "A100", "h100-80gb": "H100", "h200-141gb": "H200", "b200-180gb": "B200",
	"b300-269gb": "B300", "rtx-pro-6000-blackwell-96gb": "RTX PRO Server 6000", "rtx-pro-4500-blackwell-32gb": "RTX PRO 4500"}

// EC2's answers that Karpenter keeps for its own tests.
func ec2Answers() []ec2types.InstanceTypeInfo {
	output, err := fake.NewEC2API().DescribeInstanceTypes(context.Background(), &ec2.DescribeInstanceTypesInput{})
	if err != nil {
		panic(err)
	}
	return output.InstanceTypes
}

// ec2 returns EC2's answer about the row's instance type: Karpenter's copy or, if there is none, an answer made from
// the row. It returns false if there is no copy and the row lacks a value that such an answer needs.
func (r row) ec2() (ec2types.InstanceTypeInfo, bool) {
	for _, info := range ec2Answers() {
		if string(info.InstanceType) == r.Name {
			return info, true
		}
	}
	if r.GPUMemory == nil || r.CPUs == nil || r.Memory == nil || r.NVMe == nil || ec2GPUs[r.GPU] == "" {
		return ec2types.InstanceTypeInfo{}, false
	}
	arch := ec2types.ArchitectureType(map[string]string{"amd64": "x86_64"}[r.Arch])
	if arch == "" {
		arch = ec2types.ArchitectureType(r.Arch)
	}
	info := ec2types.InstanceTypeInfo{
		InstanceType:  ec2types.InstanceType(r.Name),
		VCpuInfo:      &ec2types.VCpuInfo{DefaultVCpus: aws.Int32(int32(*r.CPUs)), DefaultCores: aws.Int32(int32(*r.CPUs))},
		MemoryInfo:    &ec2types.MemoryInfo{SizeInMiB: r.Memory},
		ProcessorInfo: &ec2types.ProcessorInfo{SupportedArchitectures: []ec2types.ArchitectureType{arch}},
		GpuInfo: &ec2types.GpuInfo{Gpus: []ec2types.GpuDeviceInfo{{Name: aws.String(ec2GPUs[r.GPU]), Manufacturer: aws.String("NVIDIA"),
			Count: aws.Int32(r.GPUs), MemoryInfo: &ec2types.GpuDeviceMemoryInfo{SizeInMiB: aws.Int32(int32(*r.GPUMemory))}}}},
		NetworkInfo: &ec2types.NetworkInfo{MaximumNetworkInterfaces: aws.Int32(4), Ipv4AddressesPerInterface: aws.Int32(15),
			DefaultNetworkCardIndex: aws.Int32(0), NetworkCards: []ec2types.NetworkCardInfo{{NetworkCardIndex: aws.Int32(0), MaximumNetworkInterfaces: aws.Int32(4)}}},
	}
	if *r.NVMe > 0 {
		info.InstanceStorageInfo = &ec2types.InstanceStorageInfo{NvmeSupport: ec2types.EphemeralNvmeSupportRequired, TotalSizeInGB: r.NVMe}
	}
	return info, true
}

// The labels as Karpenter's AWS provider computes them.
func karpenterLabels(info ec2types.InstanceTypeInfo) scheduling.Requirements {
	ctx := options.ToContext(context.Background(), &options.Options{})
	return instancetype.NewInstanceType(ctx, info, "us-east-1", nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, "AL2023", nil).Requirements
}

// complaints writes each pool into a file of its own, and returns what `gpuslice classes` prints about these files.
func complaints(t *testing.T, pools []string) string {
	t.Helper()
	folder := t.TempDir()
	for i, text := range pools {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%04d.yaml", i)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output, _ := exec.Command(program(), "classes", "-p", folder).CombinedOutput()
	return string(output)
}

func poolOf(index int, gpu, instanceType string, requirements ...corev1.NodeSelectorRequirement) string {
	list := []map[string]any{}
	for _, one := range requirements {
		list = append(list, map[string]any{"key": one.Key, "operator": one.Operator, "values": one.Values})
	}
	text, _ := json.Marshal(map[string]any{"apiVersion": "gpuslice.dev/v1alpha1", "kind": "SlicePool",
		"metadata": map[string]any{"name": fmt.Sprintf("p%d", index)}, "spec": map[string]any{"gpu": gpu, "sharing": map[string]any{"whole": map[string]any{}},
			"nodes": map[string]any{"instanceTypes": []string{instanceType}, "requirements": list}}})
	return string(text)
}

var derivedLabels = []string{"node.kubernetes.io/instance-type", "kubernetes.io/arch", "kubernetes.io/os", "instance-family",
	"instance-category", "instance-generation", "instance-size", "instance-capability-flex", "instance-gpu-name",
	"instance-gpu-manufacturer", "instance-gpu-count", "instance-gpu-memory", "instance-accelerator-name",
	"instance-accelerator-manufacturer", "instance-accelerator-count", "instance-cpu", "instance-memory",
	"instance-local-nvme", "instance-network-bandwidth"}

// gpuslice accepts a pool that requires a label which Karpenter computes for its instance type, and refuses a pool that
// requires the contrary.
func TestInstanceTypes__labels__as_karpenter_computes_them(t *testing.T) {
	var right, wrong, wanted []string
	compared := 0
	for _, r := range instanceRows(t) {
		info, known := r.ec2()
		if !known || r.GPUs == 0 {
			continue // there is no answer, or the type has only a share of a GPU, which a pool cannot use
		}
		compared++
		labels := karpenterLabels(info)
		for _, key := range derivedLabels {
			if strings.HasPrefix(key, "instance-") {
				key = "karpenter.k8s.aws/" + key
			}
			if key == "karpenter.k8s.aws/instance-network-bandwidth" && r.Speed == nil {
				continue
			}
			yes, no := corev1.NodeSelectorRequirement{Key: key}, corev1.NodeSelectorRequirement{Key: key}
			if label := labels.Get(key); label.Operator() == corev1.NodeSelectorOpIn {
				yes.Operator, yes.Values = corev1.NodeSelectorOpIn, label.Values()
				no.Operator, no.Values = corev1.NodeSelectorOpNotIn, label.Values()
			} else {
				yes.Operator, no.Operator = corev1.NodeSelectorOpDoesNotExist, corev1.NodeSelectorOpExists
			}
			right = append(right, poolOf(len(right), r.GPU, r.Name, yes))
			wanted = append(wanted, fmt.Sprintf("%s %s %v", r.Name, key, yes.Values))
			wrong = append(wrong, poolOf(len(wrong), r.GPU, r.Name, no))
		}
	}
	aboutRight, aboutWrong := complaints(t, right), complaints(t, wrong)
	for i, what := range wanted {
		file := fmt.Sprintf("/%04d.yaml:", i)
		if strings.Contains(aboutRight, file) {
			t.Errorf("%s: gpuslice refuses what Karpenter has", what)
		}
		if !strings.Contains(aboutWrong, file) {
			t.Errorf("%s: gpuslice accepts the contrary of what Karpenter has", what)
		}
	}
	if compared < 55 {
		t.Errorf("only %d instance types were compared with Karpenter", compared)
	}
}

// For each instance type in Karpenter's price list, gpuslice knows which GPU it has, or that it has no NVIDIA GPU, and
// the prices of its table agree with the list. Only the types of four old families are not in the table.
func TestInstanceTypes__price_list__each_known_for_what_it_is(t *testing.T) {
	rows := map[string]row{}
	for _, r := range instanceRows(t) {
		rows[r.Name] = r
	}
	var names, pools []string
	for name, price := range pricing.InitialOnDemandPricesAWS["us-east-1"] {
		if r, listed := rows[string(name)]; listed && (r.Price == nil || *r.Price != price) {
			t.Errorf("%s: Karpenter's price is %f", name, price)
		}
		names = append(names, string(name))
		pools = append(pools, poolOf(len(pools), "gb200-186gb", string(name)))
	}
	lines := strings.Split(complaints(t, pools), "\n")
	for i, name := range names {
		family, _, _ := strings.Cut(name, ".")
		wanted := "has no NVIDIA GPU"
		switch _, listed := rows[name]; {
		case listed: // also one with a share of a GPU
			wanted = "has another GPU"
		case family == "g2" || family == "g3" || family == "g3s" || family == "p2":
			wanted = "is not in the GPU table"
		}
		found := false
		for _, line := range lines {
			found = found || strings.Contains(line, fmt.Sprintf("/%04d.yaml:", i)) && strings.Contains(line, wanted)
		}
		if !found {
			t.Errorf("%s: gpuslice does not say that it %s", name, wanted)
		}
	}
}

// gpuslice and EC2's answers agree on which instance types have no NVIDIA GPU.
func TestInstanceTypes__ec2s_answers__without_gpus_where_gpuslice_says_so(t *testing.T) {
	for _, info := range ec2Answers() {
		has := false
		if info.GpuInfo != nil {
			for _, gpu := range info.GpuInfo.Gpus {
				has = has || aws.ToString(gpu.Manufacturer) == "NVIDIA"
			}
		}
		output := complaints(t, []string{poolOf(0, "gb200-186gb", string(info.InstanceType))})
		if strings.Contains(output, "has no NVIDIA GPU") == has {
			t.Errorf("%s: NVIDIA GPUs: %v, but gpuslice prints %s", info.InstanceType, has, output)
		}
	}
}
