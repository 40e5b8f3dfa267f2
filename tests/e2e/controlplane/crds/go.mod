// CustomResourceDefinitions of other projects. No program is built; build.sh copies the YAML files from the modules.
module gpuslice.dev/e2e/controlplane/crds

go 1.26.6

require (
	github.com/aws/karpenter-provider-aws v1.14.1 // indirect
	github.com/cert-manager/cert-manager v1.21.2 // indirect
	github.com/prometheus-operator/prometheus-operator v0.85.0 // indirect
	sigs.k8s.io/kueue v0.17.0 // indirect
)
