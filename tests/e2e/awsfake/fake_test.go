package awsfake

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

var sold = []InstanceType{
	{Name: "g4dn.xlarge", GPU: "t4", GPUName: "t4", GPUCount: 1, GPUMemoryMiB: 16384, Arch: "amd64", CPUs: 4, MemoryMiB: 16384, NVMeGB: 125, Price: 0.526},
	{Name: "g4dn.12xlarge", GPU: "t4", GPUName: "t4", GPUCount: 4, GPUMemoryMiB: 16384, Arch: "amd64", CPUs: 48, MemoryMiB: 196608, Price: 3.912},
	{Name: "m5.metal", Arch: "amd64", CPUs: 96, MemoryMiB: 393216, Price: 4.608},
}

func start(t *testing.T) *Fake {
	t.Helper()
	f := New(sold)
	t.Cleanup(f.Close)
	return f
}

// ask sends a form, given as alternating names and values, and returns status and body.
func ask(t *testing.T, f *Fake, action string, pairs ...string) (int, string) {
	t.Helper()
	form := url.Values{"Action": {action}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	answer, err := http.PostForm(f.URL(), form)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body(t, answer)
}

// askJSON calls an action of a service that speaks JSON.
func askJSON(t *testing.T, f *Fake, target, in string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, f.URL(), strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", target)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body(t, answer)
}

func body(t *testing.T, answer *http.Response) string {
	t.Helper()
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fleet asks for instances of two types in two zones, the dearer type first.
func fleet(t *testing.T, f *Fake, count string, more ...string) string {
	t.Helper()
	ask(t, f, "CreateLaunchTemplate", "LaunchTemplateName", "lt", "LaunchTemplateData.UserData", base64.StdEncoding.EncodeToString([]byte(bottlerocketSettings)))
	pairs := []string{"LaunchTemplateConfigs.1.LaunchTemplateSpecification.LaunchTemplateName", "lt",
		"TargetCapacitySpecification.TotalTargetCapacity", count, "TargetCapacitySpecification.DefaultTargetCapacityType", "spot",
		"TagSpecification.1.ResourceType", "instance", "TagSpecification.1.Tag.1.Key", "owner", "TagSpecification.1.Tag.1.Value", "e2e"}
	for i, offer := range []string{"g4dn.12xlarge us-east-1a", "g4dn.xlarge us-east-1a", "g4dn.xlarge us-east-1b"} {
		name, zone, _ := strings.Cut(offer, " ")
		prefix := "LaunchTemplateConfigs.1.Overrides." + string(rune('1'+i)) + "."
		pairs = append(pairs, prefix+"InstanceType", name, prefix+"AvailabilityZone", zone)
	}
	status, answer := ask(t, f, "CreateFleet", append(pairs, more...)...)
	if status != http.StatusOK {
		t.Fatal(answer)
	}
	return answer
}

func TestFleetTakesTheCheapest(t *testing.T) {
	f := start(t)
	seen := make(chan Instance, 2)
	f.OnLaunch(func(i Instance) { seen <- i })
	fleet(t, f, "2")
	first, second := <-seen, <-seen
	if first.Type != "g4dn.xlarge" || first.Zone != "us-east-1a" || first.ID == second.ID || first.Hostname == second.Hostname {
		t.Errorf("EC2 launches %+v and %+v", first, second)
	}
	if first.CapacityType != "spot" || first.Tags["owner"] != "e2e" || f.UserData(first.ID) != bottlerocketSettings {
		t.Errorf("the instance is %+v", first)
	}
	if f.Calls()["CreateFleet"] != 1 || len(f.Instances()) != 2 {
		t.Errorf("calls %v, %d instances", f.Calls(), len(f.Instances()))
	}
}

func TestFleetFollowsPriorities(t *testing.T) {
	f := start(t)
	fleet(t, f, "1", "LaunchTemplateConfigs.1.Overrides.1.Priority", "0", "LaunchTemplateConfigs.1.Overrides.2.Priority", "1",
		"LaunchTemplateConfigs.1.Overrides.3.Priority", "2")
	if i := f.Instances()[0]; i.Type != "g4dn.12xlarge" {
		t.Errorf("EC2 launches a %s", i.Type)
	}
}

func TestShortage(t *testing.T) {
	f := start(t)
	f.Short("g4dn.xlarge", "us-east-1a")
	if answer := fleet(t, f, "1"); !strings.Contains(answer, "InsufficientInstanceCapacity") || f.Instances()[0].Zone != "us-east-1b" {
		t.Errorf("with a shortage in one zone: %s", answer)
	}
	f.Short("g4dn.xlarge", "")
	fleet(t, f, "1")
	if i := f.Instances()[1]; i.Type != "g4dn.12xlarge" {
		t.Errorf("with a shortage in all zones EC2 launches a %s", i.Type)
	}
	f.Short("g4dn.12xlarge", "")
	if answer := fleet(t, f, "1"); strings.Count(answer, "<errorCode>InsufficientInstanceCapacity</errorCode>") != 3 || len(f.Instances()) != 2 {
		t.Errorf("with a shortage of everything: %s", answer)
	}
	f.Reset()
	fleet(t, f, "1")
	if all := f.Instances(); len(all) != 1 || all[0].Zone != "us-east-1a" {
		t.Errorf("after a reset: %+v", all)
	}
}

func TestInstances(t *testing.T) {
	f := start(t)
	fleet(t, f, "1")
	id := f.Instances()[0].ID
	ask(t, f, "CreateTags", "ResourceId.1", id, "Tag.1.Key", "Name", "Tag.1.Value", "t4")
	for filter, found := range map[[2]string]bool{{"tag:Name", "t4"}: true, {"tag:Name", "l4"}: false, {"tag-key", "owner"}: true,
		{"tag-key", "other"}: false, {"instance-state-name", "running"}: true, {"instance-state-name", "stopped"}: false} {
		_, answer := ask(t, f, "DescribeInstances", "Filter.1.Name", filter[0], "Filter.1.Value.1", filter[1])
		if strings.Contains(answer, id) != found {
			t.Errorf("%v: %s", filter, answer)
		}
	}
	ask(t, f, "TerminateInstances", "InstanceId.1", id)
	if _, answer := ask(t, f, "DescribeInstances", "InstanceId.1", id); !strings.Contains(answer, "<name>terminated</name>") || len(f.Instances()) != 0 {
		t.Errorf("once terminated: %s", answer)
	}
	if status, answer := ask(t, f, "DescribeInstances", "InstanceId.1", "i-other"); status != http.StatusBadRequest || !strings.Contains(answer, "<Code>InvalidInstanceID.NotFound</Code>") {
		t.Errorf("another id: %d %s", status, answer)
	}
}

func TestInterrupt(t *testing.T) {
	f := start(t)
	fleet(t, f, "1")
	id := f.Instances()[0].ID
	if f.Interrupt("i-other") == nil || f.Interrupt(id) != nil {
		t.Error("only a spot instance can be interrupted")
	}
	_, answer := askJSON(t, f, "AmazonSQS.ReceiveMessage", "{}")
	var received struct {
		Messages []struct{ ReceiptHandle, Body string }
	}
	if err := json.Unmarshal([]byte(answer), &received); err != nil || len(received.Messages) != 1 || !strings.Contains(received.Messages[0].Body, id) {
		t.Fatalf("%v: %s", err, answer)
	}
	askJSON(t, f, "AmazonSQS.DeleteMessage", `{"ReceiptHandle": "`+received.Messages[0].ReceiptHandle+`"}`)
	if _, answer := askJSON(t, f, "AmazonSQS.ReceiveMessage", "{}"); strings.Contains(answer, id) {
		t.Errorf("the message comes again: %s", answer)
	}
}

func TestImages(t *testing.T) {
	f := start(t)
	image := func(name string) string {
		status, answer := askJSON(t, f, "AmazonSSM.GetParameter", `{"Name": "`+name+`"}`)
		var found struct{ Parameter struct{ Value string } }
		if err := json.Unmarshal([]byte(answer), &found); err != nil || status != http.StatusOK {
			t.Fatalf("%s: %d %s", name, status, answer)
		}
		return found.Parameter.Value
	}
	const family = "/aws/service/eks/optimized-ami/1.37/amazon-linux-2023/"
	const newest, pinned = family + "x86_64/nvidia/recommended/image_id", family + "x86_64/nvidia/amazon-eks-node-v20261101/image_id"
	const rocket = "/aws/service/bottlerocket/aws-k8s-1.37-nvidia/arm64/latest/image_id"
	before := []string{image(newest), image(pinned), image(rocket)}
	f.Recommend()
	if after := []string{image(newest), image(pinned), image(rocket)}; after[0] == before[0] || after[1] != before[1] || after[2] == before[2] {
		t.Errorf("a new release changes %v to %v", before, after)
	}
	for id, architecture := range map[string]string{before[0]: "x86_64", before[2]: "arm64"} {
		if _, answer := ask(t, f, "DescribeImages", "Filter.1.Name", "image-id", "Filter.1.Value.1", id); !strings.Contains(answer, "<architecture>"+architecture) {
			t.Errorf("%s: %s", id, answer)
		}
	}
	if status, answer := askJSON(t, f, "AmazonSSM.GetParameter", `{"Name": "/other"}`); status != http.StatusBadRequest || !strings.Contains(answer, "ParameterNotFound") {
		t.Errorf("a parameter of another service: %d %s", status, answer)
	}
}

func TestPrices(t *testing.T) {
	f := start(t)
	const metal = `{"Filters": [{"Field": "productFamily", "Value": "Compute Instance (bare metal)"}]}`
	_, bare := askJSON(t, f, "AWSPriceListService.GetProducts", metal)
	_, shared := askJSON(t, f, "AWSPriceListService.GetProducts", `{"Filters": []}`)
	if !strings.Contains(bare, "m5.metal") || strings.Contains(bare, "g4dn") || !strings.Contains(shared, "0.526") || strings.Contains(shared, "metal") {
		t.Errorf("bare metal: %s; shared: %s", bare, shared)
	}
}

func TestDryRunsSucceedAndLaunchNothing(t *testing.T) {
	f := start(t)
	for _, action := range []string{"CreateFleet", "RunInstances", "CreateLaunchTemplate", "DescribeInstanceTypes"} {
		if status, answer := ask(t, f, action, "DryRun", "true"); status != http.StatusPreconditionFailed || !strings.Contains(answer, "<Code>DryRunOperation</Code>") {
			t.Errorf("%s: %d %s", action, status, answer)
		}
	}
	if len(f.Instances()) != 0 || len(f.Calls()) != 0 {
		t.Errorf("dry runs: %v", f.Calls())
	}
}

func TestInstanceProfiles(t *testing.T) {
	f := start(t)
	if status, answer := ask(t, f, "GetInstanceProfile", "InstanceProfileName", "p"); status != http.StatusNotFound || !strings.Contains(answer, "NoSuchEntity") {
		t.Errorf("before it is created: %d %s", status, answer)
	}
	ask(t, f, "CreateInstanceProfile", "InstanceProfileName", "p", "Path", "/karpenter/")
	ask(t, f, "AddRoleToInstanceProfile", "InstanceProfileName", "p", "RoleName", "nodes")
	if _, answer := ask(t, f, "ListInstanceProfiles"); !strings.Contains(answer, "<member><Arn>") || !strings.Contains(answer, "<RoleName>nodes</RoleName>") {
		t.Errorf("with a role: %s", answer)
	}
	ask(t, f, "RemoveRoleFromInstanceProfile", "InstanceProfileName", "p", "RoleName", "nodes")
	if _, answer := ask(t, f, "GetInstanceProfile", "InstanceProfileName", "p"); strings.Contains(answer, "RoleName") {
		t.Errorf("without a role: %s", answer)
	}
	ask(t, f, "DeleteInstanceProfile", "InstanceProfileName", "p")
	if status, _ := ask(t, f, "GetInstanceProfile", "InstanceProfileName", "p"); status != http.StatusNotFound {
		t.Errorf("once deleted: %d", status)
	}
}

func TestUnknownRequestsAreReported(t *testing.T) {
	f := start(t)
	ask(t, f, "DescribeSubnets", "Filter.1.Name", "tag:karpenter.sh/discovery", "Filter.1.Value.1", Cluster)
	if all := f.Unknown(); len(all) != 0 {
		t.Errorf("a known request is reported as %v", all)
	}
	for _, request := range []func() (int, string){
		func() (int, string) { return ask(t, f, "RebootInstances") },
		func() (int, string) { return ask(t, f, "RunInstances") },
		func() (int, string) { return askJSON(t, f, "AmazonSSM.PutParameter", "{}") },
		func() (int, string) {
			return ask(t, f, "DescribeSubnets", "Filter.1.Name", "vpc-id", "Filter.1.Value.1", "vpc-1")
		},
	} {
		if status, answer := request(); status != http.StatusBadRequest {
			t.Errorf("%d %s", status, answer)
		}
	}
	all := f.Unknown()
	if len(all) != 4 || !slices.Contains(all, "RebootInstances") || !slices.Contains(all, "the filter vpc-id of DescribeSubnets") {
		t.Errorf("unknown: %v", all)
	}
}

// The types come from the project's own table.
func TestTypes(t *testing.T) {
	all, err := Types("../../../webhook/gpu/data")
	if err != nil {
		t.Fatal(err)
	}
	find := func(name string) InstanceType {
		for _, each := range all {
			if each.Name == name {
				return each
			}
		}
		t.Fatalf("%s is not sold", name)
		return InstanceType{}
	}
	if found := find("g4dn.xlarge"); found != sold[0] {
		t.Errorf("g4dn.xlarge is %+v", found)
	}
	if share, plain := find("g6f.large"), find("m7i.large"); share.GPUCount != 0 || share.GPUName != "l4" || plain.GPUName != "" || plain.Price == 0 {
		t.Errorf("%+v, %+v", share, plain)
	}
	for _, each := range all {
		if each.CPUs == 0 || each.MemoryMiB == 0 || each.Arch == "" {
			t.Errorf("%+v has no size", each)
		}
	}
}
