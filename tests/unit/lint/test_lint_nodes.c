/* Tests the rules about NodePools, node classes and overlays: each has a case in which it must be found, and many have
 * one in which it must not be found. */
#include "tests/support/lint_fixture.h"

#define T4   "nodepool-t4-thirds.yaml"
#define L4   "nodepool-l4-quarters.yaml"
#define H100 "nodepool-h100-balanced.yaml"
#define A100 "nodepool-a100-sevenths.yaml"
#define L4_NAME \
    "      - key: karpenter.k8s.aws/instance-gpu-name\n        operator: In\n        values:\n        - l4\n"
#define L4_TYPE \
    "      - key: node.kubernetes.io/instance-type\n        operator: In\n        values:\n        - g6.xlarge\n"
/* Makes l4-quarters a pool of shares of 2861 MiB of an L4. */
#define L4_SHARES                                                                                               \
    "policies/pools.yaml", "sharing: {mps: {replicas: 4, rename: true}}\n  nodes: {instanceTypes: [g6.xlarge]", \
        "sharing: {timeSlicing: {replicas: 4, rename: true}}\n  nodes: {instanceTypes: [g6f.large]"
#define FAMILY(family) "      - {key: karpenter.k8s.aws/instance-family, operator: In, values: [" family "]}\n"
/* A NodePool without a SlicePool, and a pod for its nodes that the webhook leaves unchanged. */
#define OWN_POOL(type)                                                                                                   \
    "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: own}\nspec: {template: {spec: {requirements: [{key: " \
    "node.kubernetes.io/instance-type, operator: In, values: [" type "]}], nodeClassRef: {group: karpenter.k8s.aws, "    \
    "kind: EC2NodeClass, name: l4-whole}}}}\n"
/* The same with a node class of its own. */
#define OWN_IMAGE(type, alias)                                                                                           \
    "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: own}\nspec: {template: {spec: {requirements: [{key: " \
    "node.kubernetes.io/instance-type, operator: In, values: [" type "]}], nodeClassRef: {group: karpenter.k8s.aws, "    \
    "kind: EC2NodeClass, name: own}}}}\n---\n" OWN_CLASS(alias)
#define OWN_CLASS(alias)                                                                                     \
    "apiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata: {name: own}\nspec: {amiSelectorTerms: " \
    "[{alias: " alias "}]}\n"
#define AMI "alias: al2023@v20260917"
#define OWN_POD(resource)                                                                                \
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: extra, namespace: outside}\nspec: {nodeSelector: " \
    "{karpenter.sh/nodepool: own}, containers: [{name: a, image: b, resources: {limits: {" resource ": 1}}}]}\n"
#define T4_OVER "nodeoverlay-t4-thirds-1gpu.yaml"
#define A_OVER  "nodeoverlay-a100-sevenths-8gpu.yaml"
#define T4_NODE "ec2nodeclass-t4-thirds.yaml"
#define BY_US   "    app.kubernetes.io/managed-by: gpuslice\n"
#define BY_HAND "    app.kubernetes.io/managed-by: hand\n"
#define OVERLAY(name, weight, requirement, capacity)                                                   \
    "apiVersion: karpenter.sh/v1alpha1\nkind: NodeOverlay\nmetadata: {name: " name "}\nspec: {" weight \
    "requirements: [{key: karpenter.sh/nodepool, operator: In, values: [t4-thirds]}" requirement       \
    "], capacity: {" capacity "}}\n"

