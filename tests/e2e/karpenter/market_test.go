package karpenter

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"gpuslice.dev/e2e/awsfake"
)

const typeKey = "node.kubernetes.io/instance-type"

// instanceType is a type of machine that Karpenter can buy.
type instanceType struct {
	awsfake.InstanceType
	profiles map[string]bool // MIG profiles of its GPU; empty if it has none
}

// market has the instance types that awsfake sells, by name.
type market map[string]*instanceType

// readMarket reads the tables that are compiled into the program.
func readMarket(root string) (market, error) {
	var gpus struct {
		GPUs []struct {
			ID  string
			MIG struct{ Profiles []struct{ Name string } }
		}
	}
	data := filepath.Join(root, "webhook/gpu/data")
	text, err := os.ReadFile(filepath.Join(data, "gpus.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &gpus); err != nil {
		return nil, fmt.Errorf("gpus.json: %w", err)
	}
	types, err := awsfake.Types(data)
	if err != nil {
		return nil, err
	}
	all := market{}
	for _, t := range types {
		all[t.Name] = &instanceType{t, map[string]bool{}}
		for _, gpu := range gpus.GPUs {
			for _, profile := range gpu.MIG.Profiles {
				if gpu.ID == t.GPU {
					all[t.Name].profiles[profile.Name] = true
				}
			}
		}
	}
	return all, nil
}

func (m market) types() []awsfake.InstanceType {
	var all []awsfake.InstanceType
	for _, t := range m {
		all = append(all, t.InstanceType)
	}
	return all
}

// defaultNodeClass is for NodePools that were not rendered.
const defaultNodeClass = `
apiVersion: karpenter.k8s.aws/v1
kind: EC2NodeClass
metadata: {name: default}
spec:
  role: KarpenterNodeRole-test
  amiSelectorTerms: [{alias: al2023@latest}]
  subnetSelectorTerms: [{tags: {karpenter.sh/discovery: test}}]
  securityGroupSelectorTerms: [{tags: {karpenter.sh/discovery: test}}]
`
