/* spec.nodes of a SlicePool: mistakes with their positions, the defaults, and what follows from the pool's GPU. */
#include "tests/support/policy_fixture.h"

/* clang-format off */
static const struct broken broken_nodes[] = {
{"unknown field",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {instanceType: [g4dn.xlarge]}}",
"p.yaml:4:64: spec.nodes.instanceType: unknown field \"instanceType\"; did you mean \"instanceTypes\"?\n"},
{"instance type of another GPU",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {instanceTypes: [g4dn.xlarge, g5.xlarge]}}",
"p.yaml:4:93: spec.nodes.instanceTypes[1]: \"g5.xlarge\" has another GPU; those with the t4 are g4dn.xlarge, g4dn.2xlarge, g4dn.4xlarge, g4dn.8xlarge, g4dn.16xlarge, g4dn.12xlarge, g4dn.metal\n"},
{"instance type mistyped",
"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}, nodes: {instanceTypes: [p4d.24xlrge]}}",
"p.yaml:4:87: spec.nodes.instanceTypes[0]: \"p4d.24xlrge\" is not in the GPU table, so its GPUs are not known; those with the a100-40gb are p4d.24xlarge\n"},
{"instance type that is unknown",
"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}, nodes: {instanceTypes: [p9.48xlarge]}}",
"p.yaml:4:87: spec.nodes.instanceTypes[0]: \"p9.48xlarge\" is not in the GPU table, so its GPUs are not known; those with the a100-40gb are p4d.24xlarge\n"},
{"instance type of a family without GPUs",
"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}, nodes: {instanceTypes: [m7i-flex.large, g4ad.xlarge]}}",
"p.yaml:4:87: spec.nodes.instanceTypes[0]: \"m7i-flex.large\" has no NVIDIA GPU; those with the a100-40gb are p4d.24xlarge\n"
"p.yaml:4:103: spec.nodes.instanceTypes[1]: \"g4ad.xlarge\" has no NVIDIA GPU; those with the a100-40gb are p4d.24xlarge\n"},
{"instance type with a share of another GPU",
"{gpu: h100-80gb, sharing: {whole: {}}, nodes: {instanceTypes: [gr6f.4xlarge]}}",
"p.yaml:4:70: spec.nodes.instanceTypes[0]: \"gr6f.4xlarge\" has another GPU; those with the h100-80gb are p5.4xlarge, p5.48xlarge\n"},
{"instance types with different shares of a GPU",
"{gpu: l4, sharing: {whole: {}}, nodes: {instanceTypes: [g6f.large, g6f.xlarge, g6f.2xlarge]}}",
"p.yaml:4:62: spec.nodes.instanceTypes: leaves g6f.large (2861 MiB) and g6f.2xlarge (5722 MiB), whose slices would differ; instanceTypes must name types of one kind\n"},
{"instance types with whole GPUs and with a share",
"{gpu: l4, sharing: {timeSlicing: {replicas: 2}}, nodes: {instanceTypes: [gr6f.4xlarge, g6.xlarge]}}",
"p.yaml:4:79: spec.nodes.instanceTypes: leaves g6.xlarge (whole GPUs) and gr6f.4xlarge (11444 MiB), whose slices would differ; instanceTypes must name types of one kind\n"},
{"requirements that leave different shares of a GPU",
"{gpu: l4, sharing: {whole: {}}, nodes: {requirements: [{key: karpenter.k8s.aws/instance-family, operator: In, values: [g6f]}]}}",
"p.yaml:4:61: spec.nodes.requirements: leaves g6f.large (2861 MiB) and g6f.2xlarge (5722 MiB), whose slices would differ; instanceTypes must name types of one kind\n"},
{"MPS on a share of a GPU",
"{gpu: l4, sharing: {mps: {replicas: 2}}, nodes: {instanceTypes: [g6f.4xlarge]}}",
"p.yaml:4:71: spec.nodes.instanceTypes: leaves g6f.4xlarge, which has a share of one GPU: it is not known whether MPS works there; use whole or timeSlicing\n"},
{"MIG on a share of a GPU",
"{gpu: l4, sharing: {mig: {layout: {1g.5gb: 1}}}, nodes: {instanceTypes: [g6f.4xlarge]}}",
"p.yaml:4:27: spec.sharing.mig: the l4 has no MIG; these have: a100-40gb, a100-80gb, h100-80gb, h100-64gb, h100-94gb, h100-96gb, h200-141gb, gh200-144gb, b200-180gb, gb200-186gb, b300-269gb, gb300-278gb, a30-24gb, rtx-pro-6000-blackwell-96gb, rtx-pro-5000-blackwell-48gb, rtx-pro-4500-blackwell-32gb\n"},
{"instance types empty",
"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}, nodes: {instanceTypes: []}}",
"p.yaml:4:86: spec.nodes.instanceTypes: is empty, must name at least one; without the field it is all with the pool's GPU\n"},
{"instance type for a GPU that AWS does not have",
"{gpu: a30-24gb, sharing: {whole: {}}, nodes: {instanceTypes: [p4d.24xlarge]}}",
"p.yaml:4:69: spec.nodes.instanceTypes[0]: \"p4d.24xlarge\" has another GPU; the table has no instance type with the a30-24gb\n"},
{"arch that the type does not have",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {instanceTypes: [g4dn.xlarge], arch: [arm64]}}",
"p.yaml:4:80: spec.nodes.instanceTypes[0]: \"g4dn.xlarge\" is amd64, which arch leaves out\n"},
{"arch that no type has",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {arch: [arm64]}}",
"p.yaml:4:70: spec.nodes.arch: leaves no instance type with the t4, of which there are g4dn.xlarge, g4dn.2xlarge, g4dn.4xlarge, g4dn.8xlarge, g4dn.16xlarge, g4dn.12xlarge, g4dn.metal\n"},
{"arch unknown",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {arch: [x86_64]}}",
"p.yaml:4:71: spec.nodes.arch[0]: is \"x86_64\", must be amd64 or arm64\n"},
{"arch empty",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {arch: []}}",
"p.yaml:4:70: spec.nodes.arch: is empty, must be amd64, arm64 or both; without the field it is what the instance types are\n"},
{"requirements that leave no type",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {requirements: [{key: karpenter.k8s.aws/instance-gpu-count, operator: Gt, values: [\"8\"]}]}}",
"p.yaml:4:78: spec.nodes.requirements: leaves no instance type with the t4, of which there are g4dn.xlarge, g4dn.2xlarge, g4dn.4xlarge, g4dn.8xlarge, g4dn.16xlarge, g4dn.12xlarge, g4dn.metal\n"},
{"requirement of a restricted key",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {requirements: [{key: karpenter.sh/nodepool, operator: Exists}]}}",
"p.yaml:4:85: spec.nodes.requirements[0].key: \"karpenter.sh/nodepool\" cannot be required of a NodePool: keys of karpenter.sh are Karpenter's own\n"},
{"requirement of an unknown aws key",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {requirements: [{key: karpenter.k8s.aws/instance-gpus, operator: Exists}]}}",
"p.yaml:4:85: spec.nodes.requirements[0].key: \"karpenter.k8s.aws/instance-gpus\" cannot be required of a NodePool: Karpenter knows no such key of karpenter.k8s.aws, and takes no others; did you mean karpenter.k8s.aws/instance-cpu?\n"},
{"requirement of a misspelt aws key",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {requirements: [{key: karpenter.k8s.aws/placement-group-idd, operator: Exists}]}}",
"p.yaml:4:85: spec.nodes.requirements[0].key: \"karpenter.k8s.aws/placement-group-idd\" cannot be required of a NodePool: Karpenter knows no such key of karpenter.k8s.aws, and takes no others; did you mean karpenter.k8s.aws/placement-group-id?\n"},
{"requirement of an aws key that is near no other",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {requirements: [{key: karpenter.k8s.aws/colour, operator: Exists}]}}",
"p.yaml:4:85: spec.nodes.requirements[0].key: \"karpenter.k8s.aws/colour\" cannot be required of a NodePool: Karpenter knows no such key of karpenter.k8s.aws, and takes no others\n"},
{"requirement without operator",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {requirements: [{key: a}]}}",
"p.yaml:4:79: spec.nodes.requirements[0]: field \"operator\" is missing\n"},
{"capacity type mistyped",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {capacityTypes: [ondemand]}}",
"p.yaml:4:80: spec.nodes.capacityTypes[0]: is \"ondemand\", must be on-demand, spot or reserved\n"},
{"capacity types empty",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {capacityTypes: []}}",
"p.yaml:4:79: spec.nodes.capacityTypes: is empty, must name at least one; without the field it is on-demand\n"},
{"zone without its letter",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {zones: [eu-central-1a, eu-central-1]}}",
"p.yaml:4:87: spec.nodes.zones[1]: is \"eu-central-1\", must be a zone, such as eu-central-1a (a region followed by a letter)\n"},
{"zone id",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {zones: [use1-az1]}}",
"p.yaml:4:72: spec.nodes.zones[0]: is \"use1-az1\", must be a zone, such as eu-central-1a (a region followed by a letter)\n"},
{"zones empty",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {zones: []}}",
"p.yaml:4:71: spec.nodes.zones: is empty, must name at least one; without the field it is any\n"},
{"limit below a node",
"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}, nodes: {limits: {slices: 55}}}",
"p.yaml:4:88: spec.nodes.limits.slices: is 55, must be at least 56, which a p4d.24xlarge has; with a lower limit Karpenter launches no node\n"},
{"limit of slices below the smallest node",
"{gpu: h100-80gb, sharing: {mig: {strategy: single, layout: {1g.10gb: 7}}}, nodes: {limits: {slices: 6}}}",
"p.yaml:4:107: spec.nodes.limits.slices: is 6, must be at least 7, which a p5.4xlarge has; with a lower limit Karpenter launches no node\n"},
{"one limit for several profiles",
"{gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}}}, nodes: {limits: {slices: 64}}}",
"p.yaml:4:113: spec.nodes.limits.slices: must say how many of which profile, such as {1g.10gb: 16, 2g.20gb: 8, 3g.40gb: 8}\n"},
{"limit of a profile that is not in the layout",
"{gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}}}, nodes: {limits: {slices: {1g.10gb: 16, 7g.80gb: 8}}}}",
"p.yaml:4:127: spec.nodes.limits.slices[\"7g.80gb\"]: \"7g.80gb\" is not a profile that the pool's nodes offer\n"},
{"limit by profile without MIG",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {limits: {slices: {1g.5gb: 16}}}}",
"p.yaml:4:82: spec.nodes.limits.slices[\"1g.5gb\"]: \"1g.5gb\" is not a profile that the pool's nodes offer\n"},
{"limit a word",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {limits: {slices: many}}}",
"p.yaml:4:81: spec.nodes.limits.slices: is a string, must be an integer\n"},
{"limits that are not positive quantities",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {limits: {cpu: 4x, memory: 0, nodes: 0}}}",
"p.yaml:4:78: spec.nodes.limits.cpu: is \"4x\", must be a quantity above zero, such as 400 or 4Ti\n"
"p.yaml:4:90: spec.nodes.limits.memory: is \"0\", must be a quantity above zero, such as 400 or 4Ti\n"
"p.yaml:4:100: spec.nodes.limits.nodes: is 0, must be between 1 and 2147483647\n"},
{"limit of a resource by name",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {limits: {nvidia.com/gpu: 3}}}",
"p.yaml:4:73: spec.nodes.limits[\"nvidia.com/gpu\"]: unknown field \"nvidia.com/gpu\"; known are slices, cpu, memory, nodes\n"},
{"consolidation unknown",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {disruption: {consolidationPolicy: WhenUnderutilized, consolidateAfter: 5 minutes}}}",
"p.yaml:4:98: spec.nodes.disruption.consolidationPolicy: is \"WhenUnderutilized\", must be WhenEmpty, WhenEmptyOrUnderutilized or Balanced\n"
"p.yaml:4:135: spec.nodes.disruption.consolidateAfter: is \"5 minutes\", must be a duration of s, m and h, such as 5m, or Never\n"},
{"budget without nodes",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {disruption: {budgets: [{reasons: [Empty, Expired], schedule: daily}]}}}",
"p.yaml:4:87: spec.nodes.disruption.budgets[0]: field \"nodes\" is missing\n"
"p.yaml:4:87: spec.nodes.disruption.budgets[0]: has only one of schedule and duration, must have both or none\n"
"p.yaml:4:105: spec.nodes.disruption.budgets[0].reasons[1]: is \"Expired\", must be Underutilized, Empty or Drifted\n"
"p.yaml:4:125: spec.nodes.disruption.budgets[0].schedule: is \"daily\", must be a cron schedule, such as \"0 9 * * mon-fri\" or @daily\n"},
{"budget of 200%",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {disruption: {budgets: [{nodes: \"200%\", schedule: \"@daily\", duration: 8h}]}}}",
"p.yaml:4:95: spec.nodes.disruption.budgets[0].nodes: is \"200%\", must be a number of nodes or a percentage, such as \"1\" or \"10%\"\n"},
{"expiry without unit",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {expireAfter: \"720\", terminationGracePeriod: Never}}",
"p.yaml:4:77: spec.nodes.expireAfter: is \"720\", must be a duration of s, m and h, such as 5m, or Never\n"
"p.yaml:4:108: spec.nodes.terminationGracePeriod: is \"Never\", must be a duration of s, m and h, such as 30m\n"},
{"weight",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {weight: 101}}",
"p.yaml:4:72: spec.nodes.weight: is 101, must be between 1 and 100\n"},
{"label restricted",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {labels: {karpenter.sh/nodepool: a, kubernetes.io/hostname: b, karpenter.k8s.aws/colour: c, team: d}}}",
"p.yaml:4:73: spec.nodes.labels[\"karpenter.sh/nodepool\"]: cannot be set: keys of karpenter.sh are Karpenter's own\n"
"p.yaml:4:99: spec.nodes.labels[\"kubernetes.io/hostname\"]: cannot be set: Karpenter refuses kubernetes.io/hostname, because a node has no host name until it exists\n"
"p.yaml:4:126: spec.nodes.labels[\"karpenter.k8s.aws/colour\"]: cannot be set: Karpenter knows no such key of karpenter.k8s.aws, and takes no others\n"},
{"label that is rendered",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {labels: {nvidia.com/mig.config: a, gpuslice.dev/pool: b}}}",
"p.yaml:4:73: spec.nodes.labels[\"nvidia.com/mig.config\"]: cannot be set: it is rendered from spec.sharing\n"
"p.yaml:4:99: spec.nodes.labels[\"gpuslice.dev/pool\"]: cannot be set: it is among spec.labels already\n"},
{"label value",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {labels: {team: \"a b\"}}}",
"p.yaml:4:79: spec.nodes.labels.team: \"a b\" is not a label value; it must consist of letters, digits, '-', '_' and "
"'.'\n"},
{"taint twice",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: a, effect: NoSchedule}, {key: a, value: b, effect: NoSchedule}]}}",
"p.yaml:4:103: spec.nodes.taints[1]: a taint with key a and effect NoSchedule is in the list already; a node has only one of them\n"},
{"taint of the pool",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: nvidia.com/gpu, effect: NoSchedule}]}}",
"p.yaml:4:73: spec.nodes.taints[0]: a taint nvidia.com/gpu:NoSchedule is already in this pool; must have another key or effect\n"},
{"taint of Karpenter",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: karpenter.sh/disrupted, effect: NoSchedule}]}}",
"p.yaml:4:73: spec.nodes.taints[0]: the pods of the pool's classes must not tolerate the taint karpenter.sh/disrupted: Karpenter sets and removes it itself, and never drains a pod that tolerates it\n"},
{"taint of a node that has failed",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: node.kubernetes.io/not-ready, effect: NoExecute}]}}",
"p.yaml:4:73: spec.nodes.taints[0]: the pods of the pool's classes must not tolerate the taint node.kubernetes.io/not-ready: Kubernetes sets and removes it itself, and the pods of the classes would stay on a node that has failed\n"},
{"taint of the cloud",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: node.cloudprovider.kubernetes.io/uninitialized, effect: NoSchedule}]}}",
"p.yaml:4:73: spec.nodes.taints[0]: the pods of the pool's classes must not tolerate the taint node.cloudprovider.kubernetes.io/uninitialized: the cloud provider sets and removes it itself\n"},
{"taint of readiness",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: readiness.k8s.io/network, effect: NoSchedule}]}}",
"p.yaml:4:73: spec.nodes.taints[0]: the pods of the pool's classes must not tolerate the taint readiness.k8s.io/network: it is removed when the node is ready; must be in nodes.startupTaints\n"},
{"taint of an agent",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: ebs.csi.aws.com/agent-not-ready, effect: NoExecute}]}}",
"p.yaml:4:73: spec.nodes.taints[0]: the pods of the pool's classes must not tolerate the taint ebs.csi.aws.com/agent-not-ready: an agent removes it when it is ready; must be in nodes.startupTaints\n"},
{"taint of a layout",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: gpuslice.dev/layout, effect: NoSchedule}]}}",
"p.yaml:4:73: spec.nodes.taints[0]: the pods of the pool's classes must not tolerate the taint gpuslice.dev/layout: it is removed when the GPUs are cut; must be in nodes.startupTaints\n"},
{"own taint of Karpenter",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, taints: [{key: a, effect: NoExecute}, {key: karpenter.sh/unregistered, effect: NoExecute}]}",
"p.yaml:4:94: spec.taints[1]: the pods of the pool's classes must not tolerate the taint karpenter.sh/unregistered: Karpenter sets and removes it itself, and never drains a pod that tolerates it\n"},
{"taint of another pool",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: gpuslice.dev/pool, value: b, effect: NoExecute}]}}",
"p.yaml:4:73: spec.nodes.taints[0]: the taint gpuslice.dev/pool is one of gpuslice's own; must be in spec.taints\n"},
{"startup taint that is a taint",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {taints: [{key: a, effect: NoSchedule}], startupTaints: [{key: a, effect: NoSchedule}, {key: b, effect: NoExecute}]}}",
"p.yaml:4:120: spec.nodes.startupTaints[0]: a taint a:NoSchedule is already in this pool; must have another key or effect\n"},
{"price and adjustment",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {instanceTypes: [g4dn.xlarge], overlay: {price: \"1.0\", priceAdjustment: \"-10%\"}}}",
"p.yaml:4:103: spec.nodes.overlay: has price and priceAdjustment, must have only one of the two\n"},
{"price of several types",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {overlay: {price: \"1.0\"}}}",
"p.yaml:4:81: spec.nodes.overlay.price: is the price of one instance, but the pool has 7 instance types; use priceAdjustment, or a pool for each type\n"},
{"price a number",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {overlay: {price: 1.5, weight: 0}}}",
"p.yaml:4:81: spec.nodes.overlay.price: is a fraction, must be a string; put it in quotes\n"
"p.yaml:4:94: spec.nodes.overlay.weight: is 0, must be between 1 and 10000\n"},
{"adjustment without sign",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {overlay: {priceAdjustment: \"10%\"}}}",
"p.yaml:4:91: spec.nodes.overlay.priceAdjustment: is \"10%\", must be a change of the price, such as \"-10%\" or \"+0.50\"\n"},
{"node class by reference with inline fields",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {name: gpu, role: a}}}",
"p.yaml:4:87: spec.nodes.nodeClass.role: unknown field \"role\"; known are name, group, kind, amiFamily\n"},
{"node class name",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {name: GPU}}}",
"p.yaml:4:82: spec.nodes.nodeClass.name: is \"GPU\", must be the name of a node class that exists\n"},
{"node class of another family",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiFamily: AL2}}}",
"p.yaml:4:87: spec.nodes.nodeClass.amiFamily: is \"AL2\", must be AL2023 or Bottlerocket\n"},
{"alias of another family",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiFamily: Bottlerocket, amiSelectorTerms: [{alias: al2023@latest}]}}}",
"p.yaml:4:128: spec.nodes.nodeClass.amiSelectorTerms[0].alias: is \"al2023@latest\", but amiFamily is Bottlerocket; must begin with bottlerocket@\n"},
{"alias without version",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiSelectorTerms: [{alias: al2023}]}}}",
"p.yaml:4:103: spec.nodes.nodeClass.amiSelectorTerms[0].alias: is \"al2023\", must be al2023@ or bottlerocket@ and a version, such as al2023@latest\n"},
{"alias beside another",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiSelectorTerms: [{alias: al2023@latest}, {id: ami-0123}]}}}",
"p.yaml:4:95: spec.nodes.nodeClass.amiSelectorTerms[0]: is an alias, which must be the only term\n"},
{"terms with too much or nothing",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {subnetSelectorTerms: [{id: subnet-0a, tags: {a: b}}, {}], securityGroupSelectorTerms: []}}}",
"p.yaml:4:98: spec.nodes.nodeClass.subnetSelectorTerms[0]: has more than id, which must be the only field\n"
"p.yaml:4:129: spec.nodes.nodeClass.subnetSelectorTerms[1]: is empty, must say what to select by, such as id\n"
"p.yaml:4:162: spec.nodes.nodeClass.securityGroupSelectorTerms: is empty, must have at least one term\n"},
{"malformed ids",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {subnetSelectorTerms: [{id: net-1}], securityGroupSelectorTerms: [{id: sg-}], amiSelectorTerms: [{id: ami}]}}}",
"p.yaml:4:103: spec.nodes.nodeClass.subnetSelectorTerms[0].id: is \"net-1\", must be an id that begins with subnet-\n"
"p.yaml:4:146: spec.nodes.nodeClass.securityGroupSelectorTerms[0].id: is \"sg-\", must be an id that begins with sg-\n"
"p.yaml:4:177: spec.nodes.nodeClass.amiSelectorTerms[0].id: is \"ami\", must be an id that begins with ami-\n"},
{"role and instance profile",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {role: a, instanceProfile: b}}}",
"p.yaml:4:102: spec.nodes.nodeClass.instanceProfile: excludes role, must have only one of the two\n"},
{"volume",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {blockDeviceMappings: [{deviceName: /dev/xvda, ebs: {volumeSize: 100, volumeType: gp4}}, {ebs: {}}]}}}",
"p.yaml:4:140: spec.nodes.nodeClass.blockDeviceMappings[0].ebs.volumeSize: is an integer, must be a string; put it in quotes\n"
"p.yaml:4:157: spec.nodes.nodeClass.blockDeviceMappings[0].ebs.volumeType: is \"gp4\", must be gp3, gp2, io1, io2, st1, sc1 or standard\n"
"p.yaml:4:164: spec.nodes.nodeClass.blockDeviceMappings[1]: field \"deviceName\" is missing\n"},
{"tags of Karpenter",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {tags: {team: ml, karpenter.sh/nodepool: x}}}}",
"p.yaml:4:93: spec.nodes.nodeClass.tags[\"karpenter.sh/nodepool\"]: is a tag that Karpenter writes itself, must be left out\n"},
{"user data with the settings",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiFamily: Bottlerocket, userData: \"[settings.kubelet-device-plugins.nvidia]\"}}}",
"p.yaml:4:111: spec.nodes.nodeClass.userData: has settings.kubelet-device-plugins, which are rendered from spec.sharing; must be left out\n"},
{"image without v",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiVersion: \"20260818\"}}}",
"p.yaml:4:88: spec.nodes.nodeClass.amiVersion: is \"20260818\", must be a release of EKS' AL2023 images, such as v20260917; without the field it is @latest\n"},
{"image of no day",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiVersion: v20261345}}}",
"p.yaml:4:88: spec.nodes.nodeClass.amiVersion: is \"v20261345\", must be a release of EKS' AL2023 images, such as v20260917; without the field it is @latest\n"},
{"image as AL2023 itself is numbered",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiVersion: 2023.0.20230222}}}",
"p.yaml:4:88: spec.nodes.nodeClass.amiVersion: is \"2023.0.20230222\", must be a release of EKS' AL2023 images, such as v20260917; without the field it is @latest\n"},
{"image of the other family",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiVersion: v1.54.0}}}",
"p.yaml:4:88: spec.nodes.nodeClass.amiVersion: is \"v1.54.0\", must be a release of EKS' AL2023 images, such as v20260917; without the field it is @latest\n"},
{"image that is the latest",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiVersion: latest}}}",
"p.yaml:4:88: spec.nodes.nodeClass.amiVersion: is \"latest\", must be a release of EKS' AL2023 images, such as v20260917; without the field it is @latest\n"},
{"Bottlerocket of a day",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiFamily: Bottlerocket, amiVersion: v20260818}}}",
"p.yaml:4:113: spec.nodes.nodeClass.amiVersion: is \"v20260818\", must be a version of Bottlerocket, such as v1.54.0; without the field it is @latest\n"},
{"Bottlerocket of two numbers",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiFamily: Bottlerocket, amiVersion: v1.54}}}",
"p.yaml:4:113: spec.nodes.nodeClass.amiVersion: is \"v1.54\", must be a version of Bottlerocket, such as v1.54.0; without the field it is @latest\n"},
{"image by version and terms",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiSelectorTerms: [{id: ami-0123}], amiVersion: v20260818}}}",
"p.yaml:4:124: spec.nodes.nodeClass.amiVersion: excludes amiSelectorTerms, must have only one of the two: it is rendered as their alias\n"},
{"alias as AL2023 itself is numbered",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiSelectorTerms: [{alias: al2023@2023.0.20230}]}}}",
"p.yaml:4:103: spec.nodes.nodeClass.amiSelectorTerms[0].alias: is \"al2023@2023.0.20230\", must be al2023@ and a release of EKS' AL2023 images, such as al2023@v20260917\n"},
{"alias of a day that does not exist",
"{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiSelectorTerms: [{alias: al2023@v20260832}]}}}",
"p.yaml:4:103: spec.nodes.nodeClass.amiSelectorTerms[0].alias: is \"al2023@v20260832\", must be al2023@ and a release of EKS' AL2023 images, such as al2023@v20260917\n"},
{"Bottlerocket and MIG mixed",
"{gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}, nodes: {nodeClass: {amiFamily: Bottlerocket}}}",
"p.yaml:4:94: spec.nodes.nodeClass.amiFamily: is Bottlerocket, whose device plugin calls every MIG slice nvidia.com/gpu; must be AL2023, unless sharing.mig.strategy is single\n"},
{"Bottlerocket and a layout that does not fill the GPU",
"{gpu: h100-80gb, sharing: {mig: {strategy: single, layout: {1g.10gb: 4}}}, nodes: {nodeClass: {amiFamily: Bottlerocket}}}",
"p.yaml:4:113: spec.nodes.nodeClass.amiFamily: is Bottlerocket, which fills the GPU with slices of one profile; must be AL2023, unless the layout is {1g.10gb: 7}\n"},
{"Bottlerocket and a GPU that it does not know",
"{gpu: gb200-186gb, sharing: {mig: {layout: {1g.23gb: 7}}}, nodes: {nodeClass: {amiFamily: Bottlerocket}}}",
"p.yaml:4:97: spec.nodes.nodeClass.amiFamily: is Bottlerocket, whose MIG manager does not know the gb200-186gb; must be AL2023\n"},
{"Bottlerocket and a profile that it does not know",
"{gpu: a100-40gb, sharing: {mig: {strategy: single, layout: {4g.20gb: 1}}}, nodes: {nodeClass: {amiFamily: Bottlerocket}}}",
"p.yaml:4:113: spec.nodes.nodeClass.amiFamily: is Bottlerocket, whose MIG manager makes no 4g.20gb on the a100-40gb; must be AL2023, or a layout of another profile\n"},
{"Bottlerocket and a profile with media engines",
"{gpu: rtx-pro-6000-blackwell-96gb, sharing: {mig: {strategy: single, layout: {1g.24gb+gfx: 4}}}, nodes: {nodeClass: {amiFamily: Bottlerocket}}}",
"p.yaml:4:135: spec.nodes.nodeClass.amiFamily: is Bottlerocket, whose MIG manager makes no 1g.24gb+gfx on the rtx-pro-6000-blackwell-96gb; must be AL2023, or a layout of another profile\n"},
{"Bottlerocket and slices of which it makes one too few",
"{gpu: b300-269gb, sharing: {mig: {strategy: single, layout: {3g.135gb: 2}}}, nodes: {nodeClass: {amiFamily: Bottlerocket}}}",
"p.yaml:4:115: spec.nodes.nodeClass.amiFamily: is Bottlerocket, whose MIG manager makes no 3g.135gb on the b300-269gb; must be AL2023, or a layout of another profile\n"},
};
/* clang-format on */

