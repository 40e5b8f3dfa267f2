/* What the command line says about the node side as people bring it, who run shared GPUs with Karpenter. */
#include "tests/support/check.h"
#include "tests/support/cli.h"

#define AWS   "karpenter.k8s.aws/"
#define TERMS "subnetSelectorTerms: [{tags: {a: b}}], securityGroupSelectorTerms: [{tags: {a: b}}]"
#define CLASS_OF(v, own) \
    "---\napiVersion: " AWS v "\nkind: EC2NodeClass\nmetadata: {name: gpu}\nspec: {role: r, " own TERMS "}\n"
#define CLASS(alias)    CLASS_OF("v1", "amiSelectorTerms: [{alias: " alias "}], ")
#define AL2023          CLASS("al2023@v20260917")
#define IN(key, values) "{key: " key ", operator: In, values: [" values "]}"
#define TYPE(types)     IN("node.kubernetes.io/instance-type", types)
#define FAMILY(family)  IN(AWS "instance-family", family)
#define MEMORY(mib)     IN(AWS "instance-gpu-memory", "\"" mib "\"")
#define ONLY(capacity)  IN("karpenter.sh/capacity-type", capacity)
#define KUBELET_KEY     "compatibility.karpenter.sh/v1beta1-kubelet-conversion"
/* `own` begins with a comma or is "". */
#define POOL_OF(name, own, labels, requirements)                                                                   \
    "---\napiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: " name own "}\nspec:\n  disruption: "      \
    "{consolidationPolicy: WhenEmpty, consolidateAfter: 5m}\n  template:\n    metadata: {labels: {" labels         \
    "}}\n    spec:\n      expireAfter: Never\n      nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, " \
    "name: gpu}\n      taints: [{key: nvidia.com/gpu, effect: NoSchedule}]\n      requirements: [" requirements "]\n"
#define POOL(requirements) POOL_OF("gpu", "", "", requirements)
#define BETA_POOL(name, kubelet)                                                                                  \
    "---\napiVersion: karpenter.sh/v1beta1\nkind: NodePool\nmetadata: {name: " name "}\nspec: {template: {spec: " \
    "{nodeClassRef: {name: gpu}, " kubelet "requirements: [" TYPE("g5.xlarge") "]}}}\n"
#define BETA_CLASS CLASS_OF("v1beta1", "amiFamily: AL2023, ")
#define OVERLAY(requirement, capacity)                                                                    \
    "---\napiVersion: karpenter.sh/v1alpha1\nkind: NodeOverlay\nmetadata: {name: o}\nspec: {weight: 10, " \
    "requirements: [" requirement "], capacity: {" capacity "}}\n"
#define OF_POOL IN("karpenter.sh/nodepool", "gpu")
#define POD                                                                                                      \
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {tolerations: [{key: nvidia.com/gpu, operator: " \
    "Exists}], containers: [{name: c, image: x, resources: {limits: {nvidia.com/gpu: 1}}}]}\n"
#define SHARES_OF(key)                                                                                               \
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ts, namespace: gpu-operator}\ndata:\n  " key ": |\n    " \
    "version: v1\n    sharing: {timeSlicing: {renameByDefault: true, failRequestsGreaterThanOne: true, resources: "  \
    "[{name: nvidia.com/gpu, replicas: 4}]}}\n"
#define SHARES SHARES_OF("any")
#define CONFIG(text)                                                                                         \
    "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ts, namespace: gpu-operator}\ndata:\n  any: |\n" \
    "    " text "\n"
#define PROVISIONER                                                                                             \
    "apiVersion: karpenter.sh/v1alpha5\nkind: Provisioner\nmetadata: {name: gpu}\nspec: {requirements: [" TYPE( \
        "g4dn.xlarge") "], ttlSecondsAfterEmpty: 30}\n"
#define LABELLED                                                                                                     \
    "apiVersion: karpenter.sh/v1beta1\nkind: NodePool\nmetadata: {name: gpu}\nspec: {template: {metadata: {labels: " \
    "{nvidia.com/device-plugin.config: b}}, spec: {nodeClassRef: {name: gpu}, requirements: [" TYPE(                 \
        "g5.xlarge") "]}}}\n" BETA_CLASS
