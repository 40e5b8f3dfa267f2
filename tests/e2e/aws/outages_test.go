package aws

import (
	"strings"
	"testing"

	"gpuslice.dev/e2e/cluster"
)

// EC2 has no g6.4xlarge in two of three zones.
func TestShortageInSomeZones(t *testing.T) {
	t.Parallel()
	region.Short("g6.4xlarge", "us-east-1a")
	region.Short("g6.4xlarge", "us-east-1b")
	work := newTeam(t, "zoned", 2)
	_, instance := work.one(t, 2)
	if instance.Zone != "us-east-1c" || instance.Type != "g6.4xlarge" {
		t.Errorf("%s in %s was bought", instance.Type, instance.Zone)
	}
}

// EC2 has no instance of the first pool of a class: the second pool serves its pods.
func TestShortageFallsBackToTheSecondPool(t *testing.T) {
	t.Parallel()
	region.Short("g6.xlarge", "")
	work := newTeam(t, "quarter", 3)
	node, instance := work.one(t, 3)
	if node.Labels[poolKey] != "far" || instance.Type != "g6.2xlarge" {
		t.Errorf("%s of %s was bought", instance.Type, node.Labels[poolKey])
	}
	t.Logf("InsufficientCapacityError: %s", work.reported(t, "InsufficientCapacityError", "near"))
}

// EC2 has no instance for a class of one pool: Karpenter says so, then reports that the other pools do not match, as if
// the pod were wrong (docs/karpenter.md#traps), and the pods run once there is an instance.
func TestShortageOfTheOnlyPool(t *testing.T) {
	region.Short("g4dn.2xlarge", "")
	work := newTeam(t, "pinned", 1)
	message := work.reported(t, "InsufficientCapacityError", "pinned")
	if !strings.Contains(message, "insufficient capacity") && !strings.Contains(message, "InsufficientInstanceCapacity") {
		t.Errorf("the event says: %s", message)
	}
	then := work.reported(t, "FailedScheduling", "Failed to schedule pod")
	if !strings.Contains(then, "gpuslice.dev/pool In [pinned] not in gpuslice.dev/pool In [") {
		t.Errorf("the next event says: %s", then)
	}
	region.Reset()
	restartKarpenter(t)
	work.one(t, 1)
}

// AWS takes a spot instance away: the pods run on another one, which Karpenter buys in another zone.
func TestSpotInterruption(t *testing.T) {
	t.Parallel()
	work := newTeam(t, "spot", 2)
	node, instance := work.one(t, 2)
	if instance.CapacityType != "spot" {
		t.Fatalf("an instance of capacity type %s was bought", instance.CapacityType)
	}
	cluster.Must(t, region.Interrupt(instance.ID))
	work.reported(t, "SpotInterrupted", node.Name)
	_, next := work.moved(t, 2, node)
	if next.Zone == instance.Zone || next.CapacityType != "spot" {
		t.Errorf("%s instance in %s replaces the one in %s", next.CapacityType, next.Zone, instance.Zone)
	}
}

// A new image appears: the nodes of a pool with @latest are replaced, and those of a pool with a version stay.
func TestNewImage(t *testing.T) {
	newest, pinned := newTeam(t, "newest", 2), newTeam(t, "pinned", 1)
	before, old := newest.one(t, 2)
	stays, same := pinned.one(t, 1)
	region.Recommend()
	restartKarpenter(t)
	_, next := newest.moved(t, 2, before)
	if next.Image == old.Image {
		t.Errorf("the new node has the old image %s", old.Image)
	}
	if now, instance := pinned.one(t, 1); now.Name != stays.Name || instance.Image != same.Image {
		t.Errorf("node %s with image %s replaces %s with %s, though the version is named", now.Name, instance.Image, stays.Name, same.Image)
	}
	drifted := claimOf(t, stays)
	if status, _ := cluster.Condition(drifted, "Drifted"); status == "True" {
		t.Error("the node of the pool with a version counts as drifted")
	}
}

// The last pod ends: the instance is terminated, and neither node nor NodeClaim is left.
func TestEmptyNodeGoes(t *testing.T) {
	t.Parallel()
	work := newTeam(t, "newest", 1)
	node, _ := work.one(t, 1)
	work.end()
	cluster.Eventually(t, func() error { return gone(node) })
	cluster.Eventually(t, func() error { return noClaim(node) })
}