TEST(pool_nodes_decode__broken__every_mistake_at_its_position)
{
    expect_broken(broken_nodes, ARRAY_SIZE(broken_nodes), "SlicePool", "");
}

static const struct pool *load_pool(struct policy_fixture *loaded, const char *spec)
{
    AUTO(string) yaml = document_text("SlicePool", "p", spec, "");
    *loaded = load_text(yaml);
    return &expect_set(loaded)->pools[0];
}

static void expect_list(const char *name, const struct strlist *list, const char *wanted)
{
    AUTO(buf) text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < list->count; i++)
        buf_addf(&text, "%s%s", i ? " " : "", list->items[i]);
    if (strcmp(buf_text(&text), wanted) != 0)
        fail_msg("%s: got %s, wanted %s", name, buf_text(&text), wanted);
}

static void expect_types(const char *name, const struct pool_nodes *nodes, const char *wanted)
{
    AUTO(buf) text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < nodes->type_count; i++)
        buf_addf(&text, "%s%s", i ? " " : "", nodes->types[i]->name);
    if (strcmp(buf_text(&text), wanted) != 0)
        fail_msg("%s: got %s, wanted %s", name, buf_text(&text), wanted);
}

TEST(pool_nodes_decode__absent__all_defaults)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool_nodes *nodes = &load_pool(&loaded, "{gpu: t4g, sharing: {whole: {}}}")->nodes;
    expect_types("types", nodes, "g5g.xlarge g5g.2xlarge g5g.4xlarge g5g.8xlarge g5g.16xlarge g5g.metal");
    expect_list("arch", &nodes->arch, "arm64");
    expect_list("capacity types", &nodes->capacity_types, "on-demand");
    expect_list("zones", &nodes->zones, "");
    assert_null(nodes->node_class.name);
    assert_string_equal(nodes->node_class.group, "karpenter.k8s.aws");
    assert_string_equal(nodes->node_class.kind, "EC2NodeClass");
    assert_int_equal(nodes->node_class.family, AMI_AL2023);
    assert_string_equal(nodes->consolidation_policy, "WhenEmpty");
    assert_string_equal(nodes->consolidate_after, "5m");
    assert_string_equal(nodes->expire_after, "720h");
    assert_int_equal(nodes->limit_count, 0);
    assert_int_equal(nodes->weight, 0);
    assert_int_equal(nodes->startup_taints.count, 0);
}