#define TWO_CONFIGS                                                                                                   \
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ts, namespace: gpu-operator}\ndata:\n  a: |\n    "             \
    "sharing: {timeSlicing: {resources: [{name: nvidia.com/gpu, replicas: 4}]}}\n  b: |\n    sharing: {timeSlicing: " \
    "{resources: [{name: nvidia.com/gpu, replicas: 2}]}}\n"
#define UNLABELLED   BETA_POOL("gpu", "") BETA_CLASS
#define DEFAULT(key) "---\ndevicePlugin: {config: {name: ts, default: " key "}}\n"
#define CPU_POOL                                                                                             \
    "---\napiVersion: karpenter.sh/v1beta1\nkind: NodePool\nmetadata: {name: cpu}\nspec: {template: {spec: " \
    "{nodeClassRef: {name: gpu}, requirements: [" TYPE("m5.large") "]}}}\n" BETA_CLASS
/* Provisioner and node template on Bottlerocket. */
#define ROCKET(type, settings)                                                                                                \
    "apiVersion: karpenter.sh/v1alpha5\nkind: Provisioner\nmetadata: {name: gpu}\nspec: {providerRef: {name: br}, "           \
    "requirements: [" TYPE(                                                                                                   \
        type) "]}\n---\napiVersion: " AWS "v1alpha1\nkind: AWSNodeTemplate\nmetadata: {name: br}"                             \
              "\nspec:\n  amiFamily: Bottlerocket\n  instanceProfile: r\n  subnetSelector: {a: b}\n  securityGroupSelector: " \
              "{a: b}\n  userData: |\n    [settings.kubelet-device-plugins.nvidia]\n" settings
#define BOM "\xef\xbb\xbf"

/* clang-format off */
#define MIGRATE  {"migrate", "--cluster", "c", "-"}
#define POLICIES {"migrate", "-o", "policies", "-"}
#define LINT     {"lint", "--no-policies", "-"}
#define MUTATE   {"mutate", "-p", "policies", "-"}

