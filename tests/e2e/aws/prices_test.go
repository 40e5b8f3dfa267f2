package aws

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gpuslice.dev/e2e/awsfake"
	"gpuslice.dev/e2e/cluster"
)

// With ISOLATED_VPC=true Karpenter knows the prices that it is compiled with, and none from the fake. Its metric must
// have the table's price of every type that the fake sells.
func TestKarpentersPricesAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	var table struct{ InstanceTypes [][]any }
	text, err := os.ReadFile(filepath.Join(plane.Root, "webhook/gpu/data/aws-instances.json"))
	cluster.Must(t, err)
	cluster.Must(t, json.Unmarshal(text, &table))
	compared := 0
	for _, row := range table.InstanceTypes {
		name, _ := row[0].(string)
		price, known := row[9].(float64)
		if !known || region.Type(name) == nil {
			continue
		}
		compared++
		cluster.Eventually(t, func() error {
			if found := priceOf(t, name); found != price {
				return fmt.Errorf("%s costs $%g in the table, $%g in Karpenter's metric", name, price, found)
			}
			return nil
		})
	}
	if compared < 20 {
		t.Errorf("only %d prices were compared", compared)
	}
}

// priceOf returns Karpenter's on-demand price of an instance type, or 0 if it has none yet.
func priceOf(t *testing.T, instanceType string) float64 {
	price, err := karpenter.Metric("karpenter_cloudprovider_instance_type_offering_price_estimate",
		map[string]string{"instance_type": instanceType, "capacity_type": "on-demand", "zone": awsfake.Zones[0]})
	cluster.Must(t, err)
	return price
}
