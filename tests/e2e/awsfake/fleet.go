package awsfake

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

const (
	running    = "running"
	terminated = "terminated"
)

// Instance is a virtual machine.
type Instance struct {
	ID           string
	Type         string
	Zone         string
	Image        string
	CapacityType string // "on-demand", "spot"
	State        string // "running", "terminated"
	Hostname     string
	Launched     time.Time
	UserData     string // decoded
	Tags         map[string]string
}

// ProviderID is what a Node's spec names the instance.
func (i *Instance) ProviderID() string { return "aws:///" + i.Zone + "/" + i.ID }

// ZoneID is the zone's id, which is the same in all accounts.
func (i *Instance) ZoneID() string { return zoneID(i.Zone) }

func (i *Instance) clone() Instance {
	copied := *i
	copied.Tags = maps.Clone(i.Tags)
	return copied
}

// template is a launch template of one version.
type template struct {
	id, name, userData string
	tags               map[string]string
}

func (t *template) describe() fields {
	return fields{"launchTemplateId": t.id, "launchTemplateName": t.name, "latestVersionNumber": 1, "defaultVersionNumber": 1,
		"tagSet": tagSet(t.tags)}
}

// tagsFor are the tags that a request gives to a kind of resource.
func tagsFor(in *form, kind string) map[string]string {
	tags := map[string]string{}
	for _, specification := range in.list("TagSpecification") {
		if specification.get("ResourceType") == kind {
			addTags(tags, specification)
		}
	}
	return tags
}

func addTags(to map[string]string, in *form) {
	for _, tag := range in.list("Tag") {
		to[tag.get("Key")] = tag.get("Value")
	}
}

func noTemplate(name string) error {
	return invalid("InvalidLaunchTemplateName.NotFoundException", "there is no launch template %s", name)
}

func (f *Fake) createTemplate(in *form) (fields, error) {
	text, err := base64.StdEncoding.DecodeString(in.get("LaunchTemplateData", "UserData"))
	if err != nil {
		return nil, invalid("InvalidUserData.Malformed", "%v", err)
	}
	t := &template{f.newID("lt"), in.get("LaunchTemplateName"), string(text), tagsFor(in, "launch-template")}
	f.templates[t.name] = t
	return fields{"launchTemplate": t.describe()}, nil
}

func (f *Fake) deleteTemplate(in *form) (fields, error) {
	for name, t := range f.templates {
		if name == in.get("LaunchTemplateName") || t.id == in.get("LaunchTemplateId") {
			delete(f.templates, name)
			return fields{"launchTemplate": t.describe()}, nil
		}
	}
	return nil, noTemplate(in.get("LaunchTemplateName"))
}

func (f *Fake) describeTemplates(in *form) (fields, error) {
	wanted := in.texts("LaunchTemplateName")
	for _, name := range wanted {
		if f.templates[name] == nil {
			return nil, noTemplate(name)
		}
	}
	all := []fields{}
	for name, t := range f.templates {
		ok, err := f.passes(in, nil, t.tags)
		if err != nil {
			return nil, err
		}
		if ok && (len(wanted) == 0 || slices.Contains(wanted, name)) {
			all = append(all, t.describe())
		}
	}
	return fields{"launchTemplates": all}, nil
}

// offer is one of the alternatives of a fleet.
type offer struct {
	template *template
	placement
	subnet, image string
	rank          float64 // the lowest is taken
}

func (o *offer) describe() fields {
	return fields{"launchTemplateSpecification": fields{"launchTemplateId": o.template.id, "launchTemplateName": o.template.name, "version": 1},
		"overrides": fields{"instanceType": o.name, "availabilityZone": o.zone, "subnetId": o.subnet, "imageId": o.image}}
}

