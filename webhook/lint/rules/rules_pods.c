/* Texts of the rules about pods, workloads and classes, for --explain, --rules and docs/linting.md. */
#include "lint/rules/rules.h"

const struct rule rules_pods[] = {
    {RULE_AFFINITY_KEY_UNDEFINED, "affinity-key-undefined", SEVERITY_ERROR,
     "node affinity or nodeSelector on a label that no NodePool defines",
     "Karpenter makes a node only if it knows beforehand that the node will have the label. A label that the device "
     "plugin or feature discovery sets later does not help: the pod stays Pending indefinitely with `label \"...\" "
     "does not have known values`.",
     "Put the label under spec.template.metadata.labels of the NodePool, or select the pool's own label "
     "(gpuslice.dev/pool) instead.",
     "spec:\n"
     "  template:\n"
     "    metadata:\n"
     "      labels: {nvidia.com/gpu: \"true\"}   # then `nvidia.com/gpu Exists` can be met",
     "Karpenter v1.14.1, pkg/scheduling/requirements.go, Compatible()"},
    {RULE_AFFINITY_VALUES_DISJOINT, "affinity-values-disjoint", SEVERITY_ERROR,
     "node affinity or nodeSelector that excludes the values of every NodePool",
     "The pod's requirements on a key and those of the NodePool must have a value in common. If they have none in "
     "any NodePool, no node is ever created.",
     "Make the values overlap: correct those of the pod, or add the value to a NodePool.",
     "# NodePool: gpuslice.dev/pool: t4-thirds\n"
     "- {key: gpuslice.dev/pool, operator: In, values: [t4-thirds]}",
     "Karpenter v1.14.1, pkg/scheduling/requirements.go, Intersects()"},
    {RULE_AFFINITY_ON_DISCOVERED_LABEL, "affinity-on-discovered-label", SEVERITY_ERROR,
     "node affinity on a label that GPU feature discovery or NFD writes",
     "Labels such as nvidia.com/gpu.product appear only when the node is running. Karpenter cannot know their values "
     "beforehand, so it never creates the node.",
     "Select the pool's own label, or a label that Karpenter knows (karpenter.k8s.aws/instance-gpu-name). Or leave "
     "it to the policy: the pool of the class determines the GPU.",
     "- {key: karpenter.k8s.aws/instance-gpu-name, operator: In, values: [t4]}",
     "kubernetes-sigs/karpenter#1219; k8s-device-plugin internal/lm"},
    {RULE_AFFINITY_MATCH_FIELDS, "affinity-match-fields", SEVERITY_ERROR, "required node affinity with matchFields",
     "Karpenter rejects every pod whose required node affinity has matchFields in any term.",
     "Remove matchFields. Only the pods of DaemonSets need them, and the DaemonSet controller adds them itself.",
     "nodeSelectorTerms:\n"
     "- matchExpressions: [...]   # no matchFields",
     "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling, Provisioner.Validate"},
    {RULE_AFFINITY_KEY_RESTRICTED, "affinity-key-restricted", SEVERITY_ERROR,
     "pod selects nodes by a label that Karpenter reserves",
     "A pod must not select nodes by kubernetes.io/hostname, or by labels of karpenter.sh and karpenter.k8s.aws that "
     "are not well known: Karpenter drops the pod before scheduling.",
     "Use karpenter.sh/nodepool, karpenter.sh/capacity-type, an instance label of karpenter.k8s.aws, or a label of "
     "your own.",
     "- {key: karpenter.sh/nodepool, operator: In, values: [t4-thirds]}",
     "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling, Provisioner.Validate"},
    {RULE_AFFINITY_MATCHES_NOTHING, "affinity-matches-nothing", SEVERITY_ERROR,
     "required node affinity without any term that can match",
     "A term without expressions matches no node (core/v1). If all terms are like that, the pod matches no node at "
     "all.",
     "Give the term an expression, or remove the required node affinity.",
     "nodeSelectorTerms:\n"
     "- matchExpressions:\n"
     "  - {key: gpuslice.dev/pool, operator: In, values: [t4-thirds]}",
     "Kubernetes core/v1, NodeSelectorTerm"},
    {RULE_INSTANCE_LABEL_IMPOSSIBLE, "instance-label-impossible", SEVERITY_ERROR,
     "pod selects an instance type, GPU name, architecture or zone that no NodePool can have",
     "No instance type meets both the pod's requirements and the NodePool's, so no node is created.",
     "Remove the requirement from the pod (the pool of the class determines the GPU), or widen that of the NodePool.",
     "# T4G (g5g) is arm64, T4 (g4dn) is amd64\n"
     "- {key: kubernetes.io/arch, operator: In, values: [amd64]}",
     "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling; the GPU table (`gpuslice gpu show t4`)"},
    {RULE_TAINT_NOT_TOLERATED, "taint-not-tolerated", SEVERITY_ERROR,
     "pod that does not tolerate a taint of the NodePool that otherwise suits it",
     "Karpenter considers a NodePool only for pods that tolerate all its taints. Startup taints need no toleration.",
     "Add the toleration to the pod, or make the taints of the SlicePool and the NodePool agree: classes tolerate "
     "the taints of their pools.",
     "tolerations:\n"
     "- {key: gpuslice.dev/pool, operator: Exists, effect: NoSchedule}",
     "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling; k8s.io/api core/v1, ToleratesTaint"},
    {RULE_TOLERATION_WITHOUT_TAINT, "toleration-without-taint", SEVERITY_WARNING,
     "pod tolerates a GPU taint that no NodePool has",
     "Either the toleration is a remnant, or the NodePools have lost the taint that is meant to keep other pods off.",
     "Remove the toleration, or give the NodePool the taint.",
     "taints:\n"
     "- {key: nvidia.com/gpu, value: \"true\", effect: NoSchedule}",
     "Kubernetes, Taints and Tolerations"},
    {RULE_TOLERATION_OF_EVERYTHING, "toleration-of-everything", SEVERITY_WARNING, "pod tolerates every taint",
     "A toleration without a key also tolerates the taints that keep pools apart, and karpenter.sh/disrupted: the "
     "pod can land on the slices of any pool, and is neither evicted nor drained.",
     "Name the keys that the pod should tolerate.",
     "tolerations:\n"
     "- {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}",
     "Karpenter v1.14.1, pkg/utils/pod"},
    {RULE_RESOURCE_NOT_OFFERED, "resource-not-offered", SEVERITY_ERROR,
     "no instance type of the NodePool has the resource that the pod requests",
     "Karpenter takes a missing resource for zero. It knows only the whole GPUs of instance types (nvidia.com/gpu), "
     "and what NodeOverlays add. That holds for every extended resource that is requested alongside a slice. The pod "
     "stays Pending indefinitely with `no instance type has enough resources`.",
     "Add a NodeOverlay for the resource (`gpuslice render` writes it) and turn on the feature gate NodeOverlay, or "
     "correct the name of the resource in the pod.",
     "capacity: {nvidia.com/mig-1g.5gb: 56, nvidia.com/gpu: 0}", "Karpenter v1.14.1, pkg/utils/resources, Fits()"},
    {RULE_RESOURCE_MORE_THAN_A_NODE, "resource-more-than-a-node", SEVERITY_ERROR,
     "pod requests more slices than any node of the pool has",
     "A pod runs on one node, which must have room for all its containers together.",
     "Request less, or allow larger instance types in the NodePool.",
     "# g4dn.xlarge in thirds: 3 a node\n"
     "limits: {nvidia.com/gpu: 1}",
     "Karpenter v1.14.1, pkg/utils/resources, Fits()"},
    {RULE_RESOURCE_NOT_REGISTERED, "resource-not-registered", SEVERITY_ERROR,
     "Karpenter would create the node, but its device plugin will not register enough of the resource",
     "The node starts without the resource, and Karpenter waits for the resource indefinitely "
     "(ResourceNotRegistered). As long as it counts on that node, it launches no other.",
     "Use the same name of the resource in the overlay, the device plugin config and the MIG config; `gpuslice "
     "render` writes all three.",
     "sharing:\n"
     "  timeSlicing:\n"
     "    renameByDefault: true   # makes nvidia.com/gpu.shared, so the overlay must use that name",
     "Karpenter v1.14.1, pkg/controllers/nodeclaim/lifecycle/initialization.go"},
    {RULE_RESOURCE_CLAIMS_UNSUPPORTED, "resource-claims-unsupported", SEVERITY_WARNING,
     "pod uses dynamic resource allocation, for which Karpenter creates no nodes",
     "By default (ignore-dra-requests=true) Karpenter ignores pods with resource claims. No provider has the "
     "templates from which Karpenter could create the first node for such pods.",
     "Request the extended resource of a class, or provide nodes for these pods yourself.",
     "resources: {limits: {nvidia.com/gpu: 1}}   # the webhook turns it into a slice",
     "Karpenter v1.14.1, ignore-dra-requests; karpenter-provider-aws#9519"},
    {RULE_SHARED_REQUEST_OVER_ONE, "shared-request-over-one", SEVERITY_ERROR,
     "container requests more than one share of a GPU",
     "Two shares can be on the same GPU, and give no more memory or time than one. With failRequestsGreaterThanOne "
     "the pod fails (UnexpectedAdmissionError).",
     "Request 1, or use a class with larger slices.", "limits: {nvidia.com/gpu.shared: 1}",
     "NVIDIA k8s-device-plugin v0.20.0, internal/rm/rm.go"},
    {RULE_WHOLE_GPU_ON_SLICED_POOL, "whole-gpu-on-sliced-pool", SEVERITY_ERROR,
     "pod that needs a whole GPU could land on slices",
     "Where slices keep the name nvidia.com/gpu, a request for a slice looks the same as a request for a whole GPU. "
     "A pod that gets a slice by mistake can run out of GPU memory.",
     "Give the pool the taint gpuslice.dev/pool, which only its classes tolerate, or rename the shares (rename: "
     "true).",
     "taints:\n"
     "- {key: gpuslice.dev/pool, value: t4-thirds, effect: NoSchedule}",
     "Kubernetes, ExtendedResourceToleration (on in EKS)"},
    {RULE_MPS_WITH_DEV_SHM, "mps-with-dev-shm", SEVERITY_WARNING,
     "pod mounts its own /dev/shm where MPS shares the GPU",
     "The device plugin mounts the /dev/shm of the MPS daemon into the container. Another mount there hides it, and "
     "CUDA cannot reach the daemon.",
     "Mount the memory elsewhere, or use a class that is not shared by MPS.",
     "volumeMounts: [{name: shm, mountPath: /scratch}]", "NVIDIA/k8s-device-plugin#805"},
    {RULE_RUNTIME_CLASS_EXCLUDES_POOL, "runtime-class-excludes-pool", SEVERITY_ERROR,
     "RuntimeClass whose nodeSelector excludes the pool",
     "After the webhook, the API server merges the nodeSelector of the RuntimeClass into the pod. If no NodePool has "
     "that label, the pod stays Pending.",
     "Remove scheduling.nodeSelector from the RuntimeClass, or declare the label in the NodePool's template.",
     "kind: RuntimeClass\n"
     "handler: nvidia   # no scheduling.nodeSelector",
     "Kubernetes node.k8s.io/v1, RuntimeClass scheduling"},
    {RULE_WORKLOAD_DENIED, "workload-denied", SEVERITY_ERROR, "workload whose pods the webhook will deny",
     "The policy of the namespace denies its pods. If a controller creates them, the denial is only visible in the "
     "events of the ReplicaSet or Job.",
     "Do what the message says; `gpuslice explain FILE` shows which rule decided.",
     "gpuslice explain --policies policies deployment.yaml", "docs/decisions.md"},
    {RULE_POD_MALFORMED, "pod-malformed", SEVERITY_ERROR, "object that does not have the form of a pod",
     "The API server rejects it, and lint cannot check it any further.", "Correct the field that the message names.",
     "kubectl apply --dry-run=server -f pod.yaml", "Kubernetes core/v1, Pod"},
    {RULE_OWN_KEY_UNREAD, "own-key-unread", SEVERITY_WARNING,
     "gpuslice.dev label or annotation that has no effect on a pod or workload",
     "gpuslice reads annotations and labels of pods, not of the workloads that create the pods. A key that is misspelt or "
     "not in its place has no effect: the pod gets the default class, or no slice.",
     "Put the key where the message says, usually under spec.template.metadata.annotations.",
     "kind: Deployment\n"
     "spec:\n"
     "  template:\n"
     "    metadata:\n"
     "      annotations: {gpuslice.dev/class: t4-third}",
     "docs/annotations.md"},
    {RULE_SELECTOR_ON_WRITTEN_LABEL, "selector-on-written-label", SEVERITY_WARNING,
     "workload whose selector names a label that gpuslice writes",
     "If a pod's label gpuslice.dev/class changed, the pod would no longer match the selector of its owner, which would "
     "release it and create another, again and again. Therefore the webhook denies pods of a controller that have another "
     "value of that label than their class.",
     "Remove the label from the selector and the template, and choose the class by the annotation of that name.",
     "selector: {matchLabels: {app: vllm}}   # no gpuslice.dev/class",
     "Kubernetes pkg/controller/controller_ref_manager.go, ClaimPods"},
    {RULE_ANNOTATION_OF_ANOTHER_SCHEDULER, "annotation-of-another-scheduler", SEVERITY_WARNING,
     "pod that asks another scheduler for a share of a GPU by an annotation alone",
     "KAI, HAMi and others give shares of a GPU by annotations. gpuslice does not read these: to it, the pod asks for no "
     "GPU.",
     "Request nvidia.com/gpu, or name a class by the annotation gpuslice.dev/class.",
     "resources: {limits: {nvidia.com/gpu: 1}}   # the webhook turns it into a slice", "docs/decisions.md"},
    {RULE_WORKLOAD_NOT_JUDGED, "workload-not-judged", SEVERITY_WARNING, "object that makes pods that cannot be checked",
     "Its controller makes pods of fields that are no pod template, so nothing is known of their nodes and GPUs.",
     "Check a pod that its controller made (`kubectl get pod NAME -o yaml`), or disable this rule.",
     "kubectl get pods -l spark-app-name=train -o yaml > pods.yaml", "docs/workloads.md"},
    {RULE_CLASS_WITHOUT_NODE_POOL, "class-without-node-pool", SEVERITY_ERROR,
     "slice class whose pools all lack a NodePool",
     "Its pods require a label that no NodePool defines, so they stay Pending indefinitely.",
     "Render the pool (`gpuslice render --pool NAME`), or remove the class. If you lint only some of the manifests, "
     "disable this rule (--disable).",
     "gpuslice render --policies policies --all -d node-side", "docs/policies.md"},
    {RULE_POOL_WITHOUT_NODE_POOL, "pool-without-node-pool", SEVERITY_WARNING, "SlicePool without a NodePool",
     "Classes that use it fall back to their other pools, or have none.", "Render the pool, or remove it.",
     "gpuslice render --policies policies --pool t4-thirds -d node-side", "docs/policies.md"},
    {RULE_CLASS_LIMIT_OVER_A_NODE, "class-limit-over-a-node", SEVERITY_WARNING,
     "class whose limits.perContainer or limits.perPod is more than a node has",
     "A pod that requests as many slices as the class allows never runs.",
     "Lower the limit, or give the pool larger instance types.", "limits: {perContainer: 1, perPod: 3}",
     "docs/policies.md"},
    {RULE_NODE_POOL_WEIGHT_ORDER, "node-pool-weight-order", SEVERITY_WARNING,
     "weights of NodePools contradict the order of a class's pools",
     "A class lists its pools in order of preference. Karpenter tries the NodePool with the higher weight first, and "
     "NodePools with the same weight in any order.",
     "Give the NodePool of the preferred pool the higher weight.",
     "# SliceClass pools: [h100-7x1g10gb, h100-balanced]\n"
     "weight: 60   # of h100-7x1g10gb; 50 of the other",
     "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling"},
    {RULE_NODE_POOLS_ABSENT, "node-pools-absent", SEVERITY_INFO, "no NodePool among the manifests",
     "Without NodePools lint cannot tell where pods can run. It checks everything else.",
     "Also pass the folder with the NodePools and NodeOverlays.", "gpuslice lint node-side/ apps/", "docs/linting.md"},
    {0},
};
