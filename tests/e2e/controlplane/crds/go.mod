// CustomResourceDefinitions of other projects. No program is built; build.sh copies the YAML files from the modules.
module gpuslice.dev/e2e/controlplane/crds

go 1.26.6

require (
	github.com/argoproj/argo-rollouts v1.9.2 // indirect
	github.com/argoproj/argo-workflows/v4 v4.0.5 // indirect
	github.com/cert-manager/cert-manager v1.21.2 // indirect
	github.com/kserve/kserve v0.15.2 // indirect
	github.com/kubeflow/trainer/v2 v2.2.0 // indirect
	github.com/kubeflow/training-operator v1.9.3 // indirect
	github.com/openkruise/kruise v1.8.0 // indirect
	github.com/prometheus-operator/prometheus-operator v0.85.0 // indirect
	github.com/ray-project/kuberay/ray-operator v1.6.0 // indirect
	knative.dev/serving v0.51.0 // indirect
	sigs.k8s.io/jobset v0.11.1 // indirect
	sigs.k8s.io/kueue v0.17.0 // indirect
	sigs.k8s.io/lws v0.8.0 // indirect
)