TEST(pool_nodes_decode__null__as_if_absent)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool_nodes *nodes = &load_pool(&loaded, "{gpu: t4, sharing: {whole: {}}, nodes: null}")->nodes;
    assert_int_equal(nodes->type_count, 7);
    assert_string_equal(nodes->consolidate_after, "5m");
}

TEST(pool_nodes_decode__all_given__kept)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool_nodes *nodes =
        &load_pool(
             &loaded,
             "{gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {instanceTypes: [g4dn.12xlarge, g4dn.xlarge], "
             "arch: [amd64, amd64], capacityTypes: [spot, on-demand], zones: [us-east-1a, us-west-2-lax-1a], "
             "requirements: [{key: team, operator: Exists}], nodeClass: {name: gpu, group: g.example.com, kind: K}, "
             "limits: {slices: 12, cpu: 64, memory: 1Ti, nodes: 4}, disruption: {consolidationPolicy: "
             "WhenEmptyOrUnderutilized, consolidateAfter: Never, budgets: [{nodes: \"1\"}]}, expireAfter: Never, "
             "terminationGracePeriod: 1h30m, weight: 7, labels: {team: ml}, annotations: {a: b}, taints: [{key: x, "
             "effect: NoExecute}], startupTaints: [], overlay: {priceAdjustment: \"-20%\", weight: 12}}}")
             ->nodes;
    expect_types("types", nodes, "g4dn.xlarge g4dn.12xlarge"); /* in the table's order */
    expect_list("arch", &nodes->arch, "amd64");
    expect_list("capacity types", &nodes->capacity_types, "spot on-demand");
    expect_list("zones", &nodes->zones, "us-east-1a us-west-2-lax-1a");
    assert_int_equal(nodes->requirements.count, 1);
    assert_string_equal(nodes->node_class.name, "gpu");
    assert_string_equal(nodes->node_class.group, "g.example.com");
    assert_string_equal(nodes->node_class.kind, "K");
    assert_int_equal(nodes->limit_count, 1);
    assert_string_equal(nodes->limits[0].resource, "nvidia.com/gpu");
    assert_int_equal(nodes->limits[0].slices, 12);
    assert_string_equal(nodes->cpu_limit, "64");
    assert_string_equal(nodes->memory_limit, "1Ti");
    assert_int_equal(nodes->node_limit, 4);
    assert_string_equal(nodes->consolidation_policy, "WhenEmptyOrUnderutilized");
    assert_string_equal(nodes->consolidate_after, "Never");
    assert_int_equal(json_array_size(nodes->budgets), 1);
    assert_string_equal(nodes->expire_after, "Never");
    assert_string_equal(nodes->termination_grace_period, "1h30m");
    assert_int_equal(nodes->weight, 7);
    assert_string_equal(keyvalues_get(&nodes->labels, "team"), "ml");
    assert_string_equal(keyvalues_get(&nodes->annotations, "a"), "b");
    assert_int_equal(nodes->taints.count, 1);
    assert_int_equal(nodes->startup_taints.count, 0);
    assert_string_equal(nodes->price_adjustment, "-20%");
    assert_int_equal(nodes->overlay_weight, 12);
}

