// Package awsfake answers, on loopback, the calls of AWS that Karpenter's AWS provider makes: EC2, IAM, EKS, SSM, SQS
// and the price list. It runs no machines: a hook is called for each instance that is launched, and makes of it what the
// test needs.
//
// An instance type has what gpuslice's own GPU table says. Network figures are the same for all types, and there are
// no capacity reservations, placement groups or EFA interfaces. A call that the fake does not know is an error for
// Karpenter, and Unknown reports it.
package awsfake

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"sync"
)

// Names of the one cluster, which EC2NodeClasses rendered with --cluster find.
const (
	Cluster = "test"
	Region  = "us-east-1"
	account = "111122223333"
)

// Zones have one subnet each.
var Zones = []string{"us-east-1a", "us-east-1b", "us-east-1c"}

// Fake is a region of AWS with one account.
type Fake struct {
	server *httptest.Server
	types  map[string]*InstanceType
	names  []string // of types, sorted

	lock       sync.Mutex
	instances  map[string]*Instance // by id
	templates  map[string]*template // by name
	profiles   map[string]fields    // instance profiles by name
	images     map[string]fields    // by id, those that SSM has named
	release    int                  // of the images that SSM recommends
	shortages  map[placement]bool
	queue      []fields // of interruptions
	calls      map[string]int
	unknown    []string
	onLaunch   func(Instance)
	launching  sync.WaitGroup
	lastNumber int
}

// placement is an instance type in a zone.
type placement struct{ name, zone string }

// New starts a fake that sells the given types in all zones.
func New(types []InstanceType) *Fake {
	f := &Fake{types: map[string]*InstanceType{}, instances: map[string]*Instance{}, templates: map[string]*template{},
		profiles: map[string]fields{}, images: map[string]fields{}, shortages: map[placement]bool{}, calls: map[string]int{},
		onLaunch: func(Instance) {}}
	for i := range types {
		f.types[types[i].Name] = &types[i]
	}
	f.names = slices.Sorted(maps.Keys(f.types))
	f.server = httptest.NewServer(f)
	return f
}

// Close ends the server.
func (f *Fake) Close() { f.server.Close() }

// URL is the endpoint of all services.
func (f *Fake) URL() string { return f.server.URL }

// Type returns an instance type, or nil if the fake does not sell it.
func (f *Fake) Type(name string) *InstanceType { return f.types[name] }

// OnLaunch sets what is called, in a goroutine of its own, for each instance that is launched.
func (f *Fake) OnLaunch(hook func(Instance)) {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.onLaunch = hook
}

// Short makes EC2 answer InsufficientInstanceCapacity for a type in a zone, or in all zones if zone is "". Karpenter
// does not ask for such a type again within three minutes.
func (f *Fake) Short(name, zone string) {
	f.lock.Lock()
	defer f.lock.Unlock()
	zones := Zones
	if zone != "" {
		zones = []string{zone}
	}
	for _, zone := range zones {
		f.shortages[placement{name, zone}] = true
	}
}

// Recommend makes SSM name a new image wherever it names the newest one, as after a release. Images that are named by
// their version stay.
func (f *Fake) Recommend() {
	f.lock.Lock()
	defer f.lock.Unlock()
	f.release++
}

// Instances returns the instances that run, the oldest first.
func (f *Fake) Instances() []Instance {
	f.lock.Lock()
	defer f.lock.Unlock()
	var all []Instance
	for _, id := range slices.Sorted(maps.Keys(f.instances)) {
		if i := f.instances[id]; i.State == running {
			all = append(all, i.clone())
		}
	}
	return all
}

// UserData returns the user data of an instance, decoded, or "" if there is none of that id.
func (f *Fake) UserData(id string) string {
	f.lock.Lock()
	defer f.lock.Unlock()
	if i := f.instances[id]; i != nil {
		return i.UserData
	}
	return ""
}

// Calls returns how often each action was called since the start or the last Reset. Dry runs are not counted.
func (f *Fake) Calls() map[string]int {
	f.lock.Lock()
	defer f.lock.Unlock()
	return maps.Clone(f.calls)
}

// Unknown returns what the fake was asked and does not know; a test should fail if there is anything.
func (f *Fake) Unknown() []string {
	f.lock.Lock()
	defer f.lock.Unlock()
	return slices.Clone(f.unknown)
}

// Reset forgets all instances, shortages, interruptions and counts of calls, once the hooks of the instances have
// returned. Launch templates, instance profiles and images stay, because Karpenter remembers those.
func (f *Fake) Reset() {
	f.launching.Wait()
	f.lock.Lock()
	defer f.lock.Unlock()
	clear(f.instances)
	clear(f.shortages)
	clear(f.calls)
	f.queue = nil
}

// newID returns an id that was never given before.
func (f *Fake) newID(kind string) string {
	f.lastNumber++
	return fmt.Sprintf("%s-%017x", kind, f.lastNumber)
}
