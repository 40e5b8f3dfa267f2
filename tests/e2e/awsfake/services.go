package awsfake

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

var jsonActions = map[string]func(*Fake, map[string]any) (fields, error){
	"DeleteMessage":  (*Fake).deleteMessage,
	"GetParameter":   (*Fake).getParameter,
	"GetProducts":    (*Fake).getProducts,
	"GetQueueUrl":    (*Fake).getQueueURL,
	"ReceiveMessage": (*Fake).receiveMessage,
}

// What AWS publishes of images in SSM's parameters, for EKS and Bottlerocket.
var (
	imageParameter = regexp.MustCompile(`^/aws/service/(eks/optimized-ami|bottlerocket)/.*/image_id$`)
	newestImage    = regexp.MustCompile(`/(recommended|latest)/image_id$`)
	armImage       = regexp.MustCompile(`[/-]arm64[/-]`)
)

// getParameter names an image, which describeImages knows from then on. Its id follows from the parameter, and where
// that names the newest one, from the release.
func (f *Fake) getParameter(in map[string]any) (fields, error) {
	name, _ := in["Name"].(string)
	if !imageParameter.MatchString(name) {
		return nil, invalid("ParameterNotFound", "%s", name)
	}
	released := name
	if newestImage.MatchString(name) {
		released = fmt.Sprintf("%s of release %d", name, f.release)
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(released))
	id := fmt.Sprintf("ami-0%016x", sum.Sum64())
	architecture := "x86_64"
	if armImage.MatchString(name) {
		architecture = "arm64"
	}
	created := time.Date(2026, 11, 1, f.release, 0, 0, 0, time.UTC)
	f.images[id] = fields{"imageId": id, "name": released, "architecture": architecture, "imageState": "available",
		"creationDate":    created.Format(time.RFC3339),
		"deprecationTime": created.AddDate(10, 0, 0).Format(time.RFC3339)}
	return fields{"Parameter": fields{"Name": name, "Type": "String", "Value": id, "Version": 1 + f.release}}, nil
}

// getProducts is the price list. Karpenter asks for shared machines and for bare metal.
func (f *Fake) getProducts(in map[string]any) (fields, error) {
	filters, _ := in["Filters"].([]any)
	metal := slices.ContainsFunc(filters, func(filter any) bool {
		entry, _ := filter.(map[string]any)
		return entry["Value"] == "Compute Instance (bare metal)"
	})
	list := []string{}
	for _, name := range f.names {
		t := f.types[name]
		if t.Metal() != metal || t.Price == 0 {
			continue
		}
		price := fields{"pricePerUnit": fields{"USD": dollars(t.Price)}}
		text, err := json.Marshal(fields{"product": fields{"attributes": fields{"instanceType": name}},
			"terms": fields{"OnDemand": fields{"term": fields{"priceDimensions": fields{"hour": price}}}}})
		if err != nil {
			return nil, err
		}
		list = append(list, string(text))
	}
	return fields{"FormatVersion": "aws_v1", "PriceList": list}, nil
}

func (f *Fake) getQueueURL(map[string]any) (fields, error) {
	return fields{"QueueUrl": f.URL() + "/queue"}, nil
}

// receiveMessage waits a little if there is no message, instead of the twenty seconds for which it is asked.
func (f *Fake) receiveMessage(map[string]any) (fields, error) {
	if len(f.queue) == 0 {
		f.lock.Unlock()
		time.Sleep(200 * time.Millisecond)
		f.lock.Lock()
	}
	return fields{"Messages": slices.Clone(f.queue)}, nil
}

func (f *Fake) deleteMessage(in map[string]any) (fields, error) {
	f.queue = slices.DeleteFunc(f.queue, func(message fields) bool { return message["ReceiptHandle"] == in["ReceiptHandle"] })
	return fields{}, nil
}