static const struct cli_case cases[] = {
    /* NodePools of v1beta1 that share a node class and have different kubelets: one would lose its settings. */
    {"two kubelets", MIGRATE, BETA_POOL("a", "kubelet: {maxPods: 110}, ") BETA_POOL("b", "kubelet: {maxPods: 20}, ") BETA_CLASS,
     0, {"name: gpu-a\n", "name: gpu-b\n", "EC2NodeClass gpu-b, a copy of gpu"}, {NULL}},
    {"one kubelet, and a pool without", MIGRATE, BETA_POOL("a", "kubelet: {maxPods: 110}, ") BETA_POOL("b", "") BETA_CLASS,
     0, {"name: gpu-a\n", "maxPods: 110", "        name: gpu\n"}, {"name: gpu-b"}},
    {"one kubelet of two pools", MIGRATE,
     BETA_POOL("a", "kubelet: {maxPods: 20}, ") BETA_POOL("b", "kubelet: {maxPods: 20}, ") BETA_CLASS,
     0, {"maxPods: 20"}, {"name: gpu-a", "name: gpu-b"}},
    {"two kubelets, as policies", POLICIES,
     BETA_POOL("a", "kubelet: {maxPods: 110}, ") BETA_POOL("b", "kubelet: {maxPods: 20}, ") BETA_CLASS,
     0, {"maxPods: 110", "maxPods: 20"}, {NULL}},

    /* Scripts that write manifests to files. */
    {"cat <<EOF > file", MIGRATE,
     "#!/bin/bash\ncat <<EOF > gpu.yaml\n" PROVISIONER "EOF\nkubectl apply -f gpu.yaml\n",
     1, {"kind: NodePool", "g4dn.xlarge", "gpu.yaml is read"}, {"not read"}},
    {"cat > file <<EOF", MIGRATE, "cat > gpu.yaml <<'EOF'\n" PROVISIONER "EOF\nkubectl create -f ./gpu.yaml\n",
     1, {"kind: NodePool", "g4dn.xlarge"}, {"not read"}},
    {"tee", MIGRATE, "#!/bin/sh\nsudo tee /etc/gpu.yaml >/dev/null <<EOF\n" PROVISIONER "EOF\n",
     1, {"kind: NodePool", "g4dn.xlarge"}, {"not read"}},
    {"appended to a file", MIGRATE, "cat <<EOF >>all.yaml\n" PROVISIONER "EOF\nkubectl apply -f all.yaml -f rest.yaml\n",
     1, {"kind: NodePool", "rest.yaml is not in the input"}, {NULL}},

    /* Families that are newer than other tables, or than this one. */
    {"g7", LINT, AL2023 POOL(FAMILY("g7")) POD, 0, {"0 errors, 0 warnings"}, {NULL}},
    {"g8", LINT, AL2023 POOL(FAMILY("g8")) POD, 1, {"[instance-type-unknown]"}, {"resource-not-offered"}},
    {"g6f with an overlay", LINT, AL2023 POOL(FAMILY("g6f")) OVERLAY(FAMILY("g6f"), "nvidia.com/gpu: 1") POD,
     0, {"0 errors, 0 warnings"}, {NULL}},
    {"gr6f with an overlay", LINT, AL2023 POOL(TYPE("gr6f.4xlarge")) OVERLAY(OF_POOL, "nvidia.com/gpu: 1") POD,
     0, {"0 errors, 0 warnings"}, {NULL}},
    {"a type of tomorrow", LINT, AL2023 POOL(TYPE("p7.48xlarge")) POD, 1, {"[instance-type-unknown]"}, {"resource-not-offered"}},
    {"g8, as policies", POLICIES, AL2023 POOL(FAMILY("g8")), 1, {"not in the GPU table, so its GPU is not known"}, {NULL}},
    {"g7, as policies", POLICIES, AL2023 POOL(FAMILY("g7")), 0, {"gpu: rtx-pro-4500-blackwell-32gb", "- g7.2xlarge"}, {NULL}},

    /* The values of EC2, not the memory of the boards. */
    {"memory of an H200", LINT, AL2023 POOL(MEMORY("144384")) POD, 0, {"0 errors, 0 warnings"}, {NULL}},
    {"memory of a B200", LINT, AL2023 POOL(MEMORY("183359")) POD, 0, {"0 errors, 0 warnings"}, {NULL}},
    {"memory of an RTX PRO 6000", LINT, AL2023 POOL(MEMORY("98304")) POD, 0, {"0 errors, 0 warnings"}, {NULL}},
    {"memory of a B300", LINT, AL2023 POOL(MEMORY("275040")) POD, 0, {"0 errors, 0 warnings"}, {NULL}},
    {"memory of an H200's board", LINT, AL2023 POOL(MEMORY("143360")) POD, 1, {"[resource-not-offered]"}, {NULL}},
    {"memory of an H200, as policies", POLICIES, AL2023 POOL(MEMORY("144384")), 0, {"gpu: h200-141gb", "- p5en.48xlarge"}, {NULL}},

    /* Policies of today's manifests. */
    {"time-slicing by a label", POLICIES,
     AL2023 POOL_OF("gpu", "", "nvidia.com/device-plugin.config: any", TYPE("g5.xlarge"))
         SHARES OVERLAY(OF_POOL, "nvidia.com/gpu.shared: 4, nvidia.com/gpu: 0"),
     0, {"kind: SlicePool", "replicas: 4\n      rename: true", "gpu: a10g"}, {"whole"}},
    {"an overlay alone", POLICIES, AL2023 POOL(TYPE("g5.xlarge")) OVERLAY(OF_POOL, "nvidia.com/gpu.shared: 4, nvidia.com/gpu: 0"),
     1, {"kind: SlicePool", "replicas: 4\n      rename: true", "needs manual attention"}, {"whole"}},
    {"a built-in MIG layout", POLICIES,
     AL2023 POOL_OF("gpu", "", "nvidia.com/mig.config: all-1g.5gb", TYPE("p4d.24xlarge"))
         OVERLAY(OF_POOL, "nvidia.com/mig-1g.5gb: 56, nvidia.com/gpu: 0"),
     0, {"kind: SlicePool", "1g.5gb: 7", "gpu: a100-40gb"}, {NULL}},
    {"whole GPUs", POLICIES, AL2023 POOL(TYPE("g6e.xlarge")), 0, {"whole: {}", "gpu: l40s"}, {NULL}},
    {"no GPU", POLICIES, AL2023 POOL(TYPE("m5.large")), 1, {"there are no policies"}, {"kind: SlicePool"}},

    /* Reserved capacity of which Karpenter knows nothing. */
    {"reserved alone", LINT, AL2023 POOL(TYPE("p5.48xlarge") ", " ONLY("reserved")), 1, {"[reservation-missing]"}, {NULL}},
    {"a reservation", LINT,
     CLASS_OF("v1", "amiSelectorTerms: [{alias: al2023@v20260917}], capacityReservationSelectorTerms: [{tags: {a: b}}], ")
         POOL(TYPE("p5.48xlarge") ", " ONLY("reserved")),
     0, {"0 errors, 0 warnings"}, {NULL}},

    {"reserved alone, as policies", POLICIES, AL2023 POOL(TYPE("p5.48xlarge") ", " ONLY("reserved")), 1, {"its only capacity is reserved"}, {NULL}},
    {"reserved by a label, as policies", POLICIES, AL2023 POOL_OF("gpu", "", "karpenter.sh/capacity-type: reserved", TYPE("p5.48xlarge")),
     1, {"its only capacity is reserved"}, {NULL}},
    {"no terms, as policies", POLICIES,
     CLASS_OF("v1", "amiSelectorTerms: [{alias: al2023@v20260917}], capacityReservationSelectorTerms: [], ")
         POOL(TYPE("p5.48xlarge") ", " ONLY("reserved")),
     1, {"its only capacity is reserved"}, {NULL}},
    {"a reservation, as policies", POLICIES,
     CLASS_OF("v1", "amiSelectorTerms: [{alias: al2023@v20260917}], capacityReservationSelectorTerms: [{tags: {a: b}}], ")
         POOL(TYPE("p5.48xlarge") ", " ONLY("reserved")),
     0, {"capacityReservationSelectorTerms:"}, {"only capacity"}},
    {"reserved or on demand, as policies", POLICIES, AL2023 POOL(TYPE("p5.48xlarge") ", " ONLY("reserved, on-demand")), 0, {"- reserved"}, {"only capacity"}},

    /* Byte order marks, as editors of Windows write them. */
    {"lint, a byte order mark", LINT, BOM "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", 0, {"1 file, 1 object"}, {"not YAML"}},
    {"migrate, a byte order mark", MIGRATE, BOM "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", 0, {"kind: Namespace"}, {BOM}},
    {"mutate, a byte order mark", MUTATE, BOM "apiVersion: v1\r\nkind: Pod\r\nmetadata: {name: a}\r\nspec: {containers: [{name: c}]}\r\n",
     0, {"kind: Pod"}, {BOM}},
    {"a byte order mark in front of JSON", MIGRATE, BOM "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\"}}",
     0, {"kind: Namespace"}, {BOM}},
    {"a byte order mark in front of a later document", MIGRATE, "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n" BOM PROVISIONER,
     1, {"kind: NodePool"}, {BOM}},

    /* Templates, and placeholders in values. */
    {"lint, a Helm template", LINT, "{{- if .Values.gpu }}\n" POOL(TYPE("g5.xlarge")) "{{- end }}\n", 0, {"2 documents are templates"}, {NULL}},
    {"migrate, a Helm template", MIGRATE, "{{- if .Values.gpu }}\n" POOL(TYPE("g5.xlarge")) "{{- end }}\n", 2, {"render it (helm template)"}, {NULL}},
    {"lint, a placeholder", LINT, CLASS("\"al2023@${ami_version}\""), 0, {"[field-placeholder]"}, {"field-invalid"}},
    {"migrate, a placeholder", MIGRATE, CLASS("\"al2023@${ami_version}\""), 1, {"holds ${ami_version}"}, {NULL}},
    {"policies, a placeholder", POLICIES, CLASS("\"al2023@${ami_version}\"") POOL(TYPE("g5.xlarge")), 1, {"holds ${ami_version}"}, {NULL}},
    {"lint, a placeholder for a type", LINT, AL2023 POOL(TYPE("\"${TYPE}\"")) POD, 1, {"[instance-type-unknown]"}, {"resource-not-offered"}},
    {"Terraform", MIGRATE, "resource \"kubectl_manifest\" \"a\" {\n  yaml_body = <<-Y\n    kind: NodePool\n  Y\n}\n",
     2, {"is Terraform, not a manifest"}, {"not YAML"}},

    /* Configurations that cannot be read: the pools that they are for would get no NodeOverlay. */
    {"a layout with a placeholder", MIGRATE, CONFIG("mig-configs: {a: [{devices: all, mig-enabled: ${ON}}]}"),
     1, {":6:3: data.any: needs manual attention: is not read: it is a template"}, {NULL}},
    {"a layout with a bracket too few", MIGRATE, CONFIG("mig-configs: {a: [{devices: all, mig-enabled: true}"),
     1, {"data.any: needs manual attention: is not read: line "}, {NULL}},
    {"a bracket too few, as policies", POLICIES, CONFIG("flags: {migStrategy: mixed") AL2023 POOL(TYPE("g5.xlarge")),
     1, {"data.any: needs manual attention: is not read: line "}, {NULL}},
    {"a label for a configuration that is not in the input", MIGRATE, LABELLED, 1,
     {"no NodeOverlay for NodePool gpu: the input has no configuration with the key"}, {NULL}},
    {"a label for another configuration", MIGRATE, LABELLED "---\n" CONFIG("sharing: {timeSlicing: {}}"), 1,
     {"no NodeOverlay for NodePool gpu: the input has no configuration with the key"}, {NULL}},
    {"a label for a configuration that cannot be read, as policies", POLICIES, LABELLED, 1,
     {"no SlicePool for NodePool gpu: the input has no configuration with the key"}, {"kind: SlicePool"}},
    {"a label for a configuration", MIGRATE,
     LABELLED "---\n" SHARES_OF("b"), 0, {"nvidia.com/gpu.shared: 4"}, {"no NodeOverlay"}},
    {"two configurations to choose from", MIGRATE, TWO_CONFIGS UNLABELLED, 1, {"there are 2 sharing configurations"}, {NULL}},
    {"two configurations and a pool without GPUs", MIGRATE, TWO_CONFIGS CPU_POOL, 0, {"kind: NodePool"}, {"sharing configurations"}},
    {"two configurations to choose from, as policies", POLICIES, TWO_CONFIGS UNLABELLED, 1, {"there are 2 sharing configurations"}, {NULL}},
    {"two configurations and the operator's default, as policies", POLICIES, TWO_CONFIGS DEFAULT("b") UNLABELLED,
     1, {"replicas: 2", "gpu: a10g"}, {"whole"}},
    {"a default that is not in the input, as policies", POLICIES, TWO_CONFIGS DEFAULT("c") UNLABELLED,
     1, {"no SlicePool for NodePool gpu: the input has no configuration with the key"}, {"kind: SlicePool"}},
    {"a script about a layout", MIGRATE, CONFIG("#!/bin/sh\n    echo [ mig-configs"), 0, {"kind: ConfigMap"}, {"not read"}},
    {"a broken text about something else", MIGRATE, CONFIG("a: [b"), 0, {"kind: ConfigMap"}, {"not read"}},

    /* Lists whose items have no kind, as kubectl get --raw prints them. */
    {"a ProvisionerList", MIGRATE,
     "{\"apiVersion\":\"karpenter.sh/v1alpha5\",\"kind\":\"ProvisionerList\",\"items\":[{\"metadata\":{\"name\":\"gpu\"},"
     "\"spec\":{\"ttlSecondsAfterEmpty\":30}}]}",
     1, {"kind: NodePool", "consolidateAfter: 30s"}, {"ttlSecondsAfterEmpty: 30"}},
    {"an AWSNodeTemplateList", MIGRATE,
     "apiVersion: " AWS "v1alpha1\nkind: AWSNodeTemplateList\nitems:\n- metadata: {name: t}\n  spec: {instanceProfile: r, "
     "amiFamily: Bottlerocket, subnetSelector: {a: b}, securityGroupSelector: {a: b}}\n",
     0, {"kind: EC2NodeClass", "alias: bottlerocket@latest"}, {NULL}},
    {"a NodePoolList of v1beta1", MIGRATE,
     "apiVersion: karpenter.sh/v1beta1\nkind: NodePoolList\nitems:\n- metadata: {name: a}\n  spec: {template: {spec: "
     "{nodeClassRef: {name: gpu}, kubelet: {maxPods: 9}, requirements: [" TYPE("g5.xlarge") "]}}}\n" BETA_CLASS,
     0, {"apiVersion: karpenter.sh/v1\n", "maxPods: 9"}, {NULL}},
    {"a PodList", MIGRATE,
     "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a, annotations: {karpenter.sh/do-not-evict: \"true\"}}\n",
     0, {"kind: Pod\n", "karpenter.sh/do-not-disrupt"}, {"kind: PodList"}},

    /* The user data of Bottlerocket. By default it renames what it shares. */
    {"time-slicing of Bottlerocket", MIGRATE,
     ROCKET("g5.xlarge", "    device-sharing-strategy = \"time-slicing\"\n"
                         "    [settings.kubelet-device-plugins.nvidia.time-slicing]\n    replicas = 4\n"),
     0, {"kind: NodeOverlay", "nvidia.com/gpu.shared: 4"}, {NULL}},
    {"MPS of Bottlerocket, by its defaults", MIGRATE, ROCKET("g5.xlarge", "    device-sharing-strategy = \"mps\"\n"),
     0, {"kind: NodeOverlay", "nvidia.com/gpu.shared: 2"}, {NULL}},
    {"time-slicing of Bottlerocket, not renamed", MIGRATE,
     ROCKET("g4dn.12xlarge", "    device-sharing-strategy = \"time-slicing\"\n    [settings.kubelet-device-plugins.nvidia."
                             "time-slicing]\n    replicas = 3 # each\n    rename-by-default = false\n"),
     0, {"kind: NodeOverlay", "nvidia.com/gpu: 12"}, {"gpu.shared"}},
    {"MIG of Bottlerocket", MIGRATE,
     ROCKET("p4d.24xlarge", "    device-partitioning-strategy = \"mig\"\n    [settings.kubelet-device-plugins.nvidia.mig."
                            "profile]\n    \"a100.40gb\" = \"1g.5gb\"\n"),
     0, {"kind: NodeOverlay", "nvidia.com/gpu: 56"}, {NULL}},
    {"MPS of Bottlerocket, as policies", POLICIES, ROCKET("g5.xlarge", "    device-sharing-strategy = \"mps\"\n"),
     0, {"mps:\n      replicas: 2\n      rename: true", "amiFamily: Bottlerocket"}, {NULL}},

    /* Kubelet settings that Karpenter 1.0 put into an annotation, where later versions do not read them. */
    {"a kubelet in an annotation", MIGRATE,
     AL2023 POOL_OF("gpu", ", annotations: {" KUBELET_KEY ": '{\"maxPods\": 20}'}", "", TYPE("g5.xlarge")),
     0, {"  kubelet:\n    maxPods: 20", "the annotation is dropped"}, {NULL}},
    {"lint, a kubelet in an annotation", LINT,
     AL2023 POOL_OF("gpu", ", annotations: {" KUBELET_KEY ": '{\"maxPods\": 20}'}", "", TYPE("g5.xlarge")),
     1, {"[kubelet-in-annotation]"}, {NULL}},
    {"two kubelets in annotations", MIGRATE,
     AL2023 POOL_OF("a", ", annotations: {" KUBELET_KEY ": '{\"maxPods\": 20}'}", "", TYPE("g5.xlarge"))
         POOL_OF("b", ", annotations: {" KUBELET_KEY ": '{\"maxPods\": 30}'}", "", TYPE("g5.xlarge")),
     0, {"name: gpu-a\n", "name: gpu-b\n"}, {NULL}},
    {"a kubelet in an annotation, as policies", POLICIES,
     AL2023 POOL_OF("gpu", ", annotations: {" KUBELET_KEY ": '{\"maxPods\": 20}'}", "", TYPE("g5.xlarge")),
     0, {"kind: SlicePool", "maxPods: 20"}, {NULL}},
};
/* clang-format on */

TEST(commands__node_side_as_people_bring_it__what_is_right)
{
    cli_check_cases(cases, ARRAY_SIZE(cases));
}
