#!/bin/sh
# Builds the programs that the end-to-end tests start into build/e2e/bin, from the Go modules in controlplane/ (each
# pins one set of versions). A module is skipped if its go.mod and go.sum, this script and the version of Go are those
# of its last build. With an empty build cache all modules take half an hour on two cores.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
out=$root/build/e2e
mkdir -p "$out/bin" "$out/share" "$out/stamps"
export CGO_ENABLED=0 GOTOOLCHAIN
installed=$(go env GOTOOLCHAIN)
exec 9> "$out/build.lock"
flock 9

kubernetes=v1.37.2
version=k8s.io/component-base/version
# Without these flags a component reports the version v0.0.0, which clients cannot handle.
ldflags="-s -w -X $version.gitVersion=$kubernetes -X $version.gitMajor=1 -X $version.gitMinor=37"

build_kubernetes() {
	go build -ldflags "$ldflags" -o "$out/bin/" k8s.io/kubernetes/cmd/kube-apiserver \
		k8s.io/kubernetes/cmd/kube-controller-manager k8s.io/kubernetes/cmd/kube-scheduler k8s.io/kubernetes/cmd/kubectl
	go build -ldflags "-s -w" -o "$out/bin/etcd" go.etcd.io/etcd/server/v3
}

# Copies files of a module that tests need into build/e2e/share/FOLDER.
share() { # module, folder, files below the module...
	go mod download "$1"
	dir=$(go list -m -f '{{.Dir}}' "$1")
	rm -rf "${out:?}/share/$2"
	mkdir -p "$out/share/$2"
	folder=$2
	shift 2
	for file; do
		for path in "$dir"/$file; do install -m 644 "$path" "$out/share/$folder/"; done
	done
}

build_kwok() {
	go build -ldflags "-s -w" -o "$out/bin/kwok" sigs.k8s.io/kwok/cmd/kwok
	share sigs.k8s.io/kwok kwok-stages kustomize/stage/node/fast/node-initialize.yaml \
		kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml kustomize/stage/pod/fast/pod-ready.yaml \
		kustomize/stage/pod/fast/pod-complete.yaml kustomize/stage/pod/fast/pod-delete.yaml
}

# The compiler needs 3 GB and minutes for the package of EC2's SDK alone. Where memory is short, nothing else is compiled
# at the same time.
build_karpenter_aws() {
	jobs=$(nproc)
	[ "$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)" -ge 6000000 ] || jobs=1
	go build -p "$jobs" -ldflags "-s -w" -o "$out/bin/karpenter-aws" github.com/aws/karpenter-provider-aws/cmd/controller
	share github.com/aws/karpenter-provider-aws karpenter-aws-crds 'pkg/apis/crds/karpenter.*.yaml'
	share github.com/aws/karpenter-provider-aws karpenter-aws-data pkg/providers/pricing/zz_generated.pricing_aws.go \
		pkg/providers/instancetype/zz_generated.bandwidth.go pkg/providers/drametadata/zz_generated_gpu_metadata.go \
		pkg/fake/zz_generated.describe_instance_types.go
}

# Only CustomResourceDefinitions, of the kinds that the chart and the rendered manifests use.
build_crds() {
	share github.com/prometheus-operator/prometheus-operator prometheus-operator-crds \
		'example/prometheus-operator-crd/monitoring.coreos.com_*monitors.yaml' \
		example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml
	share github.com/cert-manager/cert-manager cert-manager-crds deploy/crds/cert-manager.io_certificates.yaml \
		'deploy/crds/cert-manager.io_*issuers.yaml'
	share sigs.k8s.io/kueue kueue-crds config/components/crd/bases/kueue.x-k8s.io_resourceflavors.yaml
	build_framework_crds
}

# The kinds with pod templates that tests/e2e/frameworks tries.
build_framework_crds() {
	share github.com/ray-project/kuberay/ray-operator frameworks/ray config/crd/bases/ray.io_rayclusters.yaml \
		config/crd/bases/ray.io_rayjobs.yaml config/crd/bases/ray.io_rayservices.yaml
	share github.com/kubeflow/training-operator frameworks/training-operator 'manifests/base/crds/kubeflow.org_*jobs.yaml'
	share github.com/kubeflow/trainer/v2 frameworks/trainer manifests/base/crds/trainer.kubeflow.org_trainingruntimes.yaml
	share github.com/kserve/kserve frameworks/kserve config/crd/full/serving.kserve.io_inferenceservices.yaml
	share knative.dev/serving frameworks/knative config/core/300-resources/service.yaml
	share github.com/argoproj/argo-workflows/v4 frameworks/argo-workflows manifests/base/crds/full/argoproj.io_workflows.yaml
	share github.com/argoproj/argo-rollouts frameworks/argo-rollouts manifests/crds/rollout-crd.yaml
	share github.com/openkruise/kruise frameworks/kruise config/crd/bases/apps.kruise.io_clonesets.yaml \
		config/crd/bases/apps.kruise.io_statefulsets.yaml config/crd/bases/apps.kruise.io_advancedcronjobs.yaml \
		config/crd/bases/apps.kruise.io_broadcastjobs.yaml
	share sigs.k8s.io/jobset frameworks/jobset config/components/crd/bases/jobset.x-k8s.io_jobsets.yaml
	share sigs.k8s.io/lws frameworks/lws config/crd/bases/leaderworkerset.x-k8s.io_leaderworkersets.yaml
	share sigs.k8s.io/kueue frameworks/kueue config/components/crd/bases/kueue.x-k8s.io_resourceflavors.yaml \
		config/components/crd/bases/kueue.x-k8s.io_clusterqueues.yaml config/components/crd/bases/kueue.x-k8s.io_localqueues.yaml
}

build_jobset() {
	go build -ldflags "-s -w" -o "$out/bin/jobset" sigs.k8s.io/jobset
	share sigs.k8s.io/jobset jobset-webhook config/components/webhook/manifests.yaml
}

# Only for make controllers.
build_lws() {
	go build -ldflags "-s -w" -o "$out/bin/lws" sigs.k8s.io/lws/cmd
	share sigs.k8s.io/lws lws-webhook config/webhook/manifests.yaml
}

for module in ${*:-kubernetes kwok karpenter-aws crds jobset}; do
	dir=$root/tests/e2e/controlplane/$module
	[ -d "$dir" ] || continue
	# Karpenter's AWS provider may need a newer Go than the others, which Go downloads then.
	GOTOOLCHAIN=$installed
	[ "$module" != karpenter-aws ] || GOTOOLCHAIN=auto
	stamp=$(cd "$dir" && { go env GOVERSION; cat go.mod go.sum "$root/tests/e2e/build.sh"; } | sha256sum)
	if [ "$stamp" = "$(cat "$out/stamps/$module" 2>/dev/null)" ]; then continue; fi
	printf '  %-6s %s\n' GO "$module"
	began=$(date +%s)
	rm -f "$out/stamps/$module"
	cd "$dir"
	"build_$(printf %s "$module" | tr - _)"
	cd "$root"
	printf '%s\n' "$stamp" > "$out/stamps/$module"
	printf '  %-6s %s in %d s\n' BUILT "$module" "$(($(date +%s) - began))"
done
[ $# -gt 0 ] || tools/helm.sh > /dev/null
