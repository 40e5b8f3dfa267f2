/* Selectors of pods that no node of their class can meet: what the warnings say, and when there is none. */
#include "tests/support/check.h"
#include "tests/support/engine_fixture.h"

#define POLICIES                                                                                            \
    GUIDE_POLICY                                                                                            \
    "---\n" API "kind: SlicePool\nmetadata: {name: zoned}\n"                                                \
    "spec: {gpu: l4, sharing: {timeSlicing: {replicas: 2}}, nodes: {instanceTypes: [g6.xlarge], "           \
    "zones: [us-east-1a], capacityTypes: [spot], labels: {nvidia.com/gpu.product: NVIDIA-L4}}}\n"           \
    "---\n" API "kind: SlicePool\nmetadata: {name: elsewhere}\n"                                            \
    "spec: {gpu: l4, sharing: {timeSlicing: {replicas: 2}}, nodes: {nodeClass: {group: eks.amazonaws.com, " \
    "kind: NodeClass, name: default}}}\n"                                                                   \
    "---\n" API "kind: SliceClass\nmetadata: {name: zoned}\nspec: {pools: [zoned]}\n"                       \
    "---\n" API "kind: SliceClass\nmetadata: {name: elsewhere}\nspec: {pools: [elsewhere]}\n"               \
    "---\n" API "kind: SliceClass\nmetadata: {name: two}\nspec: {pools: [t4-thirds, zoned]}\n"              \
    "---\n" API "kind: SlicePolicy\nmetadata: {name: a}\n"                                                  \
    "spec: {priority: 9, classes: {allowed: [\"*\"], default: t4-third}}\n"