// Interrupt announces through the queue, as EventBridge does, that a spot instance will be taken away in two minutes.
// Karpenter reads the queue if its environment has INTERRUPTION_QUEUE.
func (f *Fake) Interrupt(id string) error {
	f.lock.Lock()
	defer f.lock.Unlock()
	if i := f.instances[id]; i == nil || i.CapacityType != "spot" {
		return fmt.Errorf("%s is no spot instance", id)
	}
	now := time.Now().UTC()
	event, err := json.Marshal(fields{"version": "0", "id": f.newID("event"), "source": "aws.ec2", "account": account, "region": Region,
		"detail-type": "EC2 Spot Instance Interruption Warning", "time": now.Format(time.RFC3339),
		"resources": []string{"arn:aws:ec2:" + Region + ":" + account + ":instance/" + id},
		"detail":    fields{"instance-id": id, "instance-action": "terminate"}})
	if err != nil {
		return err
	}
	f.queue = append(f.queue, fields{"MessageId": f.newID("message"), "ReceiptHandle": f.newID("receipt"), "Body": string(event),
		"MD5OfBody":  fmt.Sprintf("%x", md5.Sum(event)),
		"Attributes": fields{"SentTimestamp": strconv.FormatInt(now.UnixMilli(), 10)}})
	return nil
}

// describeCluster answers EKS; nodes of AL2023 need the range of Service addresses.
func describeCluster(name string) fields {
	return fields{"cluster": fields{"name": name, "status": "ACTIVE", "version": "1.37",
		"kubernetesNetworkConfig": fields{"serviceIpv4Cidr": "10.96.0.0/16", "ipFamily": "ipv4"}}}
}

var iamActions = map[string]func(*Fake, *form) (fields, error){
	"AddRoleToInstanceProfile":      (*Fake).setRole,
	"CreateInstanceProfile":         (*Fake).createProfile,
	"DeleteInstanceProfile":         (*Fake).deleteProfile,
	"GetInstanceProfile":            (*Fake).getProfile,
	"ListInstanceProfiles":          (*Fake).listProfiles,
	"RemoveRoleFromInstanceProfile": (*Fake).setRole,
	"TagInstanceProfile":            nothing,
}

func (f *Fake) profile(in *form) (fields, error) {
	name := in.get("InstanceProfileName")
	if f.profiles[name] == nil {
		return nil, &fault{http.StatusNotFound, "NoSuchEntity", "Instance Profile " + name + " cannot be found."}
	}
	return f.profiles[name], nil
}

func (f *Fake) getProfile(in *form) (fields, error) {
	profile, err := f.profile(in)
	return fields{"InstanceProfile": profile}, err
}

func (f *Fake) createProfile(in *form) (fields, error) {
	name := in.get("InstanceProfileName")
	f.profiles[name] = fields{"InstanceProfileName": name, "Path": in.get("Path"), "InstanceProfileId": f.newID("AIPA"),
		"Arn": "arn:aws:iam::" + account + ":instance-profile/" + name, "CreateDate": "2026-11-01T00:00:00Z", "Roles": []fields{}}
	return fields{"InstanceProfile": f.profiles[name]}, nil
}

func (f *Fake) deleteProfile(in *form) (fields, error) {
	_, err := f.profile(in)
	delete(f.profiles, in.get("InstanceProfileName"))
	return fields{}, err
}

// setRole adds the one role that a profile can have, or removes it.
func (f *Fake) setRole(in *form) (fields, error) {
	profile, err := f.profile(in)
	if err != nil {
		return nil, err
	}
	role, roles := in.get("RoleName"), []fields{}
	if in.get("Action") == "AddRoleToInstanceProfile" {
		roles = []fields{{"RoleName": role, "RoleId": "AROA-" + role, "Path": "/", "Arn": "arn:aws:iam::" + account + ":role/" + role,
			"CreateDate": "2026-11-01T00:00:00Z"}}
	}
	profile["Roles"] = roles
	return fields{}, nil
}

func (f *Fake) listProfiles(*form) (fields, error) {
	all := []fields{}
	for _, profile := range f.profiles {
		all = append(all, profile)
	}
	return fields{"IsTruncated": false, "InstanceProfiles": all}, nil
}