static const struct {
    const char *requirements, *types;
} narrowed[] = {
    {"{key: karpenter.k8s.aws/instance-gpu-count, operator: In, values: [\"1\"]}",
     "g6.xlarge g6.2xlarge g6.4xlarge g6.8xlarge g6.16xlarge gr6.4xlarge gr6.8xlarge"},
    {"{key: karpenter.k8s.aws/instance-gpu-count, operator: Gt, values: [\"4\"]}", "g6.48xlarge"},
    {"{key: karpenter.k8s.aws/instance-family, operator: In, values: [gr6]}", "gr6.4xlarge gr6.8xlarge"},
    {"{key: karpenter.k8s.aws/instance-size, operator: In, values: [xlarge, 4xlarge]}",
     "g6.xlarge g6.4xlarge gr6.4xlarge"},
    {"{key: karpenter.k8s.aws/instance-category, operator: NotIn, values: [g]}", "gr6.4xlarge gr6.8xlarge"},
    {"{key: karpenter.k8s.aws/instance-generation, operator: In, values: [\"6\"]}, {key: "
     "node.kubernetes.io/instance-type, operator: In, values: [g6.24xlarge, g5.xlarge]}",
     "g6.24xlarge"},
    {"{key: kubernetes.io/arch, operator: In, values: [amd64]}, {key: karpenter.k8s.aws/instance-family, operator: "
     "In, values: [gr6]}",
     "gr6.4xlarge gr6.8xlarge"},
    {"{key: karpenter.k8s.aws/instance-gpu-name, operator: In, values: [l4]}, {key: karpenter.k8s.aws/instance-size, "
     "operator: In, values: [48xlarge]}",
     "g6.48xlarge"},
    {"{key: karpenter.k8s.aws/instance-gpu-memory, operator: In, values: [\"22888\"]}, {key: "
     "karpenter.k8s.aws/instance-memory, operator: Lt, values: [\"32769\"]}",
     "g6.xlarge g6.2xlarge"}, /* 22888 is the label's value, although the driver reports 23034 */
    {"{key: karpenter.k8s.aws/instance-cpu, operator: In, values: [\"16\"]}", "g6.4xlarge gr6.4xlarge"},
    {"{key: karpenter.k8s.aws/instance-local-nvme, operator: Gt, values: [\"3760\"]}", "g6.48xlarge"},
    {"{key: karpenter.k8s.aws/instance-network-bandwidth, operator: Gt, values: [\"50000\"]}", "g6.48xlarge"},
    {"{key: karpenter.k8s.aws/instance-hypervisor, operator: In, values: [xen]}, {key: "
     "karpenter.k8s.aws/instance-size, operator: In, values: [48xlarge]}",
     "g6.48xlarge"}, /* a label that the table does not have rules out no type */
};