#define ASKS                      "\"containers\":[{\"name\":\"c\",\"resources\":{\"limits\":{\"nvidia.com/gpu\":\"1\"}}}]"
#define NAMED(name)               "\"metadata\":{\"annotations\":{\"gpuslice.dev/class\":\"" name "\"}},"
#define SELECTS(name, key, value) "{" NAMED(name) "\"spec\":{\"nodeSelector\":{\"" key "\":\"" value "\"}," ASKS "}}"
#define TERMS(name, terms)                                                                                          \
    "{" NAMED(name) "\"spec\":{\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":" \
                    "{\"nodeSelectorTerms\":[" terms "]}}}," ASKS "}}"
#define TERM(key, op, values) "{\"matchExpressions\":[{\"key\":\"" key "\",\"operator\":\"" op "\"" values "}]}"
#define VALUES(list)          ",\"values\":[" list "]"
#define GPU_NAME              "karpenter.k8s.aws/instance-gpu-name"
#define INJECTED              "injected [injected]\n"
#define UNMET(class_name, selector, offer) \
    INJECTED "remove the selector " selector ": nodes of class " class_name " " offer "\n"
#define LACK "lack it"

TEST(selectors__no_node_can_meet_them__one_warning_each)
{
    static const struct decided_row rows[] = {
        {"another GPU", "ml", SELECTS("t4-third", GPU_NAME, "a100"), UNMET("t4-third", GPU_NAME " a100", "have t4")},
        {"another count", "ml", SELECTS("a100-1g5gb", "karpenter.k8s.aws/instance-gpu-count", "1"),
         UNMET("a100-1g5gb", "karpenter.k8s.aws/instance-gpu-count 1", "have 8")},
        {"another manufacturer", "ml", SELECTS("t4-third", "karpenter.k8s.aws/instance-gpu-manufacturer", "amd"),
         UNMET("t4-third", "karpenter.k8s.aws/instance-gpu-manufacturer amd", "have nvidia")},
        {"another type", "ml", SELECTS("zoned", "node.kubernetes.io/instance-type", "g6.48xlarge"),
         UNMET("zoned", "node.kubernetes.io/instance-type g6.48xlarge", "have g6.xlarge")},
        {"the same by its old name", "ml", SELECTS("zoned", "beta.kubernetes.io/instance-type", "g6.48xlarge"),
         UNMET("zoned", "beta.kubernetes.io/instance-type g6.48xlarge", "have g6.xlarge")},
        {"another family", "ml", SELECTS("t4-third", "karpenter.k8s.aws/instance-family", "p4d"),
         UNMET("t4-third", "karpenter.k8s.aws/instance-family p4d", "have g4dn")},
        {"another architecture", "ml", SELECTS("t4-third", "kubernetes.io/arch", "arm64"),
         UNMET("t4-third", "kubernetes.io/arch arm64", "have amd64")},
        {"another NodePool", "ml", SELECTS("t4-third", "karpenter.sh/nodepool", "gpu"),
         INJECTED "check the selector karpenter.sh/nodepool gpu: rendered nodes of class t4-third have t4-thirds\n"},
        {"a Provisioner", "ml", SELECTS("t4-third", "karpenter.sh/provisioner-name", "gpu"),
         UNMET("t4-third", "karpenter.sh/provisioner-name gpu", LACK)},
        {"a zone", "ml", SELECTS("zoned", "topology.kubernetes.io/zone", "us-east-1b"),
         UNMET("zoned", "topology.kubernetes.io/zone us-east-1b", "have us-east-1a")},
        {"a capacity type", "ml", SELECTS("zoned", "karpenter.sh/capacity-type", "on-demand"),
         UNMET("zoned", "karpenter.sh/capacity-type on-demand", "have spot")},
        {"GKE", "ml", SELECTS("t4-third", "cloud.google.com/gke-accelerator", "nvidia-tesla-t4"),
         UNMET("t4-third", "cloud.google.com/gke-accelerator nvidia-tesla-t4", LACK)},
        {"managed nodes of EKS", "ml", SELECTS("t4-third", "eks.amazonaws.com/nodegroup", "gpu"),
         UNMET("t4-third", "eks.amazonaws.com/nodegroup gpu", LACK)},
        {"EKS Auto Mode", "ml", SELECTS("t4-third", "eks.amazonaws.com/instance-gpu-name", "t4"),
         UNMET("t4-third", "eks.amazonaws.com/instance-gpu-name t4", LACK)},
        {"a discovered label", "ml", SELECTS("t4-third", "nvidia.com/gpu.product", "Tesla-T4"),
         UNMET("t4-third", "nvidia.com/gpu.product Tesla-T4", "get it too late for Karpenter")},
        {"another product than the pool declares", "ml", SELECTS("zoned", "nvidia.com/gpu.product", "Tesla-T4"),
         UNMET("zoned", "nvidia.com/gpu.product Tesla-T4", "have NVIDIA-L4")},
        {"all pools of a class", "ml", SELECTS("two", GPU_NAME, "a100"), UNMET("two", GPU_NAME " a100", "have t4, l4")},
        {"in all terms", "ml",
         TERMS("t4-third",
               TERM(GPU_NAME, "In", VALUES("\"a100\",\"v100\"")) "," TERM(GPU_NAME, "NotIn", VALUES("\"t4\""))),
         UNMET("t4-third", GPU_NAME " In a100 ...", "have t4")},
        {"Exists", "ml", TERMS("t4-third", TERM("nvidia.com/gpu.present", "Exists", "")),
         UNMET("t4-third", "nvidia.com/gpu.present Exists", "get it too late for Karpenter")},
        {"Gt", "ml", TERMS("t4-third", TERM("karpenter.k8s.aws/instance-gpu-memory", "Gt", VALUES("\"40000\""))),
         UNMET("t4-third", "karpenter.k8s.aws/instance-gpu-memory Gt 40000", "have 16384")},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(POLICIES, GUIDE_NAMESPACES);
    check_decided(&fixture, rows, ARRAY_SIZE(rows));
}

TEST(selectors__some_node_may_meet_them__no_warning)
{
    static const struct decided_row rows[] = {
        {"the GPU", "ml", SELECTS("t4-third", GPU_NAME, "t4"), INJECTED},
        {"of one of two pools", "ml", SELECTS("two", GPU_NAME, "l4"), INJECTED},
        {"the pool", "ml", SELECTS("two", "karpenter.sh/nodepool", "zoned"), INJECTED},
        {"the type", "ml", SELECTS("t4-third", "node.kubernetes.io/instance-type", "g4dn.12xlarge"), INJECTED},
        {"any zone", "ml", SELECTS("t4-third", "topology.kubernetes.io/zone", "us-east-1b"), INJECTED},
        {"a declared label", "ml", SELECTS("zoned", "nvidia.com/gpu.product", "NVIDIA-L4"), INJECTED},
        {"a label of one's own", "ml", SELECTS("t4-third", "example.com/team", "ml"), INJECTED},
        {"a provider of which nothing is known", "ml",
         SELECTS("elsewhere", "eks.amazonaws.com/instance-gpu-name", "t4"), INJECTED},
        {"its instance types", "ml", SELECTS("elsewhere", "node.kubernetes.io/instance-type", "a"), INJECTED},
        {"one term of two", "ml",
         TERMS("t4-third", TERM(GPU_NAME, "In", VALUES("\"a100\"")) "," TERM(GPU_NAME, "In", VALUES("\"t4\""))),
         INJECTED},
        {"another key in the second term", "ml",
         TERMS("t4-third", TERM(GPU_NAME, "In", VALUES("\"a100\"")) "," TERM("example.com/a", "Exists", "")), INJECTED},
        {"NotIn", "ml", TERMS("t4-third", TERM(GPU_NAME, "NotIn", VALUES("\"a100\""))), INJECTED},
        {"DoesNotExist", "ml", TERMS("t4-third", TERM("karpenter.sh/provisioner-name", "DoesNotExist", "")), INJECTED},
        {"an operator of a newer version", "ml", TERMS("t4-third", TERM(GPU_NAME, "Near", VALUES("\"a100\""))),
         INJECTED},
    };
    AUTO(engine_fixture) fixture = engine_fixture_make(POLICIES, GUIDE_NAMESPACES);
    check_decided(&fixture, rows, ARRAY_SIZE(rows));
}
