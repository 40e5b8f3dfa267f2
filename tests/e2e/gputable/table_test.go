package gputable

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
)

// row is a row of the table of instance types. A pointer is nil where the table has null.
type row struct {
	Name, GPU, Arch                            string
	GPUs                                       float64
	GPUMemory, CPUs, Memory, NVMe, Speed, Cost *float64
}

func (r *row) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&r.Name, &r.GPU, &r.Arch, &r.GPUs, &r.GPUMemory, &r.CPUs, &r.Memory, &r.NVMe, &r.Speed, &r.Cost})
}

// prices returns the cells of the row in `gpuslice gpu show` for the price of the instance and of a GPU.
func (r row) prices() []string {
	if r.Cost == nil {
		return []string{"-", "-"}
	}
	if r.GPUs == 0 {
		return []string{fmt.Sprintf("%.4f", *r.Cost), "-"}
	}
	return []string{fmt.Sprintf("%.4f", *r.Cost), fmt.Sprintf("%.4f", *r.Cost/r.GPUs)}
}

type gpu struct {
	ID, Architecture, AWSName string
	MemoryMiB                 float64
	GFDProducts               []string
}

// table reads the table, which the program embeds.
func table(t *testing.T) (rows map[string]row, gpus map[string]gpu) {
	t.Helper()
	var instances struct{ InstanceTypes []row }
	var kinds struct{ GPUs []gpu }
	for file, into := range map[string]any{"aws-instances.json": &instances, "gpus.json": &kinds} {
		text, err := os.ReadFile(filepath.Join("../../../webhook/gpu/data", file))
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	rows, gpus = map[string]row{}, map[string]gpu{}
	for _, row := range instances.InstanceTypes {
		rows[row.Name] = row
	}
	for _, one := range kinds.GPUs {
		gpus[one.ID] = one
	}
	return rows, gpus
}

func variable(t *testing.T, file, name string) map[string]any {
	t.Helper()
	found, err := Variable(file, name)
	pairs, _ := found.(map[string]any)
	if err != nil || len(pairs) == 0 {
		t.Fatalf("%s, %s: %v", file, name, err)
	}
	return pairs
}

// Families whose names say that they have GPUs and that the table leaves out on purpose.
var excluded = map[string]string{
	"g4ad": "its GPUs are AMD's",
	"g2":   "its GPU (GRID K520) is older than every driver that NVIDIA's device plugin supports",
	"g3":   "its GPU (M60) is older than the table covers",
	"g3s":  "its GPU (M60) is older than the table covers",
	"p2":   "its GPU (K80) is older than every driver that NVIDIA's device plugin supports",
}

// AWS's names of instance families with GPUs: g, gr or p and a generation.
var gpuFamily = regexp.MustCompile(`^(g|gr|p)[0-9]`)

// missing returns the instance types with GPUs of a list that the table lacks.
func missing(list map[string]any, rows map[string]row) (names []string) {
	for name := range list {
		family, _, _ := strings.Cut(name, ".")
		_, known := rows[name]
		if gpuFamily.MatchString(family) && excluded[family] == "" && !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// same reports whether the table has the module's figure; null is right only if the module has none.
func same(ours *float64, module any) bool {
	if ours == nil {
		return module == nil
	}
	return *ours == module
}

func show(ours *float64) string {
	if ours == nil {
		return "null"
	}
	return fmt.Sprint(*ours)
}

func TestPricesAreThoseThatTheProviderIsCompiledWith(t *testing.T) {
	rows, _ := table(t)
	regions := variable(t, "zz_generated.pricing_aws.go", "InitialOnDemandPricesAWS")
	prices, _ := regions["us-east-1"].(map[string]any)
	if len(prices) < 500 {
		t.Fatalf("only %d prices were read", len(prices))
	}
	for region, list := range regions {
		for _, name := range missing(list.(map[string]any), rows) {
			t.Errorf("%s has a price in %s and is not in the table", name, region)
		}
	}
	for name, row := range rows {
		if !same(row.Cost, prices[name]) {
			t.Errorf("%s costs $%s in the table, $%v in the module", name, show(row.Cost), prices[name])
		}
	}
}

// Types whose label depends on the provider's version: 1.14.1 says 60000, 60000 and 80000. The table has null for them.
var unsettledSpeed = []string{"g7.2xlarge", "g7.4xlarge", "g7.8xlarge"}

func TestNetworkBandwidthsAreThoseOfTheProvider(t *testing.T) {
	rows, _ := table(t)
	speeds := variable(t, "zz_generated.bandwidth.go", "InstanceTypeBandwidthMegabits")
	for _, name := range missing(speeds, rows) {
		t.Errorf("%s has a bandwidth in the module and is not in the table", name)
	}
	for name, row := range rows {
		expected := speeds[name]
		if slices.Contains(unsettledSpeed, name) {
			expected = nil
		}
		if !same(row.Speed, expected) {
			t.Errorf("%s has networkMbps %s in the table, %v in the module (%v was expected)", name, show(row.Speed), speeds[name], expected)
		}
	}
}

// Types whose GPUs' driver reports another figure than the table has for the GPU, which says so.
var otherMemory = map[string]float64{"g5g.metal": 16384}

func TestDevicesAreThoseOfTheProvidersDRAMetadata(t *testing.T) {
	rows, gpus := table(t)
	metadata := variable(t, "zz_generated_gpu_metadata.go", "GPUMetadataByInstanceType")
	for _, name := range missing(metadata, rows) {
		t.Errorf("%s has devices in the module and is not in the table", name)
	}
	for name, entry := range metadata {
		row, known := rows[name]
		if !known {
			continue
		}
		devices, _ := at(entry, "Devices").([]any)
		if row.GPUs != at(entry, "Count") || int(row.GPUs) != len(devices) {
			t.Errorf("%s has %v GPUs in the table, %d devices in the module (Count %v)", name, row.GPUs, len(devices), at(entry, "Count"))
		}
		for _, device := range devices {
			for _, difference := range deviceDiffers(name, gpus[row.GPU], device) {
				t.Error(difference)
			}
		}
	}
}

// deviceDiffers compares one device of the DRA metadata with a GPU of the table.
func deviceDiffers(name string, ours gpu, device any) (differences []string) {
	attribute := func(key string) string {
		text, _ := at(device, "Attributes", key, "StringValue").(string)
		return text
	}
	if architecture, _, _ := strings.Cut(strings.ToLower(attribute("architecture")), " "); architecture != ours.Architecture {
		differences = append(differences, fmt.Sprintf("%s: architecture %s in the table, %s in the module", name, ours.Architecture, attribute("architecture")))
	}
	product := strings.ReplaceAll(attribute("productName"), " ", "-")
	if len(ours.GFDProducts) > 0 && !slices.Contains(ours.GFDProducts, product) {
		differences = append(differences, fmt.Sprintf("%s: gfdProducts %v in the table, %s in the module", name, ours.GFDProducts, product))
	}
	text, _ := at(device, "Capacity", "memory", "Value").(string)
	memory, err := resource.ParseQuantity(text)
	expected := ours.MemoryMiB
	if other, ok := otherMemory[name]; ok {
		expected = other
	}
	if err != nil || float64(memory.Value()) != expected*1024*1024 {
		differences = append(differences, fmt.Sprintf("%s: memoryMiB %v in the table, memory %s in the module", name, expected, text))
	}
	return differences
}

// The module has EC2's answers about a few instance types, four of which have NVIDIA GPUs; from them the provider makes
// labels. It says nothing of the labels of other types, so the table's values for those are compared with nothing here.
func TestLabelsAreThoseThatTheProviderMakesFromEC2sAnswers(t *testing.T) {
	rows, gpus := table(t)
	answers := variable(t, "zz_generated.describe_instance_types.go", "defaultDescribeInstanceTypesOutput")
	compared := 0
	for _, info := range answers["InstanceTypes"].([]any) {
		name, _ := at(info, "InstanceType").(string)
		kind := at(info, "GpuInfo", "Gpus", 0)
		if at(kind, "Manufacturer") != "NVIDIA" {
			continue
		}
		compared++
		row, gpu := rows[name], gpus[rows[name].GPU]
		arch := map[any]string{"x86_64": "amd64", "arm64": "arm64"}[at(info, "ProcessorInfo", "SupportedArchitectures", 0)]
		awsName := strings.ReplaceAll(strings.ToLower(fmt.Sprint(at(kind, "Name"))), " ", "-")
		for label, pair := range map[string][2]any{
			"instance-gpu-name":    {gpu.AWSName, awsName},
			"instance-gpu-count":   {row.GPUs, at(kind, "Count")},
			"instance-gpu-memory":  {show(row.GPUMemory), show(number(at(kind, "MemoryInfo", "SizeInMiB")))},
			"instance-cpu":         {show(row.CPUs), show(number(at(info, "VCpuInfo", "DefaultVCpus")))},
			"instance-memory":      {show(row.Memory), show(number(at(info, "MemoryInfo", "SizeInMiB")))},
			"instance-local-nvme":  {show(row.NVMe), show(number(at(info, "InstanceStorageInfo", "TotalSizeInGB")))},
			"kubernetes.io/arch":   {row.Arch, arch},
			"the type in the list": {row.Name, name},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s is %v in the table, %v in the module", name, label, pair[0], pair[1])
			}
		}
	}
	if compared < 4 {
		t.Errorf("only %d types with NVIDIA GPUs were compared", compared)
	}
}

func number(v any) *float64 {
	if figure, ok := v.(float64); ok {
		return &figure
	}
	return nil
}

// The program embeds the files compared above: `gpuslice gpu show` prints each type with its price and that of a GPU.
func TestTheProgramPrintsTheTable(t *testing.T) {
	program := os.Getenv("GPUSLICE_BIN")
	if program == "" {
		program = "../../../build/gcc/gpuslice"
	}
	rows, gpus := table(t)
	found := 0
	for id := range gpus {
		text, err := exec.Command(program, "gpu", "show", id).Output()
		if err != nil {
			t.Fatalf("gpuslice gpu show %s: %v", id, err)
		}
		for line := range strings.Lines(string(text)) {
			cells := strings.Fields(line)
			if len(cells) < 2 || rows[cells[0]].GPU != id {
				continue
			}
			found++
			if prices := rows[cells[0]].prices(); !slices.Equal(cells[len(cells)-2:], prices) {
				t.Errorf("gpuslice gpu show %s prints %q; the prices are %v", id, strings.TrimSpace(line), prices)
			}
		}
	}
	if found != len(rows) {
		t.Errorf("gpuslice gpu show prints %d instance types; the table has %d", found, len(rows))
	}
}