// offersOf returns the alternatives of a fleet in the order in which EC2 tries them: by the request's priorities, or
// else by price.
func (f *Fake) offersOf(in *form) ([]offer, error) {
	var all []offer
	for _, config := range in.list("LaunchTemplateConfigs") {
		name := config.get("LaunchTemplateSpecification", "LaunchTemplateName")
		if f.templates[name] == nil {
			return nil, noTemplate(name)
		}
		for _, override := range config.list("Overrides") {
			o := offer{f.templates[name], placement{override.get("InstanceType"), override.get("AvailabilityZone")},
				override.get("SubnetId"), override.get("ImageId"), 0}
			if f.types[o.name] == nil || !slices.Contains(Zones, o.zone) {
				return nil, invalid("InvalidParameterValue", "%s is not offered in %q", o.name, o.zone)
			}
			o.rank = f.types[o.name].Price
			if priority, err := strconv.ParseFloat(override.get("Priority"), 64); err == nil {
				o.rank = priority
			}
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(a, b offer) int { return cmp.Compare(a.rank, b.rank) })
	return all, nil
}

// createFleet launches the first alternative that is not short.
func (f *Fake) createFleet(in *form) (fields, error) {
	offers, err := f.offersOf(in)
	if err != nil {
		return nil, err
	}
	capacity := in.at("TargetCapacitySpecification")
	kind := capacity.get("DefaultTargetCapacityType")
	count, err := strconv.Atoi(capacity.get("TotalTargetCapacity"))
	if err != nil {
		return nil, invalid("InvalidParameterValue", "TotalTargetCapacity: %v", err)
	}
	short := []fields{}
	for _, o := range offers {
		if !f.shortages[o.placement] {
			return fields{"fleetId": f.newID("fleet"), "errorSet": short, "fleetInstanceSet": []fields{{"instanceType": o.name,
				"lifecycle": kind, "launchTemplateAndOverrides": o.describe(), "instanceIds": f.launch(o, kind, count, tagsFor(in, "instance"))}}}, nil
		}
		short = append(short, fields{"errorCode": "InsufficientInstanceCapacity", "lifecycle": kind,
			"errorMessage": "There is no " + o.name + " in " + o.zone + ".", "launchTemplateAndOverrides": o.describe()})
	}
	return fields{"fleetId": f.newID("fleet"), "errorSet": short}, nil
}

// launch starts instances and returns their ids.
func (f *Fake) launch(o offer, capacityType string, count int, tags map[string]string) []string {
	var ids []string
	for range count {
		i := &Instance{ID: f.newID("i"), Type: o.name, Zone: o.zone, Image: o.image, CapacityType: capacityType, State: running,
			Launched: time.Now().UTC(), UserData: o.template.userData, Tags: maps.Clone(tags)}
		i.Hostname = fmt.Sprintf("ip-10-0-%d-%d.ec2.internal", f.lastNumber/256, f.lastNumber%256)
		f.instances[i.ID] = i
		ids = append(ids, i.ID)
		hook, launched := f.onLaunch, i.clone()
		f.launching.Go(func() { hook(launched) })
	}
	return ids
}

func (i *Instance) describe() fields {
	answer := fields{"instanceId": i.ID, "instanceType": i.Type, "imageId": i.Image, "instanceState": stateOf(i.State),
		"launchTime": i.Launched.Format(time.RFC3339), "privateDnsName": i.Hostname, "subnetId": subnetOf(i.Zone), "vpcId": "vpc-1",
		"placement": fields{"availabilityZone": i.Zone, "availabilityZoneId": i.ZoneID(), "tenancy": "default"},
		"groupSet":  []fields{{"groupId": "sg-1"}}, "tagSet": tagSet(i.Tags)}
	if i.CapacityType == "spot" {
		answer["instanceLifecycle"], answer["spotInstanceRequestId"] = "spot", "sir-"+i.ID
	}
	return answer
}

func stateOf(name string) fields {
	return fields{"name": name, "code": map[string]int{running: 16, terminated: 48}[name]}
}

func noInstance(id string) error {
	return invalid("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
}

func (f *Fake) describeInstances(in *form) (fields, error) {
	wanted := in.texts("InstanceId")
	for _, id := range wanted {
		if f.instances[id] == nil {
			return nil, noInstance(id)
		}
	}
	found := []fields{}
	for id, i := range f.instances {
		ok, err := f.passes(in, map[string]string{"instance-state-name": i.State}, i.Tags)
		if err != nil {
			return nil, err
		}
		if ok && (len(wanted) == 0 || slices.Contains(wanted, id)) {
			found = append(found, i.describe())
		}
	}
	return fields{"reservationSet": []fields{{"instancesSet": found}}}, nil
}

func (f *Fake) terminateInstances(in *form) (fields, error) {
	var all []fields
	for _, id := range in.texts("InstanceId") {
		i := f.instances[id]
		if i == nil {
			return nil, noInstance(id)
		}
		all = append(all, fields{"instanceId": id, "previousState": stateOf(i.State), "currentState": stateOf(terminated)})
		i.State = terminated
	}
	return fields{"instancesSet": all}, nil
}

func (f *Fake) createTags(in *form) (fields, error) {
	for _, id := range in.texts("ResourceId") {
		if f.instances[id] == nil {
			return nil, noInstance(id)
		}
		addTags(f.instances[id].Tags, in)
	}
	return fields{"return": true}, nil
}