TEST(pool_nodes_decode__requirements__narrow_the_types)
{
    for (size_t i = 0; i < ARRAY_SIZE(narrowed); i++) {
        AUTO(policy_fixture) loaded = {0};
        AUTO(string) spec = NULL;
        assert_true(asprintf(&spec, "{gpu: l4, sharing: {whole: {}}, nodes: {requirements: [%s]}}",
                             narrowed[i].requirements) > 0);
        expect_types(narrowed[i].requirements, &load_pool(&loaded, spec)->nodes, narrowed[i].types);
    }
}

/* Each label that is derived from an instance type can rule out all types. */
TEST(pool_nodes_decode__impossible_label__refused)
{
    static const char *const keys[] = {"node.kubernetes.io/instance-type",
                                       "kubernetes.io/arch",
                                       "kubernetes.io/os",
                                       "karpenter.k8s.aws/instance-family",
                                       "karpenter.k8s.aws/instance-category",
                                       "karpenter.k8s.aws/instance-generation",
                                       "karpenter.k8s.aws/instance-size",
                                       "karpenter.k8s.aws/instance-capability-flex",
                                       "karpenter.k8s.aws/instance-gpu-name",
                                       "karpenter.k8s.aws/instance-gpu-manufacturer",
                                       "karpenter.k8s.aws/instance-gpu-count",
                                       "karpenter.k8s.aws/instance-gpu-memory",
                                       "karpenter.k8s.aws/instance-accelerator-name",
                                       "karpenter.k8s.aws/instance-accelerator-manufacturer",
                                       "karpenter.k8s.aws/instance-accelerator-count",
                                       "karpenter.k8s.aws/instance-cpu",
                                       "karpenter.k8s.aws/instance-memory",
                                       "karpenter.k8s.aws/instance-local-nvme",
                                       "karpenter.k8s.aws/instance-network-bandwidth"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        AUTO(string) text = NULL;
        assert_true(asprintf(&text,
                             API "kind: SlicePool\nmetadata: {name: p}\nspec: {gpu: t4, sharing: {whole: {}}, nodes: "
                                 "{requirements: [{key: %s, operator: In, values: [\"1234\"]}]}}\n",
                             keys[i]) > 0);
        AUTO(policy_fixture) loaded = load_text(text);
        if (loaded.set || !strstr(loaded.problems, "spec.nodes.requirements: leaves no instance type with the t4"))
            fail_msg("%s: %s", keys[i], loaded.problems);
    }
}