static const struct lint_case cases[] = {
    BAD(RULE_POOL_LABEL_MISSING, "another value", {T4, "gpuslice.dev/pool: t4-thirds", "gpuslice.dev/pool: t4"}),
    BAD(RULE_POOL_LABEL_MISSING, "no label", {T4, "        gpuslice.dev/pool: t4-thirds\n", ""}),
    BAD(RULE_POOL_TAINT_MISSING, "another key", {T4, "- key: gpuslice.dev/pool", "- key: example.com/pool"}),
    BAD(RULE_POOL_TAINT_MISSING, "another effect", {T4, "effect: NoSchedule", "effect: NoExecute"}),
    BAD(RULE_POOL_TAINT_DIFFERS, "another value", {T4, "value: t4-thirds", "value: t4"}),
    BAD(RULE_SHARED_POOL_OPEN, "only the taint that pods of other namespaces tolerate",
        {T4, "      - key: gpuslice.dev/pool\n        value: t4-thirds\n        effect: NoSchedule\n", ""}),
    GOOD(RULE_SHARED_POOL_OPEN, "renamed shares are not taken for whole GPUs",
         {L4, "      - key: gpuslice.dev/pool\n        value: l4-quarters\n        effect: NoSchedule\n", ""}),
    BAD(RULE_TAINT_TWICE, "also among the startup taints", {T4, "- key: gpuslice.dev/layout", "- key: nvidia.com/gpu"}),
    BAD(RULE_STARTUP_TAINT_MISSING, "slices named nvidia.com/gpu",
        {T4,
         "      startupTaints:\n      - key: gpuslice.dev/layout\n        value: pending\n        effect: NoSchedule\n",
         ""}),
    GOOD(RULE_STARTUP_TAINT_MISSING, "slices with other names", {H100, "weight: 40", "weight: 41"}),
    BAD(RULE_NODE_POOL_WRONG_GPU, "a type of another GPU", {L4, "- g6.xlarge", "- g6.xlarge\n        - g5.xlarge"},
        {L4, "        - l4\n", "        - l4\n        - a10g\n"}),
    GOOD(RULE_NODE_POOL_WRONG_GPU, "the requirement on the GPU's name excludes it",
         {L4, "- g6.xlarge", "- g6.xlarge\n        - g5.xlarge"}),
    BAD(RULE_NODE_POOL_WRONG_GPU, "a type without a GPU", {L4, "- g6.xlarge", "- g6.xlarge\n        - m5.large"},
        {L4, L4_NAME, ""}),
    GOOD(RULE_NODE_POOL_WRONG_GPU, "the requirement on the GPU's name excludes a type without a GPU",
         {L4, "- g6.xlarge", "- g6.xlarge\n        - m5.large"}),
    BAD(RULE_NODE_POOL_WRONG_GPU, "a share of the same GPU", {L4, "- g6.xlarge", "- g6.xlarge\n        - g6f.large"}),
    BAD(RULE_NODE_POOL_WRONG_GPU, "a whole GPU for a SlicePool of shares", {L4_SHARES},
        {L4, "- g6.xlarge", "- g6.xlarge\n        - g6f.large"}),
    SAYS(RULE_NODE_POOL_WRONG_GPU,
         "may launch g6f.2xlarge, which has a share of 5722 MiB of one l4; SlicePool \"l4-quarters\" is for shares of "
         "2861 MiB of one l4",
         {L4_SHARES}, {L4, "- g6.xlarge", "- g6f.2xlarge"}),
    GOOD(RULE_NODE_POOL_WRONG_GPU, "a share of the SlicePool's size", {L4_SHARES},
         {L4, "- g6.xlarge", "- g6f.large\n        - g6f.xlarge"}),
    BAD(RULE_OVERLAY_COUNT_WRONG, "of a share of a GPU", {L4_SHARES}, {L4, "- g6.xlarge", "- g6f.large"},
        {"nodeoverlay-l4-quarters-1gpu.yaml", "- g6.xlarge\n  capacity:\n    nvidia.com/gpu.shared: \"4\"",
         "- g6f.large\n  capacity:\n    nvidia.com/gpu.shared: \"3\""}),
    BAD(RULE_OVERLAY_MISSING, "for a share of a GPU", {L4_SHARES}, {L4, "- g6.xlarge", "- g6f.large"}),
    GOOD(RULE_NODE_POOL_WRONG_GPU, "an unknown type", {L4, "- g6.xlarge", "- g6.xlarge\n        - g8.xlarge"}),
    GOOD(RULE_NODE_POOL_WRONG_GPU, "the required GPU name excludes a GPU whose AWS name is unknown",
         {L4, "- g6.xlarge\n", "- g6.xlarge\n        - p6e-gb200.36xlarge\n"},
         {L4, "- amd64", "- amd64\n        - arm64"}),
    BAD(RULE_NODE_POOL_WITHOUT_TYPE, "an architecture that none of its types has", {T4, "- amd64", "- arm64"}),
    BAD(RULE_NODE_POOL_WITHOUT_TYPE, "GPU memory that none of its types has",
        {T4, "      nodeClassRef:",
         "      - {key: karpenter.k8s.aws/instance-gpu-memory, operator: In, values: [\"1234\"]}\n      nodeClassRef:"}),
    BAD(RULE_NODE_POOL_WITHOUT_TYPE, "families without GPUs", {L4, L4_TYPE, FAMILY("m5, g4ad")}),
    GOOD(RULE_NODE_POOL_WITHOUT_TYPE, "an unknown family", {L4, L4_TYPE, FAMILY("g8")}),
    BAD(RULE_INSTANCE_TYPE_UNKNOWN, "a misspelled type", {L4, "- g6.xlarge", "- g6.xlarg"}),
    BAD(RULE_INSTANCE_TYPE_UNKNOWN, "an unknown family", {L4, L4_TYPE, FAMILY("g6, g8")}),
    GOOD(RULE_INSTANCE_TYPE_UNKNOWN, "a type that is known to have no GPU",
         {L4, "- g6.xlarge", "- g6.xlarge\n        - m5.large"}),
    GOOD(RULE_EXPIRE_AFTER_UNSAID, "a NodePool of types without GPUs", {"own.yaml", NULL, OWN_POOL("m5.large")}),
    BAD(RULE_INSTANCE_TYPE_UNKNOWN, "a pod that requests a GPU of an unknown type",
        {"own.yaml", NULL, OWN_POOL("g8.xlarge") OWN_POD("nvidia.com/gpu")}),
    GOOD(RULE_RESOURCE_NOT_OFFERED, "an unknown type may offer it",
         {"own.yaml", NULL, OWN_POOL("g8.xlarge") OWN_POD("nvidia.com/gpu")}),
    BAD(RULE_RESOURCE_NOT_OFFERED, "by a type without GPUs",
        {"own.yaml", NULL, OWN_POOL("m5.large") OWN_POD("nvidia.com/gpu")}),
    BAD(RULE_RESOURCE_NOT_OFFERED, "by a share of a GPU, without an overlay",
        {"own.yaml", NULL, OWN_POOL("g6f.large") OWN_POD("nvidia.com/gpu")}),
    GOOD(RULE_RESOURCE_NOT_OFFERED, "by a share of a GPU, which an overlay counts",
         {"own.yaml", NULL,
          OWN_POOL("g6f.large") OWN_POD("nvidia.com/gpu") "---\napiVersion: karpenter.sh/v1alpha1\nkind: "
                                                          "NodeOverlay\nmetadata: {name: g6f}\nspec: {requirements: "
                                                          "[{key: karpenter.k8s.aws/instance-family, operator: In, "
                                                          "values: [g6f]}], capacity: {nvidia.com/gpu: 1}}\n"}),
    GOOD(RULE_INSTANCE_TYPE_UNKNOWN, "a pod that requests no GPU",
         {"own.yaml", NULL, OWN_POOL("g8.xlarge") OWN_POD("cpu")}),
    BAD(RULE_GPU_LABEL_MISSING, "another value", {T4, "nvidia.com/gpu: \"true\"", "nvidia.com/gpu: \"yes\""}),
    BAD(RULE_DISCOVERED_LABEL_DECLARED, "GFD's product",
        {T4, "      labels:\n        gpuslice",
         "      labels:\n        nvidia.com/gpu.product: NVIDIA-T4\n        gpuslice"}),
    GOOD(RULE_DISCOVERED_LABEL_DECLARED, "the operator sets the same value",
         {T4, "      labels:\n        gpuslice",
          "      labels:\n        nvidia.com/gpu.present: \"true\"\n        gpuslice"}),
    BAD(RULE_LABEL_RESTRICTED, "Karpenter's own",
        {T4, "      labels:\n        gpuslice",
         "      labels:\n        karpenter.sh/initialized: \"true\"\n        gpuslice"}),
    BAD(RULE_LABEL_MISSPELLED, "one letter too few",
        {T4, "karpenter.k8s.aws/instance-gpu-name", "karpenter.k8s.aws/instance-gpu-nam"}),
    BAD(RULE_LABEL_MISSPELLED, "another label, one letter too many",
        {T4, "karpenter.k8s.aws/instance-gpu-name", "karpenter.k8s.aws/placement-group-idd"}),
    BAD(RULE_LABEL_RESTRICTED, "an instance label that does not exist",
        {T4, "karpenter.k8s.aws/instance-gpu-name", "karpenter.k8s.aws/instance-colour"}),
    GOOD(RULE_LABEL_RESTRICTED, "a label of the provider that is not an instance label",
         {T4, "karpenter.k8s.aws/instance-gpu-name", "karpenter.k8s.aws/placement-group-id"}),
    BAD(RULE_MIG_LABEL_MISSING, "no label", {A100, "        nvidia.com/mig.config: a100-sevenths\n", ""}),
    BAD(RULE_LIMITS_BELOW_ONE_NODE, "two of three thirds", {T4, "nvidia.com/gpu: \"120\"", "nvidia.com/gpu: \"2\""}),
    BAD(RULE_LIMITS_BELOW_ONE_NODE, "fewer CPUs than a node has", {A100, "spec:\n", "spec:\n  limits: {cpu: 95}\n"}),
    SAYS(RULE_LIMITS_BELOW_ONE_NODE, "its limit of nodes is less than one, so Karpenter launches none",
         {A100, "spec:\n", "spec:\n  limits: {nodes: 0}\n"}),
    SAYS(RULE_LIMITS_BELOW_ONE_NODE, "gets no node of NodePool/a100-sevenths, whose limit of nodes is less than one",
         {A100, "spec:\n", "spec:\n  limits: {nodes: 0}\n"}),
    GOOD(RULE_LIMITS_BELOW_ONE_NODE, "as many CPUs as a node has", {A100, "spec:\n", "spec:\n  limits: {cpu: 96}\n"}),
    BAD(RULE_LIMIT_ON_ANOTHER_RESOURCE, "a MIG profile that its nodes do not have",
        {A100, "spec:\n", "spec:\n  limits: {nvidia.com/mig-1g.10gb: 8}\n"}),
    BAD(RULE_LIMIT_ON_ANOTHER_RESOURCE, "a name that nothing has",
        {A100, "spec:\n", "spec:\n  limits: {nvidia.com/gpux: 8}\n"}),
    GOOD(RULE_LIMIT_ON_ANOTHER_RESOURCE, "another vendor's resource",
         {A100, "spec:\n", "spec:\n  limits: {amd.com/gpu: 8}\n"}),
    BAD(RULE_LIMIT_NOT_WHOLE_NODES, "a third too many", {T4, "nvidia.com/gpu: \"120\"", "nvidia.com/gpu: \"121\""}),
    BAD(RULE_CONSOLIDATION_INTERRUPTS, "nodes that are underutilized",
        {T4, "consolidationPolicy: WhenEmpty", "consolidationPolicy: WhenEmptyOrUnderutilized"}),
    GOOD(RULE_CONSOLIDATION_INTERRUPTS, "if the SlicePool says so",
         {T4, "consolidationPolicy: WhenEmpty", "consolidationPolicy: WhenEmptyOrUnderutilized"},
         {"policies/pools.yaml", "limits: {slices: 120}",
          "limits: {slices: 120}, disruption: {consolidationPolicy: WhenEmptyOrUnderutilized}"}),
    BAD(RULE_CONSOLIDATE_AFTER_SHORT, "not set", {T4, "    consolidateAfter: 5m\n", ""}),
    BAD(RULE_EXPIRE_AFTER_UNSAID, "a NodePool without a SlicePool that does not set it",
        {"own.yaml", NULL,
         "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: own}\nspec:\n  disruption: "
         "{consolidationPolicy: "
         "WhenEmpty, consolidateAfter: 5m}\n  template:\n    spec:\n      requirements:\n      - {key: "
         "node.kubernetes.io/instance-type, operator: In, values: [g6.xlarge]}\n      nodeClassRef: {group: "
         "karpenter.k8s.aws, kind: EC2NodeClass, name: l4-whole}\n"}),
    BAD(RULE_NODE_CLASS_MISSING, "another name", {T4, "        name: t4-thirds", "        name: t4"}),
    BAD(RULE_NODE_CLASS_MISSING, "the group of another provider",
        {T4, "group: karpenter.k8s.aws", "group: karpenter.sh"}),
    BAD(RULE_RESERVATION_MISSING, "reserved capacity alone", {T4, "- on-demand", "- reserved"}),
    BAD(RULE_RESERVATION_MISSING, "all other capacity excluded",
        {T4, "operator: In\n        values:\n        - on-demand",
         "operator: NotIn\n        values: [on-demand, spot]"}),
    BAD(RULE_RESERVATION_MISSING, "no SlicePool",
        {"own.yaml", NULL,
         "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: own}\nspec: {template: {spec: {requirements: "
         "[{key: karpenter.sh/capacity-type, operator: In, values: [reserved]}], nodeClassRef: {group: "
         "karpenter.k8s.aws, kind: EC2NodeClass, name: l4-whole}}}}\n"}),
    BAD(RULE_RESERVATION_MISSING, "a list of no terms", {T4, "- on-demand", "- reserved"},
        {T4_NODE, "spec:\n", "spec:\n  capacityReservationSelectorTerms: []\n"}),
    GOOD(RULE_RESERVATION_MISSING, "a reservation is selected", {T4, "- on-demand", "- reserved"},
         {T4_NODE, "spec:\n", "spec:\n  capacityReservationSelectorTerms: [{id: cr-0123456789abcdef0}]\n"}),
    GOOD(RULE_RESERVATION_MISSING, "spot as well", {T4, "- on-demand", "- reserved\n        - spot"}),
    BAD(RULE_RESERVATION_UNSELECTED, "spot as well", {T4, "- on-demand", "- reserved\n        - spot"}),
    BAD(RULE_RESERVATION_UNSELECTED, "on-demand as well", {L4, "- on-demand", "- on-demand\n        - reserved"}),
    GOOD(RULE_RESERVATION_UNSELECTED, "any capacity but spot",
         {T4, "operator: In\n        values:\n        - on-demand", "operator: NotIn\n        values: [spot]"}),
    GOOD(RULE_RESERVATION_UNSELECTED, "a reservation is selected", {T4, "- on-demand", "- reserved\n        - spot"},
         {T4_NODE, "spec:\n", "spec:\n  capacityReservationSelectorTerms: [{tags: {team: ml}}]\n"}),
    BAD(RULE_RESERVATION_UNUSED, "on-demand alone",
        {T4_NODE, "spec:\n", "spec:\n  capacityReservationSelectorTerms: [{id: cr-0123456789abcdef0}]\n"}),
    BAD(RULE_RESERVATION_UNUSED, "reserved capacity excluded",
        {T4_NODE, "spec:\n", "spec:\n  capacityReservationSelectorTerms: [{id: cr-0123456789abcdef0}]\n"},
        {T4, "operator: In\n        values:\n        - on-demand", "operator: NotIn\n        values: [reserved]"}),
    BAD(RULE_RESERVATION_UNUSED, "two NodePools, neither of which allows it",
        {T4_NODE, "spec:\n", "spec:\n  capacityReservationSelectorTerms: [{id: cr-0123456789abcdef0}]\n"},
        {L4, "        name: l4-quarters", "        name: t4-thirds"}),
    GOOD(RULE_RESERVATION_UNUSED, "the second of two NodePools allows it",
         {T4_NODE, "spec:\n", "spec:\n  capacityReservationSelectorTerms: [{id: cr-0123456789abcdef0}]\n"},
         {L4, "- on-demand", "- on-demand\n        - reserved"},
         {L4, "        name: l4-quarters", "        name: t4-thirds"}),
    GOOD(RULE_RESERVATION_UNUSED, "any capacity but spot",
         {T4_NODE, "spec:\n", "spec:\n  capacityReservationSelectorTerms: [{id: cr-0123456789abcdef0}]\n"},
         {T4, "operator: In\n        values:\n        - on-demand", "operator: NotIn\n        values: [spot]"}),
    GOOD(RULE_RESERVATION_UNUSED, "a list of no terms",
         {T4_NODE, "spec:\n", "spec:\n  capacityReservationSelectorTerms: []\n"}),
    BAD(RULE_NODE_CLASS_TWO_CLUSTERS, "the role of another cluster",
        {T4_NODE, "KarpenterNodeRole-demo", "KarpenterNodeRole-prod"}),
    BAD(RULE_NODE_CLASS_TWO_CLUSTERS, "the subnets of another cluster",
        {T4_NODE, "karpenter.sh/discovery: demo", "karpenter.sh/discovery: prod"}),
    BAD(RULE_NODE_CLASS_DISK, "not encrypted", {T4_NODE, "encrypted: true", "encrypted: false"}),
    BAD(RULE_FIELD_PLACEHOLDER, "of Terraform", {T4_NODE, AMI, "alias: al2023@${ami_version}"}),
    BAD(RULE_FIELD_PLACEHOLDER, "of Helm, for a number", {T4, "weight: ", "weight: '{{ .Values.weight }}' # "}),
    BAD(RULE_FIELD_PLACEHOLDER, "of envsubst, for a duration",
        {T4, "consolidateAfter: 5m", "consolidateAfter: ${AFTER}"}),
    BAD(RULE_FIELD_PLACEHOLDER, "for a capacity type", {T4, "- on-demand", "- ${CAPACITY}"}),
    BAD(RULE_FIELD_PLACEHOLDER, "for a limit", {T4, "limits:\n", "limits:\n    nvidia.com/gpu.shared: ${LIMIT}\n"}),
    GOOD(RULE_FIELD_INVALID, "a placeholder for a capacity type", {T4, "- on-demand", "- ${CAPACITY}"}),
    GOOD(RULE_FIELD_PLACEHOLDER, "in a text of any form",
         {T4_NODE, "role: KarpenterNodeRole-demo", "role: R-${CLUSTER}"}),
    GOOD(RULE_FIELD_INVALID, "a placeholder", {T4_NODE, AMI, "alias: al2023@${ami_version}"}),
    GOOD(RULE_FIELD_INVALID, "a placeholder for a number", {T4, "weight: ", "weight: '{{ .Values.weight }}' # "}),
    BAD(RULE_FIELD_INVALID, "an image as AL2023 itself is numbered", {T4_NODE, AMI, "alias: al2023@2023.0.20230222"}),
    BAD(RULE_FIELD_INVALID, "an image of no day", {T4_NODE, AMI, "alias: al2023@v20261301"}),
    BAD(RULE_FIELD_INVALID, "Bottlerocket of a day", {T4_NODE, AMI, "alias: bottlerocket@v20260818"}),
    GOOD(RULE_FIELD_INVALID, "Bottlerocket with a v", {T4_NODE, AMI, "alias: bottlerocket@v1.54.0"}),
    GOOD(RULE_FIELD_INVALID, "Bottlerocket without a v", {T4_NODE, AMI, "alias: bottlerocket@1.20.4"}),
    GOOD(RULE_FIELD_INVALID, "the latest", {T4_NODE, AMI, "alias: al2023@latest"}),
    BAD(RULE_RENDERED_EDITED, "another image", {T4_NODE, AMI, "alias: al2023@v20260818"}),
    BAD(RULE_AMI_LATEST, "of GPU nodes without a SlicePool",
        {"own.yaml", NULL, OWN_IMAGE("g6.xlarge", "al2023@latest")}),
    BAD(RULE_AMI_LATEST, "on Bottlerocket", {"own.yaml", NULL, OWN_IMAGE("p5.48xlarge", "bottlerocket@latest")}),
    GOOD(RULE_AMI_LATEST, "a release", {"own.yaml", NULL, OWN_IMAGE("g6.xlarge", "al2023@v20260917")}),
    GOOD(RULE_AMI_LATEST, "of nodes without GPUs", {"own.yaml", NULL, OWN_IMAGE("m5.large", "al2023@latest")}),
    GOOD(RULE_AMI_LATEST, "of a node class that nothing uses", {"own.yaml", NULL, OWN_CLASS("al2023@latest")}),
    BAD(RULE_OVERLAY_MISSING, "of a shared pool", {T4_OVER, "kind: NodeOverlay", "kind: Other"}),
    BAD(RULE_OVERLAY_MISSING, "for one of two numbers of GPUs",
        {"nodeoverlay-t4-thirds-4gpu.yaml", "- g4dn.12xlarge", "- g4dn.xlarge"}),
    BAD(RULE_OVERLAY_COUNT_WRONG, "per GPU, not per instance",
        {A_OVER, "nvidia.com/mig-1g.5gb: \"56\"", "nvidia.com/mig-1g.5gb: \"7\""}),
    BAD(RULE_OVERLAY_COUNT_WRONG, "a resource that the pool does not have",
        {T4_OVER, "nvidia.com/gpu: \"3\"", "nvidia.com/gpu: \"3\"\n    nvidia.com/gpu.shared: \"3\""}),
    GOOD(RULE_OVERLAY_COUNT_WRONG, "a number without quotes", {T4_OVER, "nvidia.com/gpu: \"3\"", "nvidia.com/gpu: 3"}),
    BAD(RULE_OVERLAY_WHOLE_GPU_LEFT, "nvidia.com/gpu is not set to 0", {A_OVER, "    nvidia.com/gpu: \"0\"\n", ""}),
    BAD(RULE_OVERLAY_KEY_INVISIBLE, "a key of the requirements",
        {T4, "      requirements:\n",
         "      requirements:\n      - {key: example.com/cut, operator: In, values: [thirds]}\n"},
        {T4_OVER, "  requirements:\n",
         "  requirements:\n  - {key: example.com/cut, operator: In, values: [thirds]}\n"}),
    GOOD(RULE_OVERLAY_KEY_INVISIBLE, "a label of the template",
         {T4, "      labels:\n        gpuslice", "      labels:\n        example.com/cut: thirds\n        gpuslice"},
         {T4_OVER, "  requirements:\n",
          "  requirements:\n  - {key: example.com/cut, operator: In, values: [thirds]}\n"}),
    BAD(RULE_OVERLAY_SAME_WEIGHT, "with the same value",
        {"own.yaml", NULL, OVERLAY("a", "weight: 6, ", "", "nvidia.com/gpu: 3")}),
    GOOD(RULE_OVERLAY_SAME_WEIGHT, "another weight",
         {"own.yaml", NULL, OVERLAY("a", "weight: 9, ", "", "nvidia.com/gpu: 3")}),
    GOOD(RULE_OVERLAY_SAME_WEIGHT, "another instance type",
         {"own.yaml", NULL,
          OVERLAY("a", "weight: 6, ", ", {key: node.kubernetes.io/instance-type, operator: In, values: [g4dn.2xlarge]}",
                  "nvidia.com/gpu: 3")}),
    GOOD(RULE_OVERLAY_SAME_WEIGHT, "another resource",
         {"own.yaml", NULL, OVERLAY("a", "weight: 6, ", "", "example.com/fuse: 3")}),
    BAD(RULE_OVERLAY_MATCHES_NOTHING, "a NodePool that was renamed", {T4_OVER, "    - t4-thirds", "    - t4"}),
    BAD(RULE_OVERLAY_REFUSED, "memory", {T4_OVER, "  capacity:\n", "  capacity:\n    memory: 1Gi\n"}),
    BAD(RULE_OVERLAY_REFUSED, "a key of Karpenter's",
        {T4_OVER, "  requirements:\n", "  requirements:\n  - {key: karpenter.sh/registered, operator: Exists}\n"}),
    BAD(RULE_UNKNOWN_FIELD, "misplaced",
        {T4, "    consolidateAfter: 5m\n", "    consolidateAfter: 5m\n    expireAfter: 720h\n"}),
    BAD(RULE_FIELD_INVALID, "not a duration", {T4, "consolidateAfter: 5m", "consolidateAfter: 5 minutes"}),
    BAD(RULE_FIELD_INVALID, "not a capacity type", {T4, "- on-demand", "- ondemand"}),
    GOOD(RULE_FIELD_INVALID, "Never is a duration here", {T4, "consolidateAfter: 5m", "consolidateAfter: Never"}),
    BAD(RULE_FIELD_MISSING, "no node class", {T4, "        kind: EC2NodeClass\n", ""}),
    BAD(RULE_RENDERED_EDITED, "an hour more", {T4, "consolidateAfter: 5m", "consolidateAfter: 65m"}),
    GOOD(RULE_RENDERED_EDITED, "an object written by hand may differ",
         {T4, "consolidateAfter: 5m", "consolidateAfter: 65m"}, {T4, BY_US, BY_HAND}),
    BAD(RULE_LAYOUT_REMOVER_BROKEN, "no right to patch", {"layout-ready-clusterrole.yaml", "  - patch\n", ""}),
    BAD(RULE_LAYOUT_REMOVER_BROKEN, "waits for another number", {"layout-ready-daemonset.yaml", "- \"3\"", "- \"4\""}),
    BAD(RULE_LAYOUT_REMOVER_BROKEN, "no DaemonSet", {"layout-ready-daemonset.yaml", "kind: DaemonSet", "kind: Other"}),
    BAD(RULE_KARPENTER_OLD_KIND, "a Provisioner",
        {"old.yaml", NULL, "apiVersion: karpenter.sh/v1alpha5\nkind: Provisioner\nmetadata: {name: a}\n"}),
    BAD(RULE_KARPENTER_OLD_KIND, "an AWSNodeTemplate",
        {"old.yaml", NULL, "apiVersion: karpenter.k8s.aws/v1alpha1\nkind: AWSNodeTemplate\nmetadata: {name: a}\n"}),
    BAD(RULE_KARPENTER_OLD_KIND, "a NodePool of v1beta1",
        {"old.yaml", NULL, "apiVersion: karpenter.sh/v1beta1\nkind: NodePool\nmetadata: {name: a}\n"}),
    BAD(RULE_KUBELET_IN_ANNOTATION, "left by Karpenter 1.0",
        {T4, "metadata:\n", "metadata:\n  annotations: {" ANNOTATION_BETA_KUBELET ": '{\"maxPods\":20}'}\n"}),
    BAD(RULE_KUBELET_IN_ANNOTATION, "without settings, which Karpenter 1.1 refuses as well",
        {L4, "metadata:\n", "metadata:\n  annotations: {" ANNOTATION_BETA_KUBELET ": '{}'}\n"}),
    GOOD(RULE_KUBELET_IN_ANNOTATION, "the annotation for a way back to v1beta1",
         {T4, "metadata:\n", "metadata:\n  annotations: {" ANNOTATION_BETA_CLASS_REF ": '{\"name\":\"a\"}'}\n"}),
    GOOD(RULE_KUBELET_IN_ANNOTATION, "a NodeClaim, which is replaced with its NodePool's",
         {"claim.yaml", NULL,
          "apiVersion: karpenter.sh/v1\nkind: NodeClaim\nmetadata: {name: a, annotations: {" ANNOTATION_BETA_KUBELET
          ": '{}'}}\n"}),
    BAD(RULE_KARPENTER_UNKNOWN_KIND, "an overlay of v1", {T4_OVER, "karpenter.sh/v1alpha1", "karpenter.sh/v1"}),
    BAD(RULE_UNKNOWN_API_VERSION, "a removed beta version",
        {"old.yaml", NULL, "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\n"}),
    BAD(RULE_UNKNOWN_API_VERSION, "another group of Kubernetes",
        {"old.yaml", NULL, "apiVersion: batch.k8s.io/v1\nkind: Job\nmetadata: {name: a}\n"}),
    BAD(RULE_UNKNOWN_API_VERSION, "a misspelled group",
        {"old.yaml", NULL, "apiVersion: app/v1\nkind: Deployment\nmetadata: {name: a}\n"}),
    GOOD(RULE_UNKNOWN_API_VERSION, "kinds of other projects with the same names",
         {"others.yaml", NULL,
          "apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nmetadata: {name: a}\n---\n"
          "apiVersion: apps.kruise.io/v1alpha1\nkind: DaemonSet\nmetadata: {name: a}\n---\n"
          "apiVersion: apps.kruise.io/v1beta1\nkind: StatefulSet\nmetadata: {name: a}\n"}),
    BAD(RULE_KARPENTER_OLD_NAME, "do-not-evict",
        {"apps.yaml", "metadata: {name: by-hand, namespace: outside}",
         "metadata: {name: by-hand, namespace: outside, annotations: {karpenter.sh/do-not-evict: \"true\"}}"}),
};

TEST(rules__of_nodes__found_where_they_are_broken)
{
    try_cases(cases, ARRAY_SIZE(cases));
}

TEST(rules__of_nodes__each_has_a_case)
{
    expect_all_rules(rules_nodes, cases, ARRAY_SIZE(cases));
}
