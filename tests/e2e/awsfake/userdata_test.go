package awsfake

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// A message as Karpenter writes it, with a NodeConfig of the user's before its own.
const mimeMessage = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    config:
      registerWithTaints: [{key: own, value: "1", effect: NoExecute}]
    flags: [--node-labels=own=yes, --v=4]
--//
Content-Type: text/x-shellscript; charset="us-ascii"

echo --node-labels=not=this
--//
Content-Type: application/node.eks.aws

# Karpenter Generated NodeConfig
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster: {name: test}
  kubelet:
    config:
      registerWithTaints:
      - {effect: NoExecute, key: karpenter.sh/unregistered}
      - {effect: NoSchedule, key: nvidia.com/gpu, value: "true"}
    flags:
    - --node-labels="gpuslice.dev/pool=t4-thirds,karpenter.sh/capacity-type=spot,empty="
--//--
`

const bottlerocketSettings = `
[settings]
[settings.kubernetes]
cluster-name = 'test'
[settings.kubernetes.node-labels]
'gpuslice.dev/pool' = 't4-thirds'
'nvidia.com/gpu' = 'true'
[settings.kubernetes.node-taints]
'gpuslice.dev/layout' = ['pending:NoSchedule']
'karpenter.sh/unregistered' = [':NoExecute']
'two' = ['a:NoSchedule', 'b:NoExecute']
`

func TestUserData(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		labels map[string]string
		taints []Taint
	}{
		"AL2023": {mimeMessage,
			map[string]string{"own": "yes", "gpuslice.dev/pool": "t4-thirds", "karpenter.sh/capacity-type": "spot", "empty": ""},
			[]Taint{{"karpenter.sh/unregistered", "", "NoExecute"}, {"nvidia.com/gpu", "true", "NoSchedule"}}},
		"with CRLF": {strings.ReplaceAll(mimeMessage, "\n", "\r\n"),
			map[string]string{"own": "yes", "gpuslice.dev/pool": "t4-thirds", "karpenter.sh/capacity-type": "spot", "empty": ""},
			[]Taint{{"karpenter.sh/unregistered", "", "NoExecute"}, {"nvidia.com/gpu", "true", "NoSchedule"}}},
		"Bottlerocket": {bottlerocketSettings, map[string]string{"gpuslice.dev/pool": "t4-thirds", "nvidia.com/gpu": "true"},
			[]Taint{{"gpuslice.dev/layout", "pending", "NoSchedule"}, {"karpenter.sh/unregistered", "", "NoExecute"},
				{"two", "a", "NoSchedule"}, {"two", "b", "NoExecute"}}},
		"Bottlerocket without labels": {"[settings.kubernetes]\napi-server = 'x'\n", map[string]string{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := ReadUserData(c.text)
			if err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(found.Taints, func(a, b Taint) int { return strings.Compare(a.Key+a.Value, b.Key+b.Value) })
			if !maps.Equal(found.Labels, c.labels) || !slices.Equal(found.Taints, c.taints) {
				t.Errorf("it tells the kubelet %v", *found)
			}
		})
	}
}

func TestWrongUserData(t *testing.T) {
	for name, text := range map[string]string{
		"no NodeConfig":         strings.ReplaceAll(mimeMessage, "application/node.eks.aws", "text/plain"),
		"another kind":          strings.ReplaceAll(mimeMessage, "kind: NodeConfig", "kind: Node"),
		"broken YAML":           strings.Replace(mimeMessage, "    flags:\n", "  flags: [\n", 1),
		"label without a value": strings.Replace(mimeMessage, ",empty=", ",empty", 1),
		"no message":            "MIME-Version: 1.0\n",
		"a script":              "#!/bin/sh\n/etc/eks/bootstrap.sh test\n",
		"taint of no effect":    strings.Replace(bottlerocketSettings, "pending:NoSchedule", "pending", 1),
		"taint of no list":      strings.Replace(bottlerocketSettings, "['pending:NoSchedule']", "'pending:NoSchedule'", 1),
	} {
		if found, err := ReadUserData(text); err == nil {
			t.Errorf("%s: it tells the kubelet %v", name, *found)
		}
	}
}
