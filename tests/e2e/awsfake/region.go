package awsfake

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Of the on-demand price, that of a spot instance.
const spotShare = 0.4

var ec2Actions = map[string]func(*Fake, *form) (fields, error){
	"CreateFleet":                   (*Fake).createFleet,
	"CreateLaunchTemplate":          (*Fake).createTemplate,
	"CreateTags":                    (*Fake).createTags,
	"DeleteLaunchTemplate":          (*Fake).deleteTemplate,
	"DescribeCapacityReservations":  nothing,
	"DescribeImages":                (*Fake).describeImages,
	"DescribeInstanceStatus":        nothing,
	"DescribeInstanceTypeOfferings": (*Fake).describeOfferings,
	"DescribeInstanceTypes":         (*Fake).describeTypes,
	"DescribeInstances":             (*Fake).describeInstances,
	"DescribeLaunchTemplates":       (*Fake).describeTemplates,
	"DescribePlacementGroups":       nothing,
	"DescribeSecurityGroups":        (*Fake).describeSecurityGroups,
	"DescribeSpotPriceHistory":      (*Fake).describeSpotPrices,
	"DescribeSubnets":               (*Fake).describeSubnets,
	"RunInstances":                  runInstances,
	"TerminateInstances":            (*Fake).terminateInstances,
}

// nothing is an answer without entries.
func nothing(*Fake, *form) (fields, error) { return fields{}, nil }

// runInstances only ever answers dry runs: Karpenter launches with CreateFleet.
func runInstances(f *Fake, _ *form) (fields, error) {
	return nil, f.doesNotKnow("RunInstances other than as a dry run")
}

// passes reports whether something with properties and tags passes all filters of a request.
func (f *Fake) passes(in *form, properties, tags map[string]string) (bool, error) {
	for _, filter := range in.list("Filter") {
		name, values := filter.get("Name"), filter.texts("Value")
		found, known := properties[name]
		switch key, isTag := strings.CutPrefix(name, "tag:"); {
		case isTag:
			var tagged bool
			if found, tagged = tags[key]; !tagged {
				return false, nil
			}
		case name == "tag-key":
			if !slices.ContainsFunc(values, func(key string) bool { _, tagged := tags[key]; return tagged }) {
				return false, nil
			}
			continue
		case !known:
			return false, f.doesNotKnow("the filter " + name + " of " + in.get("Action"))
		}
		if !slices.Contains(values, found) && !slices.Contains(values, "*") {
			return false, nil
		}
	}
	return true, nil
}

func tagSet(tags map[string]string) []fields {
	var set []fields
	for key, value := range tags {
		set = append(set, fields{"key": key, "value": value})
	}
	return set
}

// discovery are the tags of subnet and security group.
func discovery() map[string]string { return map[string]string{"karpenter.sh/discovery": Cluster} }

func subnetOf(zone string) string { return "subnet-" + zone }
func zoneID(zone string) string   { return "use1-az" + strconv.Itoa(slices.Index(Zones, zone)+1) }

func (f *Fake) describeSubnets(in *form) (fields, error) {
	all := []fields{}
	for _, zone := range Zones {
		ok, err := f.passes(in, map[string]string{"subnet-id": subnetOf(zone)}, discovery())
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, fields{"subnetId": subnetOf(zone), "vpcId": "vpc-1", "state": "available", "availabilityZone": zone,
				"availabilityZoneId": zoneID(zone), "availableIpAddressCount": 8000, "tagSet": tagSet(discovery())})
		}
	}
	return fields{"subnetSet": all}, nil
}

func (f *Fake) describeSecurityGroups(in *form) (fields, error) {
	ok, err := f.passes(in, map[string]string{"group-id": "sg-1", "group-name": "nodes"}, discovery())
	all := []fields{}
	if ok {
		all = append(all, fields{"groupId": "sg-1", "groupName": "nodes", "vpcId": "vpc-1", "tagSet": tagSet(discovery())})
	}
	return fields{"securityGroupInfo": all}, err
}

func (f *Fake) describeTypes(*form) (fields, error) {
	var all []fields
	for _, name := range f.names {
		all = append(all, f.types[name].describe())
	}
	return fields{"instanceTypeSet": all}, nil
}

func (f *Fake) describeOfferings(*form) (fields, error) {
	var all []fields
	for _, name := range f.names {
		for _, zone := range Zones {
			all = append(all, fields{"instanceType": name, "locationType": "availability-zone", "location": zone})
		}
	}
	return fields{"instanceTypeOfferingSet": all}, nil
}

func (f *Fake) describeSpotPrices(*form) (fields, error) {
	var all []fields
	for _, name := range f.names {
		for _, zone := range Zones {
			if price := f.types[name].Price; price > 0 {
				all = append(all, fields{"instanceType": name, "availabilityZone": zone, "productDescription": "Linux/UNIX",
					"spotPrice": dollars(spotShare * price), "timestamp": time.Now().UTC().Format(time.RFC3339)})
			}
		}
	}
	return fields{"spotPriceHistorySet": all}, nil
}

func dollars(price float64) string { return strconv.FormatFloat(price, 'f', -1, 64) }

// describeImages knows the images that SSM has named.
func (f *Fake) describeImages(in *form) (fields, error) {
	all := []fields{}
	for id, image := range f.images {
		ok, err := f.passes(in, map[string]string{"image-id": id, "name": image["name"].(string), "state": "available"}, nil)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, image)
		}
	}
	return fields{"imagesSet": all}, nil
}
