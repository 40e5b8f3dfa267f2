package awsfake

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// InstanceType is a type of machine. Without a GPU, GPU and GPUName are empty.
type InstanceType struct {
	Name         string
	GPU          string // id in gpus.json
	GPUName      string // the label karpenter.k8s.aws/instance-gpu-name
	GPUCount     int    // 0 also for a share of a GPU
	GPUMemoryMiB int    // of one GPU
	Arch         string // "amd64", "arm64"
	CPUs         int
	MemoryMiB    int
	NVMeGB       int     // 0: none
	Price        float64 // dollars an hour on demand, us-east-1; 0: unknown
}

// Metal reports whether the type is a machine without a hypervisor.
func (t *InstanceType) Metal() bool { return strings.HasSuffix(t.Name, ".metal") }

// plain are types without a GPU: general ones, for computing, with much memory, ARM, and bare metal, for which
// Karpenter insists on a price.
var plain = []InstanceType{
	{Name: "m7i.large", Arch: "amd64", CPUs: 2, MemoryMiB: 8192, Price: 0.1008},
	{Name: "m7i.xlarge", Arch: "amd64", CPUs: 4, MemoryMiB: 16384, Price: 0.2016},
	{Name: "m7i.2xlarge", Arch: "amd64", CPUs: 8, MemoryMiB: 32768, Price: 0.4032},
	{Name: "m7i.8xlarge", Arch: "amd64", CPUs: 32, MemoryMiB: 131072, Price: 1.6128},
	{Name: "c7i.large", Arch: "amd64", CPUs: 2, MemoryMiB: 4096, Price: 0.08925},
	{Name: "c7i.2xlarge", Arch: "amd64", CPUs: 8, MemoryMiB: 16384, Price: 0.357},
	{Name: "c7i.4xlarge", Arch: "amd64", CPUs: 16, MemoryMiB: 32768, Price: 0.714},
	{Name: "r7i.large", Arch: "amd64", CPUs: 2, MemoryMiB: 16384, Price: 0.1323},
	{Name: "r7i.2xlarge", Arch: "amd64", CPUs: 8, MemoryMiB: 65536, Price: 0.5292},
	{Name: "m7g.large", Arch: "arm64", CPUs: 2, MemoryMiB: 8192, Price: 0.0816},
	{Name: "c7g.xlarge", Arch: "arm64", CPUs: 4, MemoryMiB: 8192, Price: 0.145},
	{Name: "m5.metal", Arch: "amd64", CPUs: 96, MemoryMiB: 393216, Price: 4.608},
}

// Types returns the instance types of gpuslice's GPU table, read from a folder with gpus.json and aws-instances.json,
// and some without a GPU. Types of which the table does not know the size are left out.
func Types(dir string) ([]InstanceType, error) {
	var gpus struct {
		GPUs []struct{ ID, AWSName string }
	}
	var table struct {
		InstanceTypes [][]any
		Columns       []string
	}
	if err := readJSON(filepath.Join(dir, "gpus.json"), &gpus); err != nil {
		return nil, err
	}
	if err := readJSON(filepath.Join(dir, "aws-instances.json"), &table); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, gpu := range gpus.GPUs {
		names[gpu.ID] = gpu.AWSName
	}
	all := append([]InstanceType(nil), plain...)
	for _, values := range table.InstanceTypes {
		if len(values) != len(table.Columns) {
			return nil, fmt.Errorf("aws-instances.json: %v has not the columns %v", values, table.Columns)
		}
		row := map[string]any{}
		for i, column := range table.Columns {
			row[column] = values[i]
		}
		t := typeOf(row, names)
		if t.GPUName != "" && t.CPUs > 0 && t.MemoryMiB > 0 {
			all = append(all, t)
		}
	}
	return all, nil
}

// typeOf reads a row. What is null becomes zero.
func typeOf(row map[string]any, names map[string]string) InstanceType {
	text := func(column string) string { s, _ := row[column].(string); return s }
	number := func(column string) float64 { n, _ := row[column].(float64); return n }
	return InstanceType{Name: text("name"), GPU: text("gpu"), GPUName: names[text("gpu")], Arch: text("arch"),
		GPUCount: int(number("gpuCount")), GPUMemoryMiB: int(number("gpuMemoryMiB")), CPUs: int(number("cpu")),
		MemoryMiB: int(number("memoryMiB")), NVMeGB: int(number("localNvmeGB")), Price: number("dollarsPerHour")}
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

// describe is the type in the words of DescribeInstanceTypes.
func (t *InstanceType) describe() fields {
	// The kubelet reserves memory for each pod that the interfaces allow, 8 GiB for 737 pods. Small types allow 58.
	interfaces, addresses := 15, 50
	if t.CPUs <= 16 {
		interfaces, addresses = 4, 15
	}
	architecture := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[t.Arch]
	network := fields{"maximumNetworkInterfaces": interfaces, "ipv4AddressesPerInterface": addresses, "defaultNetworkCardIndex": 0,
		"efaSupported": false, "encryptionInTransitSupported": true,
		"networkCards": []fields{{"networkCardIndex": 0, "maximumNetworkInterfaces": interfaces}}}
	answer := fields{"instanceType": t.Name, "currentGeneration": true, "bareMetal": t.Metal(), "hypervisor": "nitro",
		"supportedUsageClasses": []string{"on-demand", "spot"}, "supportedVirtualizationTypes": []string{"hvm"},
		"processorInfo": fields{"supportedArchitectures": []string{architecture}, "manufacturer": "Intel", "sustainedClockSpeedInGhz": 3.0},
		"vCpuInfo":      fields{"defaultVCpus": t.CPUs}, "memoryInfo": fields{"sizeInMiB": t.MemoryMiB}, "networkInfo": network,
		"ebsInfo": fields{"encryptionSupport": "supported", "nvmeSupport": "required"}}
	if t.GPUName != "" {
		// EC2 writes a name as "RTX PRO Server 6000"; Karpenter makes the label of it.
		name := strings.ToUpper(strings.ReplaceAll(t.GPUName, "-", " "))
		answer["gpuInfo"] = fields{"gpus": []fields{{"name": name, "manufacturer": "NVIDIA", "count": t.GPUCount,
			"memoryInfo": fields{"sizeInMiB": t.GPUMemoryMiB}}}}
	}
	if t.NVMeGB > 0 {
		answer["instanceStorageSupported"] = true
		answer["instanceStorageInfo"] = fields{"totalSizeInGB": t.NVMeGB, "nvmeSupport": "required"}
	}
	return answer
}