/* What a pool offers and needs for each way of sharing. */
static const struct {
    const char *spec;
    const char *offers;
    bool config, whole_name, layout_taint;
} cuts[] = {
    {"gpu: t4, sharing: {whole: {}}", "nvidia.com/gpu 1", false, true, false},
    {"gpu: t4, sharing: {timeSlicing: {replicas: 3}}", "nvidia.com/gpu 3", true, true, true},
    {"gpu: t4, sharing: {timeSlicing: {replicas: 3, rename: true}}", "nvidia.com/gpu.shared 3", true, false, false},
    {"gpu: l4, sharing: {mps: {replicas: 4}}", "nvidia.com/gpu 4", true, true, true},
    {"gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}}", "nvidia.com/mig-1g.5gb 7", true, false, false},
    {"gpu: a100-40gb, sharing: {mig: {strategy: single, layout: {1g.5gb: 7}}}", "nvidia.com/gpu 7", true, true, true},
    {"gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}}}",
     "nvidia.com/mig-1g.10gb 2 nvidia.com/mig-2g.20gb 1 nvidia.com/mig-3g.40gb 1", true, false, false},
    {"gpu: a100-40gb, sharing: {mig: {layout: {1g.5gb: 7}}, timeSlicing: {replicas: 2, rename: true}}",
     "nvidia.com/mig-1g.5gb.shared 14", true, false, false},
    {"gpu: a100-40gb, sharing: {mig: {strategy: single, layout: {1g.5gb: 7}}, timeSlicing: {replicas: 2, rename: "
     "true}}",
     "nvidia.com/gpu.shared 14", true, false, false},
    {"gpu: t4, sharing: {timeSlicing: {replicas: 3}}, nodes: {nodeClass: {amiFamily: Bottlerocket}}",
     "nvidia.com/gpu 3", false, true, false},
};

