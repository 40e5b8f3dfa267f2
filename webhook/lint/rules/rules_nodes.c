/* Texts of the rules about NodePools, node classes and overlays, for --explain, --rules and docs/linting.md. */
#include "lint/rules/rules.h"

const struct rule_entry rules_nodes[] = {
    {RULE_POOL_LABEL_MISSING,
     {"pool-label-missing", SEVERITY_ERROR, "NodePool without the label of the SlicePool that it is named after",
      "Pods of the classes ask for that label; without it on the template Karpenter never "
      "chooses this NodePool for them, and overlays do not see it.",
      "Put the SlicePool's labels under spec.template.metadata.labels.", "labels: {gpuslice.dev/pool: t4-thirds}",
      "Karpenter v1.14.1, pkg/scheduling/requirements.go"}},
    {RULE_POOL_TAINT_MISSING,
     {"pool-taint-missing", SEVERITY_ERROR, "NodePool without a taint of its SlicePool",
      "The taint is what keeps other pods off the slices. The classes tolerate it, so "
      "nothing else would notice.",
      "Add the taint to spec.template.spec.taints.",
      "taints:\n"
      "- {key: nvidia.com/gpu, value: \"true\", effect: NoSchedule}\n"
      "- {key: gpuslice.dev/pool, value: t4-thirds, effect: NoSchedule}",
      "docs/policies.md"}},
    {RULE_POOL_TAINT_DIFFERS,
     {"pool-taint-differs", SEVERITY_WARNING, "taint of a NodePool with another value than its SlicePool's",
      "Pods that tolerate the value (operator Equal) are kept off; those of another pool "
      "with that value are let on.",
      "Use the SlicePool's value.", "- {key: gpuslice.dev/pool, value: t4-thirds, effect: NoSchedule}",
      "docs/policies.md"}},
    {RULE_SHARED_POOL_OPEN,
     {"shared-pool-open", SEVERITY_ERROR, "slices named nvidia.com/gpu that any namespace's pods can land on",
      "Clusters with the admission plugin ExtendedResourceToleration (EKS) let every pod "
      "that asks for nvidia.com/gpu tolerate the taint of that key. Pods that never heard "
      "of slices then run on them.",
      "Add the taint gpuslice.dev/pool, or rename the shares (rename: true).",
      "- {key: gpuslice.dev/pool, value: t4-thirds, effect: NoSchedule}", "Kubernetes, ExtendedResourceToleration"}},
    {RULE_TAINT_TWICE,
     {"taint-twice", SEVERITY_ERROR, "one taint key and effect twice in a NodePool",
      "Karpenter refuses the NodePool (ValidationSucceeded=False) and ignores it.", "Remove one of the two.",
      "taints: [{key: a, effect: NoSchedule}]\n"
      "startupTaints: [{key: b, effect: NoSchedule}]",
      "Karpenter v1.14.1, pkg/apis/v1/nodepool_validation.go"}},
    {RULE_STARTUP_TAINT_MISSING,
     {"startup-taint-missing", SEVERITY_WARNING, "pool whose slices are named nvidia.com/gpu, without a startup taint",
      "Between the node's start and the slices' making, the node offers whole GPUs by the "
      "same name; a pod that comes then takes a whole one, and MIG cannot be set up on a "
      "GPU in use.",
      "Add a startup taint, and something that removes it once the layout is active; "
      "`gpuslice render` writes both.",
      "startupTaints:\n"
      "- {key: gpuslice.dev/layout, value: pending, effect: NoSchedule}",
      "docs/linting.md"}},
    {RULE_NODE_POOL_WRONG_GPU,
     {"node-pool-wrong-gpu", SEVERITY_ERROR,
      "NodePool that may launch instance types with another GPU than its SlicePool's, a share of one, or none",
      "The slices on such a node have another size, or cannot be made at all.",
      "Name the instance types, or require the GPU by name.",
      "- {key: node.kubernetes.io/instance-type, operator: In, values: [g4dn.xlarge]}",
      "The GPU table (`gpuslice gpu show t4`)"}},
    {RULE_NODE_POOL_WITHOUT_TYPE,
     {"node-pool-without-type", SEVERITY_ERROR, "NodePool whose requirements admit no GPU instance type",
      "Karpenter has nothing to launch.",
      "Check the requirements against each other: instance type, architecture, GPU name.",
      "gpuslice gpu show t4   # its instance types and their architecture", "The GPU table"}},
    {RULE_INSTANCE_TYPE_UNKNOWN,
     {"instance-type-unknown", SEVERITY_WARNING, "instance type or family of which nothing is known",
      "It is misspelled, or newer than the GPU table: whether it has GPUs, and which, is not known.",
      "Correct the name, or add the type to the table.", "values: [g4dn.xlarge]",
      "The GPU table (webhook/gpu/data/aws-instances.json)"}},
    {RULE_GPU_LABEL_MISSING,
     {"gpu-label-missing", SEVERITY_WARNING, "NodePool template without nvidia.com/gpu: \"true\"",
      "Pods made after older guides have the node affinity nvidia.com/gpu Exists. The "
      "webhook ANDs the class's requirement to it, so both must be met.",
      "Put nvidia.com/gpu: \"true\" under spec.template.metadata.labels.", "labels: {nvidia.com/gpu: \"true\"}",
      "Karpenter v1.14.1, pkg/scheduling/requirements.go"}},
    {RULE_DISCOVERED_LABEL_DECLARED,
     {"discovered-label-declared", SEVERITY_WARNING, "NodePool declares a label that GPU feature discovery overwrites",
      "Karpenter sets one value, discovery another: pods that ask for the first are "
      "refused by the node, and those that ask for the second by Karpenter.",
      "Take the label out, and use one of your own.",
      "labels: {gpuslice.dev/pool: t4-thirds}   # not nvidia.com/gpu.product",
      "METR/hawk#1486; k8s-device-plugin internal/lm"}},
    {RULE_LABEL_RESTRICTED,
     {"label-restricted", SEVERITY_ERROR, "NodePool uses a label that Karpenter reserves",
      "The API server refuses the NodePool.", "Use a label of your own domain.",
      "labels: {gpuslice.dev/pool: t4-thirds}", "Karpenter v1.14.1, pkg/apis/crds/karpenter.sh_nodepools.yaml"}},
    {RULE_LABEL_MISSPELLED,
     {"label-misspelled", SEVERITY_WARNING, "requirement on a label that looks like an instance type's, but is not one",
      "Karpenter takes it for a label of your own: it restricts nothing, and pods that ask "
      "for the right one are not matched.",
      "Correct the spelling.", "key: karpenter.k8s.aws/instance-gpu-name",
      "karpenter-provider-aws v1.14.1, pkg/apis/v1/labels.go"}},
    {RULE_MIG_LABEL_MISSING,
     {"mig-label-missing", SEVERITY_ERROR, "MIG pool without the label nvidia.com/mig.config",
      "mig-manager gives nodes without it all-disabled: the GPUs stay whole, and the "
      "slices are never registered.",
      "Put nvidia.com/mig.config: NAME under spec.template.metadata.labels.",
      "labels: {nvidia.com/mig.config: a100-7x1g5gb}", "NVIDIA gpu-operator v26.7, controllers/state_manager.go"}},
    {RULE_LIMITS_BELOW_ONE_NODE,
     {"limits-below-one-node", SEVERITY_ERROR, "limit of a NodePool that not even one node fits under",
      "Karpenter leaves out every instance type whose capacity is more than what is left "
      "of a limit. With overlays the capacity is in slices, so limits must be too.",
      "Raise the limit to at least one node's slices.", "limits: {nvidia.com/gpu: 12}   # four g4dn.xlarge in thirds",
      "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling, "
      "filterByRemainingResources"}},
    {RULE_LIMIT_ON_ANOTHER_RESOURCE,
     {"limit-on-another-resource", SEVERITY_WARNING, "limit on a GPU resource that the nodes do not have",
      "It limits nothing: the pool grows as far as demand does.", "Limit the resource that the overlay gives.",
      "limits: {nvidia.com/mig-1g.5gb: 112}   # not nvidia.com/gpu",
      "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling"}},
    {RULE_LIMIT_NOT_WHOLE_NODES,
     {"limit-not-whole-nodes", SEVERITY_WARNING, "limit that is not a multiple of a node's slices",
      "The rest is never used, since nodes come whole; mostly a sign of a limit counted in "
      "GPUs.",
      "Use a multiple of what the smallest node has.", "limits: {nvidia.com/gpu: 12}",
      "Karpenter v1.14.1, pkg/controllers/provisioning/scheduling"}},
    {RULE_CONSOLIDATION_INTERRUPTS,
     {"consolidation-interrupts", SEVERITY_WARNING, "slice pool whose nodes are consolidated while pods run",
      "Karpenter evicts running pods to save a node. Work on GPUs seldom survives that.",
      "Set consolidationPolicy: WhenEmpty.", "disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: 5m}",
      "Karpenter, Disruption"}},
    {RULE_CONSOLIDATE_AFTER_SHORT,
     {"consolidate-after-short", SEVERITY_WARNING, "empty nodes of a slice pool are given back at once",
      "A GPU node takes minutes to start and to cut; between two pods of a job it would be "
      "lost each time.",
      "Set consolidateAfter to some minutes.", "disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: 5m}",
      "Karpenter, Disruption"}},
    {RULE_EXPIRE_AFTER_UNSAID,
     {"expire-after-unsaid", SEVERITY_WARNING, "nodes that expire at a default time",
      "Without expireAfter nodes end after 720 hours. Expiry is forceful: it drains "
      "without waiting for a replacement.",
      "Say expireAfter, and where pods need time, terminationGracePeriod.",
      "template: {spec: {expireAfter: 720h, terminationGracePeriod: 1h}}",
      "Karpenter v1.14.1, pkg/apis/crds/karpenter.sh_nodepools.yaml"}},
    {RULE_NODE_CLASS_MISSING,
     {"node-class-missing", SEVERITY_ERROR, "NodePool whose node class is not there",
      "A NodePool is used only when its node class is Ready.", "Correct nodeClassRef, or add the EC2NodeClass.",
      "nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: t4-thirds}",
      "Karpenter v1.14.1, pkg/apis/crds/karpenter.sh_nodepools.yaml"}},
    {RULE_NODE_CLASS_TWO_CLUSTERS,
     {"node-class-two-clusters", SEVERITY_WARNING,
      "EC2NodeClass that mixes subnets, security groups or role of two clusters",
      "Nodes start in one cluster's network and cannot join the other.", "Use one cluster's name throughout.",
      "subnetSelectorTerms: [{tags: {karpenter.sh/discovery: prod}}]\n"
      "securityGroupSelectorTerms: [{tags: {karpenter.sh/discovery: prod}}]",
      "Karpenter, NodeClasses"}},
    {RULE_NODE_CLASS_DISK,
     {"node-class-disk", SEVERITY_WARNING, "root disk of a node class that is not as it should be",
      "Unencrypted disks, disks that stay (and cost) after their node, and a device name "
      "that the image does not boot from.",
      "Set encrypted: true, deleteOnTermination: true, a volumeType, and the device of the "
      "AMI family (/dev/xvda).",
      "blockDeviceMappings:\n"
      "- deviceName: /dev/xvda\n"
      "  ebs: {volumeSize: 100Gi, volumeType: gp3, encrypted: true, deleteOnTermination: "
      "true}",
      "Karpenter, NodeClasses, spec.blockDeviceMappings"}},
    {RULE_OVERLAY_MISSING,
     {"overlay-missing", SEVERITY_ERROR, "no NodeOverlay tells Karpenter of a pool's slices",
      "Karpenter's own knowledge is whole GPUs. Without the overlay pods that ask for "
      "slices with names of their own are never scheduled, and for shared GPUs it launches "
      "several times the nodes that are needed.",
      "Add a NodeOverlay per number of GPUs, and turn the feature gate NodeOverlay on.",
      "kind: NodeOverlay\n"
      "spec:\n"
      "  requirements:\n"
      "  - {key: karpenter.sh/nodepool, operator: In, values: [t4-thirds]}\n"
      "  capacity: {nvidia.com/gpu: 3}",
      "Karpenter, NodeOverlays; kubernetes-sigs/karpenter#729"}},
    {RULE_OVERLAY_COUNT_WRONG,
     {"overlay-count-wrong", SEVERITY_ERROR, "NodeOverlay whose number is not GPUs times slices",
      "Too high: nodes start, pods stay Pending on them, and Karpenter launches another. "
      "Too low: more nodes than needed. The number is per instance, not per GPU.",
      "One overlay per number of GPUs, each with GPUs x slices.",
      "# p4d.24xlarge: 8 GPUs x 7\n"
      "capacity: {nvidia.com/mig-1g.5gb: 56, nvidia.com/gpu: 0}",
      "Karpenter v1.14.1, pkg/controllers/nodeoverlay/controller.go"}},
    {RULE_OVERLAY_WHOLE_GPU_LEFT,
     {"overlay-whole-gpu-left", SEVERITY_WARNING, "overlay of a MIG pool that leaves nvidia.com/gpu as it was",
      "Karpenter would place pods that ask for whole GPUs on nodes where there are none.",
      "Add nvidia.com/gpu: 0 to its capacity.", "capacity: {nvidia.com/mig-1g.5gb: 56, nvidia.com/gpu: 0}",
      "Karpenter v1.14.1, pkg/controllers/nodeoverlay/controller.go"}},
    {RULE_OVERLAY_KEY_INVISIBLE,
     {"overlay-key-invisible", SEVERITY_ERROR, "overlay that requires a label which overlays cannot see",
      "Overlays are matched against the NodePool's name, the labels of its template and "
      "the instance type. Keys that are only among a NodePool's requirements are undefined "
      "to them, whatever the design document says.",
      "Move the label to spec.template.metadata.labels, or require karpenter.sh/nodepool.",
      "- {key: karpenter.sh/nodepool, operator: In, values: [t4-thirds]}",
      "Karpenter v1.14.1, pkg/controllers/nodeoverlay/controller.go, getOverlaidOfferings"}},
    {RULE_OVERLAY_SAME_WEIGHT,
     {"overlay-same-weight", SEVERITY_ERROR, "two overlays of one weight set the same thing",
      "Karpenter refuses one of them whole, for all NodePools, even if both set the same "
      "value (reason Conflict). Of two names the later in the alphabet wins.",
      "Give them different weights, or requirements that no instance type meets both of.",
      "weight: 10   # and 11 in the other",
      "Karpenter v1.14.1, pkg/controllers/nodeoverlay/controller.go, OrderByWeight"}},
    {RULE_OVERLAY_MATCHES_NOTHING,
     {"overlay-matches-nothing", SEVERITY_WARNING, "overlay that applies to no NodePool's instance types",
      "Most often its NodePool or instance type was renamed. It does nothing, without a "
      "word.",
      "Correct its requirements, or take it away.", "- {key: karpenter.sh/nodepool, operator: In, values: [t4-thirds]}",
      "Karpenter v1.14.1, pkg/controllers/nodeoverlay/controller.go"}},
    {RULE_OVERLAY_REFUSED,
     {"overlay-refused", SEVERITY_ERROR, "overlay that Karpenter refuses",
      "Its condition ValidationSucceeded is False, and Karpenter goes on without it.",
      "Remove the resource or the key that the message names.",
      "capacity: {nvidia.com/gpu: 3}   # never cpu, memory, pods, ephemeral-storage",
      "Karpenter v1.14.1, pkg/apis/v1alpha1/nodeoverlay_validation.go"}},
    {RULE_UNKNOWN_FIELD,
     {"unknown-field", SEVERITY_ERROR, "field that a Karpenter object does not have",
      "The API server drops it, or refuses the object; what it was to do does not happen.",
      "Correct the name or the place.", "spec: {template: {spec: {expireAfter: 720h}}}   # not under spec.disruption",
      "Karpenter v1.14.1, pkg/apis/crds/karpenter.sh_nodepools.yaml"}},
    {RULE_FIELD_INVALID,
     {"field-invalid", SEVERITY_ERROR, "value that a field does not take",
      "The API server, or the program that reads it, refuses the whole object.", "Use what the message says.",
      "consolidateAfter: 5m", "Karpenter v1.14.1, pkg/apis/crds/karpenter.sh_nodepools.yaml"}},
    {RULE_FIELD_MISSING,
     {"field-missing", SEVERITY_ERROR, "field that must be there",
      "The API server, or the program that reads it, refuses the whole object.", "Add it.",
      "nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu}",
      "Karpenter v1.14.1, pkg/apis/crds/karpenter.sh_nodepools.yaml"}},
    {RULE_RENDERED_EDITED,
     {"rendered-edited", SEVERITY_WARNING, "rendered object that no longer is what its SlicePool says",
      "Somebody changed it by hand: the policies say something else, and the next "
      "`gpuslice render` undoes it. Objects that gpuslice did not render (label "
      "app.kubernetes.io/managed-by: gpuslice) may differ.",
      "Change spec.nodes of the SlicePool and render again.",
      "spec: {nodes: {disruption: {consolidateAfter: 10m}}}   # SlicePool", "docs/policies.md, nodes"}},
    {RULE_LAYOUT_REMOVER_BROKEN,
     {"layout-remover-broken", SEVERITY_ERROR, "nothing can remove the startup taint gpuslice.dev/layout",
      "Nodes with it take no pods until the DaemonSet gpuslice-layout-ready has seen that "
      "their GPUs are cut, and removes it. If it is missing, has no rights, or waits for "
      "something else, that never happens.",
      "Render it again with all pools (`gpuslice render --all`); silence this where something of yours removes the "
      "taint.",
      "gpuslice render --policies policies --all -d node-side", "docs/policies.md, nodes"}},
    {RULE_KARPENTER_OLD_KIND,
     {"karpenter-old-kind", SEVERITY_ERROR, "object of Karpenter before v1",
      "Karpenter dropped v1alpha5 with 0.33 and v1beta1 with 1.1. The object is refused, "
      "or lies there and does nothing.",
      "Rewrite it as the current kind; `gpuslice migrate` does that for v1alpha5.",
      "apiVersion: karpenter.sh/v1\n"
      "kind: NodePool",
      "Karpenter, Upgrade Guide"}},
    {RULE_KARPENTER_UNKNOWN_KIND,
     {"karpenter-unknown-kind", SEVERITY_ERROR, "apiVersion and kind that Karpenter does not have",
      "The API server refuses it.", "Correct apiVersion or kind.",
      "apiVersion: karpenter.sh/v1alpha1\n"
      "kind: NodeOverlay",
      "Karpenter v1.14.1, pkg/apis/crds/karpenter.sh_nodepools.yaml"}},
    {RULE_UNKNOWN_API_VERSION,
     {"unknown-api-version", SEVERITY_ERROR, "kind of Kubernetes with an apiVersion that it does not have",
      "The API server refuses it, and what depends on it waits.", "Correct apiVersion.",
      "apiVersion: apps/v1\n"
      "kind: DaemonSet",
      "Kubernetes API reference"}},
    {RULE_KARPENTER_OLD_NAME,
     {"karpenter-old-name", SEVERITY_WARNING, "label or annotation of Karpenter before v1",
      "Nothing reads it any more; what it protected or selected is not.", "Use the current name.",
      "karpenter.sh/do-not-disrupt: \"true\"", "Karpenter, Upgrade Guide"}},
    {0},
};
