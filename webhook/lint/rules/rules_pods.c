/* Texts of the rules about pods, workloads and classes, for --explain, --rules and docs/linting.md. */
#include "lint/rules/rules.h"

const struct rule rules_pods[] = {
    {RULE_AFFINITY_KEY_UNDEFINED, "affinity-key-undefined", SEVERITY_ERROR,
     "node affinity or nodeSelector on a label that no NodePool defines",
     "Karpenter makes a node only if it knows beforehand that the node will carry the label. That the device plugin "
     "or feature discovery sets it later does not help: the pod stays Pending indefinitely with `label \"...\" does "
     "not have known values`.",
     "Put the label under spec.template.metadata.labels of the NodePool, or ask for the pool's own label "
     "(gpuslice.dev/pool) instead.",
     "spec:\n"
     "  template:\n"
     "    metadata:\n"
     "      labels: {nvidia.com/gpu: \"true\"}   # then `nvidia.com/gpu Exists` can be met",
     "Karpenter v1.14.1, pkg/scheduling/requirements.go, Compatible()"},
    {RULE_AFFINITY_VALUES_DISJOINT, "affinity-values-disjoint", SEVERITY_ERROR,
     "node affinity or nodeSelector that excludes the values of every NodePool",
     "Two requirements on one key must have a value in common. If no NodePool has one, no node is ever made.",
     "Let the values on both sides overlap: correct the pod's, or add the value to a NodePool.",
     "# NodePool: gpuslice.dev/pool: t4-thirds\n"
     "- {key: gpuslice.dev/pool, operator: In, values: [t4-thirds]}",
     "Karpenter v1.14.1, pkg/scheduling/requirements.go, Intersects()"},
    {RULE_AFFINITY_ON_DISCOVERED_LABEL, "affinity-on-discovered-label", SEVERITY_ERROR,
     "node affinity on a label that GPU feature discovery or NFD writes",
     "Labels such as nvidia.com/gpu.product appear after the node runs. Karpenter does not know them before, so it "
     "never makes the node.",
     "Ask for the pool's own label or for a label that Karpenter knows (karpenter.k8s.aws/instance-gpu-name); or let "
     "the policy do it: the class's pool says which GPU it is.",
     "- {key: karpenter.k8s.aws/instance-gpu-name, operator: In, values: [t4]}",
     "kubernetes-sigs/karpenter#1219; k8s-device-plugin internal/lm"},
    {RULE_AFFINITY_MATCH_FIELDS, "affinity-match-fields", SEVERITY_ERROR, "required node affinity with matchFields",
     "Karpenter refuses every pod that has matchFields in any term of its required node affinity.",
     "Remove matchFields. Pods of DaemonSets have them by themselves; other pods do not need them.",
     "nodeSelectorTerms:\n"
     "- matchExpressions: [...]   # no matchFields",
     "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling, Provisioner.Validate"},
    {RULE_AFFINITY_KEY_RESTRICTED, "affinity-key-restricted", SEVERITY_ERROR,
     "pod selects nodes by a label that Karpenter reserves",
     "Labels of karpenter.sh and karpenter.k8s.aws that are not well known, and kubernetes.io/hostname, may not be "
     "asked for: the pod is dropped before scheduling.",
     "Use karpenter.sh/nodepool, karpenter.sh/capacity-type, an instance label of karpenter.k8s.aws, or a label of "
     "your own.",
     "- {key: karpenter.sh/nodepool, operator: In, values: [t4-thirds]}",
     "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling, Provisioner.Validate"},
    {RULE_AFFINITY_MATCHES_NOTHING, "affinity-matches-nothing", SEVERITY_ERROR,
     "required node affinity without any term that can match",
     "A term without expressions matches no node (core/v1), and a list of only such terms no node at all.",
     "Give the term an expression, or remove the required node affinity.",
     "nodeSelectorTerms:\n"
     "- matchExpressions:\n"
     "  - {key: gpuslice.dev/pool, operator: In, values: [t4-thirds]}",
     "Kubernetes core/v1, NodeSelectorTerm"},
    {RULE_INSTANCE_LABEL_IMPOSSIBLE, "instance-label-impossible", SEVERITY_ERROR,
     "pod asks for an instance type, GPU name, architecture or zone that no NodePool can have",
     "The pod's requirements and the NodePool's leave no instance type over, so no node is made.",
     "Remove the requirement from the pod (the class's pool says which GPU it gets), or widen the NodePool's.",
     "# T4G (g5g) is arm64, T4 (g4dn) is amd64\n"
     "- {key: kubernetes.io/arch, operator: In, values: [amd64]}",
     "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling; the GPU table (`gpuslice gpu show t4`)"},
    {RULE_TAINT_NOT_TOLERATED, "taint-not-tolerated", SEVERITY_ERROR,
     "the pod does not tolerate a taint of the NodePool that could take it",
     "Karpenter considers a NodePool only for pods that tolerate all its taints. Startup taints need no toleration.",
     "Add the toleration to the pod, or let the taints of SlicePool and NodePool agree: classes tolerate what their "
     "pools have.",
     "tolerations:\n"
     "- {key: gpuslice.dev/pool, operator: Exists, effect: NoSchedule}",
     "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling; k8s.io/api core/v1, ToleratesTaint"},
    {RULE_TOLERATION_WITHOUT_TAINT, "toleration-without-taint", SEVERITY_WARNING,
     "pod tolerates a GPU taint that no NodePool has",
     "Either the toleration is left over, or the NodePools have lost the taint that was to keep others off.",
     "Remove the toleration, or give the NodePool the taint.",
     "taints:\n"
     "- {key: nvidia.com/gpu, value: \"true\", effect: NoSchedule}",
     "Kubernetes, Taints and Tolerations"},
    {RULE_TOLERATION_OF_EVERYTHING, "toleration-of-everything", SEVERITY_WARNING, "pod tolerates every taint",
     "A toleration without a key also tolerates the taints that keep pools apart, and karpenter.sh/disrupted: such a "
     "pod lands on anybody's slices, and is neither evicted nor drained.",
     "Name the keys that it is to tolerate.",
     "tolerations:\n"
     "- {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}",
     "Karpenter v1.14.1, pkg/utils/pod"},
    {RULE_RESOURCE_NOT_OFFERED, "resource-not-offered", SEVERITY_ERROR,
     "no instance type of the NodePool has the resource that the pod asks for",
     "To Karpenter a resource that is missing is zero. It knows whole nvidia.com/gpu of the instance types and what "
     "NodeOverlays add, nothing else: `no instance type has enough resources`, retried indefinitely.",
     "Give the NodePool an overlay for the resource (`gpuslice render` writes it), with the feature gate NodeOverlay "
     "on; or correct the resource's name in the pod.",
     "capacity: {nvidia.com/mig-1g.5gb: 56, nvidia.com/gpu: 0}", "Karpenter v1.14.1, pkg/utils/resources, Fits()"},
    {RULE_RESOURCE_MORE_THAN_A_NODE, "resource-more-than-a-node", SEVERITY_ERROR,
     "pod asks for more slices than any node of the pool has",
     "A pod runs on one node; all its containers together must fit there.",
     "Ask for less, or let the NodePool have larger instance types.",
     "# g4dn.xlarge in thirds: 3 a node\n"
     "limits: {nvidia.com/gpu: 1}",
     "Karpenter v1.14.1, pkg/utils/resources, Fits()"},
    {RULE_RESOURCE_NOT_REGISTERED, "resource-not-registered", SEVERITY_ERROR,
     "Karpenter would make the node, but its device plugin will not register the resource",
     "The node comes up without the resource. Karpenter waits for it without end (ResourceNotRegistered), and the "
     "dead node hides the need for another.",
     "Let overlay, device plugin config and MIG config speak of one resource name; `gpuslice render` writes all "
     "three.",
     "sharing:\n"
     "  timeSlicing:\n"
     "    renameByDefault: true   # => nvidia.com/gpu.shared, so the overlay must say that name",
     "Karpenter v1.14.1, pkg/controllers/nodeclaim/lifecycle/initialization.go"},
    {RULE_RESOURCE_CLAIMS_UNSUPPORTED, "resource-claims-unsupported", SEVERITY_WARNING,
     "pod uses dynamic resource allocation, for which Karpenter makes no nodes",
     "With its default ignore-dra-requests=true Karpenter ignores pods with resource claims; no provider has "
     "templates to start a node for them from nothing.",
     "Ask for the extended resource of a class, or keep nodes for these pods yourself.",
     "resources: {limits: {nvidia.com/gpu: 1}}   # the webhook makes a slice of it",
     "Karpenter v1.14.1, ignore-dra-requests; karpenter-provider-aws#9519"},
    {RULE_SHARED_REQUEST_OVER_ONE, "shared-request-over-one", SEVERITY_ERROR,
     "container asks for more than one share of a GPU",
     "Shares are not parts: two of them may be the same GPU twice, and give no more memory or time. With "
     "failRequestsGreaterThanOne the pod fails (UnexpectedAdmissionError).",
     "Ask for 1, or for a class with larger slices.", "limits: {nvidia.com/gpu.shared: 1}",
     "NVIDIA k8s-device-plugin v0.20.0, internal/rm/rm.go"},
    {RULE_WHOLE_GPU_ON_SLICED_POOL, "whole-gpu-on-sliced-pool", SEVERITY_ERROR,
     "a pod that wants a whole GPU could land on slices",
     "Where slices keep the name nvidia.com/gpu, nothing in the request tells them from a whole GPU. The pod then "
     "has a third of a GPU, and out of memory.",
     "Taint the pool with gpuslice.dev/pool, and let only its classes tolerate that; or rename the shares (rename: "
     "true).",
     "taints:\n"
     "- {key: gpuslice.dev/pool, value: t4-thirds, effect: NoSchedule}",
     "Kubernetes, ExtendedResourceToleration (on in EKS)"},
    {RULE_MPS_WITH_DEV_SHM, "mps-with-dev-shm", SEVERITY_WARNING,
     "pod mounts a /dev/shm of its own where MPS shares the GPU",
     "The device plugin mounts the MPS daemon's /dev/shm into the container; another mount there hides it, and CUDA "
     "cannot reach the daemon.",
     "Mount the memory elsewhere, or use a class that is not shared by MPS.",
     "volumeMounts: [{name: shm, mountPath: /scratch}]", "NVIDIA/k8s-device-plugin#805"},
    {RULE_RUNTIME_CLASS_EXCLUDES_POOL, "runtime-class-excludes-pool", SEVERITY_ERROR,
     "RuntimeClass whose nodeSelector excludes the pool",
     "The API server merges a RuntimeClass's nodeSelector into the pod after the webhook. If the NodePools lack that "
     "label, the pod stays Pending.",
     "Remove scheduling.nodeSelector from the RuntimeClass, or declare the label in the NodePool's template.",
     "kind: RuntimeClass\n"
     "handler: nvidia   # no scheduling.nodeSelector",
     "Kubernetes node.k8s.io/v1, RuntimeClass scheduling"},
    {RULE_WORKLOAD_DENIED, "workload-denied", SEVERITY_ERROR, "the webhook will refuse the pods of a workload",
     "The namespace's policy denies them. Denials of pods that controllers make end as events of a ReplicaSet or "
     "Job, where few look.",
     "Do what the message says; `gpuslice explain FILE` shows which rule decided.",
     "gpuslice explain --policies policies deployment.yaml", "docs/decisions.md"},
    {RULE_POD_MALFORMED, "pod-malformed", SEVERITY_ERROR, "pod that is not shaped like one",
     "The API server refuses it, and nothing can be said about it.", "Correct the field that the message names.",
     "kubectl apply --dry-run=server -f pod.yaml", "Kubernetes core/v1, Pod"},
    {RULE_CLASS_WITHOUT_NODE_POOL, "class-without-node-pool", SEVERITY_ERROR,
     "slice class none of whose pools has a NodePool",
     "Its pods carry a requirement that no NodePool defines: Pending indefinitely.",
     "Render the pool (`gpuslice render --pool NAME`), or take the class away. Linting a part of the manifests only: "
     "--disable this rule.",
     "gpuslice render --policies policies --all -d node-side", "docs/policies.md"},
    {RULE_POOL_WITHOUT_NODE_POOL, "pool-without-node-pool", SEVERITY_WARNING, "SlicePool that no NodePool is for",
     "Its classes fall back to their other pools, or have none.", "Render it, or take it away.",
     "gpuslice render --policies policies --pool t4-thirds -d node-side", "docs/policies.md"},
    {RULE_CLASS_LIMIT_OVER_A_NODE, "class-limit-over-a-node", SEVERITY_WARNING,
     "perContainer of a class is more than a node has",
     "A container that asks for as many as the class allows never runs.",
     "Lower limits.perContainer, or give the pool larger instance types.", "limits: {perContainer: 1, perPod: 4}",
     "docs/policies.md"},
    {RULE_NODE_POOL_WEIGHT_ORDER, "node-pool-weight-order", SEVERITY_WARNING,
     "weights of NodePools contradict the order of a class's pools",
     "A class names its pools in order of preference; Karpenter tries the NodePool of the higher weight first, and "
     "among equals any.",
     "Give the preferred pool's NodePool the higher weight.",
     "# SliceClass pools: [h100-7x1g10gb, h100-balanced]\n"
     "weight: 60   # of h100-7x1g10gb; 50 of the other",
     "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling"},
    {RULE_NODE_POOLS_ABSENT, "node-pools-absent", SEVERITY_INFO, "no NodePool among the manifests",
     "Without NodePools nothing can be said about where pods can run; all else is checked.",
     "Give the folder of NodePools and NodeOverlays too.", "gpuslice lint node-side/ apps/", "docs/linting.md"},
    {0},
};