TEST(pool_offers__each_cut__what_the_device_plugin_registers)
{
    for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
        AUTO(policy_fixture) loaded = {0};
        AUTO(string) spec = NULL;
        AUTO(buf) text;
        struct pool_offer offers[LAYOUT_ENTRIES_MAX];
        buf_init(&text, 1024);
        assert_true(asprintf(&spec, "{%s}", cuts[i].spec) > 0);
        const struct pool *pool = load_pool(&loaded, spec);
        size_t count = pool_offers(pool, offers);
        for (size_t j = 0; j < count; j++)
            buf_addf(&text, "%s%s %lld", j ? " " : "", offers[j].resource, (long long)offers[j].per_gpu);
        if (strcmp(buf_text(&text), cuts[i].offers) != 0)
            fail_msg("%s: offers %s, wanted %s", spec, buf_text(&text), cuts[i].offers);
        if (pool_has_plugin_config(pool) != cuts[i].config || pool_offers_whole_name(pool) != cuts[i].whole_name ||
            pool_needs_layout_taint(pool) != cuts[i].layout_taint)
            fail_msg("%s: config, name or taint", spec);
        assert_int_equal(pool->nodes.startup_taints.count, cuts[i].layout_taint ? 1 : 0);
        if (cuts[i].layout_taint)
            assert_string_equal(pool->nodes.startup_taints.items[0].key, TAINT_LAYOUT);
    }
}

TEST(pool_nodes_decode__limits_by_profile__each_resource)
{
    AUTO(policy_fixture) loaded = {0};
    const struct pool_nodes *nodes =
        &load_pool(&loaded, "{gpu: h100-80gb, sharing: {mig: {layout: {1g.10gb: 2, 2g.20gb: 1, 3g.40gb: 1}}}, nodes: "
                            "{limits: {slices: {3g.40gb: 8, 1g.10gb: 2}}}}")
             ->nodes;
    assert_int_equal(nodes->limit_count, 2);
    assert_string_equal(nodes->limits[0].resource, "nvidia.com/mig-3g.40gb");
    assert_int_equal(nodes->limits[0].slices, 8);
    assert_string_equal(nodes->limits[1].resource, "nvidia.com/mig-1g.10gb");
    assert_int_equal(nodes->limits[1].slices, 2);
}

TEST(revision__nodes_changed__another_revision)
{
    static const char first[] = "{gpu: t4, sharing: {whole: {}}, nodes: {weight: 1}}";
    static const char other[] = "{gpu: t4, sharing: {whole: {}}, nodes: {weight: 2}}";
    static const char style[] = "{nodes: {\"weight\": 1}, sharing: {whole: {}}, gpu: t4}";
    AUTO(policy_fixture) a = {0};
    AUTO(policy_fixture) b = {0};
    AUTO(policy_fixture) c = {0};
    (void)load_pool(&a, first);
    (void)load_pool(&b, other);
    (void)load_pool(&c, style);
    assert_string_not_equal(a.set->revision, b.set->revision);
    assert_string_equal(a.set->revision, c.set->revision);
}
