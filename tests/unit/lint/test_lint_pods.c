/* Tests the rules about pods, workloads and classes: each has a case in which it must be found, and many have one in
 * which it must not be found. */
#include "tests/support/lint_fixture.h"

#define POOL_LABEL            "- {key: gpuslice.dev/pool, operator: In, values: [l4-quarters]}"
#define BY_HAND               "apps.yaml"
#define POD(spec)             "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: extra, namespace: outside}\nspec: " spec "\n"
#define ASKS(resource, count) "containers: [{name: a, image: b, resources: {limits: {" resource ": " count "}}}]"
#define TOLERATES             "tolerations: [{key: nvidia.com/gpu, operator: Exists}, {key: gpuslice.dev/pool, operator: Exists}]"

#define DEPLOYMENT(metadata, selector, template)                                                        \
    "\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: extra, namespace: outside" metadata \
    "}\nspec:\n  selector: " selector                                                                   \
    "\n  template: {metadata: {" template "}, spec: {containers: [{name: a, image: b}]}}\n"
#define ZONE(value)                                                            \
    {                                                                          \
        "nodepool-l4-quarters.yaml", "      - key: kubernetes.io/arch\n",      \
            "      - key: topology.kubernetes.io/zone\n        operator: In\n" \
            "        values: [" value "]\n      - key: kubernetes.io/arch\n"   \
    }
#define SELECTS_APP "{matchLabels: {app: a}}"
#define OBJECT(version, kind, spec) \
    "\n---\napiVersion: " version "\nkind: " kind "\nmetadata: {name: extra, namespace: ml}\nspec: " spec "\n"
#define RAY(head, worker)             \
    OBJECT("ray.io/v1", "RayCluster", \
           "{headGroupSpec: {template: " head "}, workerGroupSpecs: [{template: " worker "}]}")
#define LIVE(gpus, spec)                                                                                  \
    "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: live, namespace: ml, uid: u}\nspec: {" spec ASKS( \
        "nvidia.com/gpu", gpus) "}\nstatus: {phase: Pending}\n"
#define ENDED(phase)                                                                                 \
    "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: live, namespace: ml, uid: u}\nspec: {" ASKS( \
        "nvidia.com/gpu", "1") "}\nstatus: {phase: " phase "}\n"
#define RECORDED(name)                                                                                                \
    "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: live, namespace: ml, uid: u, annotations: "                   \
    "{gpuslice.dev/applied: '{\"class\":\"" name "\",\"policy\":\"a\",\"revision\":\"000000000000\",\"containers\":[" \
    "\"a\"]}'}}\nspec: {" TOLERATES ", " ASKS("nvidia.com/gpu", "1") "}\n"

static const struct lint_case cases[] = {
    SAYS(RULE_OWN_KEY_UNREAD, "annotation gpuslice.dev/class has no effect: make it an annotation of its pod template",
         {BY_HAND, NULL, DEPLOYMENT(", annotations: {gpuslice.dev/class: t4-third}", SELECTS_APP, "")}),
    SAYS(RULE_OWN_KEY_UNREAD, "pod label gpuslice.dev/memory has no effect: make it an annotation",
         {BY_HAND, NULL, DEPLOYMENT("", SELECTS_APP, "labels: {gpuslice.dev/memory: 8Gi}")}),
    SAYS(RULE_OWN_KEY_UNREAD, "gpuslice.dev/clas is unknown: did you mean gpuslice.dev/class?",
         {BY_HAND, NULL, DEPLOYMENT("", SELECTS_APP, "annotations: {gpuslice.dev/clas: t4-third}")}),
    SAYS(RULE_OWN_KEY_UNREAD, "which means nothing: use disabled",
         {BY_HAND, NULL, DEPLOYMENT("", SELECTS_APP, "labels: {gpuslice.dev/inject: \"false\"}")}),
    SAYS(RULE_OWN_KEY_UNREAD, "gpuslice.dev/class is empty: it counts as left out",
         {BY_HAND, NULL, DEPLOYMENT("", SELECTS_APP, "annotations: {gpuslice.dev/class: \"\"}")}),
    GOOD(RULE_OWN_KEY_UNREAD, "keys in their place",
         {BY_HAND, NULL,
          DEPLOYMENT(", annotations: {gpuslice.dev/lint-ignore: pool-unused}", SELECTS_APP,
                     "annotations: {gpuslice.dev/class: t4-third}, labels: {gpuslice.dev/class: t4-third}")}),
    BAD(RULE_SELECTOR_ON_WRITTEN_LABEL, "in matchLabels",
        {BY_HAND, NULL, DEPLOYMENT("", "{matchLabels: {app: a, gpuslice.dev/class: t4-third}}", "")}),
    BAD(RULE_SELECTOR_ON_WRITTEN_LABEL, "in matchExpressions",
        {BY_HAND, NULL, DEPLOYMENT("", "{matchExpressions: [{key: gpuslice.dev/class, operator: Exists}]}", "")}),
    GOOD(RULE_SELECTOR_ON_WRITTEN_LABEL, "on the template only",
         {BY_HAND, NULL, DEPLOYMENT("", SELECTS_APP, "labels: {app: a, gpuslice.dev/class: t4-third}")}),
    BAD(RULE_ANNOTATION_OF_ANOTHER_SCHEDULER, "KAI's",
        {BY_HAND, NULL,
         "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: extra, namespace: ml, annotations: {gpu-fraction: "
         "\"0.5\"}}\nspec: {containers: [{name: a, image: b}]}\n"}),
    GOOD(RULE_ANNOTATION_OF_ANOTHER_SCHEDULER, "outside of the namespaces that are opted in",
         {BY_HAND, NULL,
          "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: extra, namespace: outside, annotations: {gpu-fraction: "
          "\"0.5\"}}\nspec: {containers: [{name: a, image: b}]}\n"}),
    BAD(RULE_AFFINITY_KEY_UNDEFINED, "a key that no NodePool defines",
        {BY_HAND, POOL_LABEL, "- {key: example.com/team, operator: In, values: [a]}"}),
    BAD(RULE_AFFINITY_KEY_UNDEFINED, "Exists on a label that no NodePool has",
        {BY_HAND, "- {key: nvidia.com/gpu, operator: Exists}", "- {key: nvidia.com/gpux, operator: Exists}"}),
    BAD(RULE_AFFINITY_KEY_UNDEFINED, "in the nodeSelector",
        {BY_HAND, NULL, POD("{nodeSelector: {team: a}, " ASKS("nvidia.com/gpu", "1") ", " TOLERATES "}")}),
    SAYS(RULE_AFFINITY_KEY_UNDEFINED,
         "needs example.com/team In [a], but no NodePool defines that key, so Karpenter makes no node (its error",
         {BY_HAND, POOL_LABEL, "- {key: example.com/team, operator: In, values: [a]}"}),
    SAYS(RULE_AFFINITY_KEY_UNDEFINED,
         "(the nearest of 6 NodePools) does not define that key, so Karpenter makes no node of it (its error",
         {BY_HAND, POOL_LABEL, POOL_LABEL "\n          - {key: example.com/team, operator: In, values: [a]}"},
         {"nodepool-t4-thirds.yaml", "      labels:\n", "      labels:\n        example.com/team: b\n"}),
    GOOD(RULE_AFFINITY_KEY_UNDEFINED, "NotIn and DoesNotExist need no definition",
         {BY_HAND, POOL_LABEL,
          POOL_LABEL "\n          - {key: example.com/a, operator: DoesNotExist}\n          - {key: example.com/b, "
                     "operator: NotIn, values: [c]}"}),
    GOOD(RULE_AFFINITY_KEY_UNDEFINED, "a well-known label is defined by every node",
         {BY_HAND, POOL_LABEL,
          POOL_LABEL "\n          - {key: topology.kubernetes.io/zone, operator: In, values: [us-east-1a]}"}),
    GOOD(RULE_AFFINITY_KEY_UNDEFINED, "a second term that can be met",
         {BY_HAND, "        - matchExpressions:\n",
          "        - matchExpressions:\n          - {key: example.com/a, operator: Exists}\n        - "
          "matchExpressions:\n"}),
    BAD(RULE_AFFINITY_VALUES_DISJOINT, "a pool that does not exist",
        {BY_HAND, "values: [l4-quarters]", "values: [l4-fifths]"}),
    BAD(RULE_AFFINITY_VALUES_DISJOINT, "the names of all pools are excluded",
        {BY_HAND, "operator: In, values: [l4-quarters]",
         "operator: NotIn, values: [l4-quarters, t4-thirds, l4-whole, a100-sevenths, h100-balanced, h100-sevenths]"}),
    GOOD(RULE_AFFINITY_VALUES_DISJOINT, "one value of several is enough",
         {BY_HAND, "values: [l4-quarters]", "values: [l4-fifths, l4-quarters]"}),
    BAD(RULE_AFFINITY_ON_DISCOVERED_LABEL, "GFD's product",
        {BY_HAND, POOL_LABEL, "- {key: nvidia.com/gpu.product, operator: In, values: [NVIDIA-L4]}"}),
    BAD(RULE_AFFINITY_ON_DISCOVERED_LABEL, "NFD's label",
        {BY_HAND, POOL_LABEL, "- {key: feature.node.kubernetes.io/pci-10de.present, operator: Exists}"}),
    BAD(RULE_AFFINITY_MATCH_FIELDS, "fields in a term",
        {BY_HAND, "        - matchExpressions:\n",
         "        - matchFields: [{key: metadata.name, operator: In, values: [a-node]}]\n          "
         "matchExpressions:\n"}),
    BAD(RULE_AFFINITY_KEY_RESTRICTED, "the host name",
        {BY_HAND, POOL_LABEL, "- {key: kubernetes.io/hostname, operator: In, values: [a]}"}),
    BAD(RULE_AFFINITY_KEY_RESTRICTED, "a label of Karpenter before v1",
        {BY_HAND, POOL_LABEL, "- {key: karpenter.sh/provisioner-name, operator: Exists}"}),
    BAD(RULE_AFFINITY_MATCHES_NOTHING, "only an empty term",
        {BY_HAND, NULL,
         POD("{affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
             "[{}]}}}, " ASKS("nvidia.com/gpu", "1") "}")}),
    BAD(RULE_INSTANCE_LABEL_IMPOSSIBLE, "an instance type that the pool does not have",
        {BY_HAND, POOL_LABEL,
         POOL_LABEL "\n          - {key: node.kubernetes.io/instance-type, operator: In, values: [g4dn.xlarge]}"}),
    BAD(RULE_INSTANCE_LABEL_IMPOSSIBLE, "the name of another GPU",
        {BY_HAND, POOL_LABEL,
         POOL_LABEL "\n          - {key: karpenter.k8s.aws/instance-gpu-name, operator: In, values: [t4]}"}),
    BAD(RULE_INSTANCE_LABEL_IMPOSSIBLE, "an architecture that the pool does not have",
        {BY_HAND, POOL_LABEL, POOL_LABEL "\n          - {key: kubernetes.io/arch, operator: In, values: [arm64]}"}),
    BAD(RULE_AFFINITY_VALUES_DISJOINT, "a zone that the pool does not have", ZONE("us-east-1b"),
        {BY_HAND, POOL_LABEL,
         POOL_LABEL "\n          - {key: topology.kubernetes.io/zone, operator: In, values: [us-east-1a]}"}),
    GOOD(RULE_AFFINITY_VALUES_DISJOINT, "a zone that Terraform fills in later", ZONE("\"${zone}\""),
         {BY_HAND, POOL_LABEL,
          POOL_LABEL "\n          - {key: topology.kubernetes.io/zone, operator: In, values: [us-east-1a]}"}),
    GOOD(RULE_INSTANCE_LABEL_IMPOSSIBLE, "the GPU that the pool has",
         {BY_HAND, POOL_LABEL,
          POOL_LABEL "\n          - {key: karpenter.k8s.aws/instance-gpu-memory, operator: Gt, values: [\"20000\"]}"}),
    BAD(RULE_TAINT_NOT_TOLERATED, "a pod without the pool's toleration",
        {BY_HAND, "  - {key: gpuslice.dev/pool, operator: Exists, effect: NoSchedule}\n", ""}),
    BAD(RULE_TAINT_NOT_TOLERATED, "an additional taint, which the pods of the class do not tolerate",
        {"nodepool-t4-thirds.yaml", "      taints:\n",
         "      taints:\n      - {key: example.com/own, value: x, effect: NoSchedule}\n"}),
    BAD(RULE_TAINT_NOT_TOLERATED, "mode shadow leaves the pod unchanged",
        {"policies/policies.yaml", "  priority: 100\n", "  priority: 100\n  mode: shadow\n"}),
    GOOD(RULE_TAINT_NOT_TOLERATED, "PreferNoSchedule is relaxed in the end",
         {"nodepool-l4-quarters.yaml", "      taints:\n",
          "      taints:\n      - {key: example.com/own, value: x, effect: PreferNoSchedule}\n"}),
    BAD(RULE_TOLERATION_WITHOUT_TAINT, "a GPU taint that no NodePool has",
        {BY_HAND, "  - {key: gpuslice.dev/pool, operator: Exists, effect: NoSchedule}\n",
         "  - {key: gpuslice.dev/pool, operator: Exists, effect: NoSchedule}\n  - {key: nvidia.com/mig, operator: "
         "Exists}\n"}),
    GOOD(RULE_TOLERATION_WITHOUT_TAINT, "a taint that is not about GPUs",
         {BY_HAND, "  tolerations:\n",
          "  tolerations:\n  - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute}\n"}),
    BAD(RULE_TOLERATION_OF_EVERYTHING, "no key",
        {BY_HAND, "  tolerations:\n", "  tolerations:\n  - {operator: Exists}\n"}),
    BAD(RULE_RESOURCE_NOT_OFFERED, "a MIG profile of another pool",
        {BY_HAND, "nvidia.com/gpu.shared: \"1\"", "nvidia.com/mig-1g.5gb: \"1\""}),
    BAD(RULE_RESOURCE_NOT_OFFERED, "another system's share beside a slice",
        {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/gpu: 1, nvidia.com/gpumem: 5000}"}),
    BAD(RULE_RESOURCE_NOT_OFFERED, "any other extended resource beside a slice",
        {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/gpu: 1, example.com/licence: 1}"}),
    GOOD(RULE_RESOURCE_NOT_OFFERED, "none of an extended resource beside a slice",
         {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/gpu: 1, example.com/licence: \"0\", cpu: 1}"}),
    SAYS(RULE_RESOURCE_NOT_OFFERED, "no NodePool offers; did you mean nvidia.com/gpu?",
         {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/GPU: 1}"}),
    SAYS(RULE_RESOURCE_NOT_OFFERED, "; did you mean nvidia.com/gpu?",
         {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/gpu: 1, nvdia.com/gpu: 1}"}),
    BAD(RULE_RESOURCE_NOT_OFFERED, "another vendor's accelerator beside a slice",
        {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/gpu: 1, amd.com/gpu: 1}"}),
    GOOD(RULE_RESOURCE_NOT_OFFERED, "a network device beside a slice",
         {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/gpu: 1, nvidia.com/hostdev: 1}"}),
    BAD(RULE_RESOURCE_NOT_OFFERED, "a misspelt GPU", {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/gpus: 1}"}),
    GOOD(RULE_RESOURCE_NOT_OFFERED, "a misspelt GPU that the policy ignores",
         {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/gpus: 1}"},
         {"policies/policies.yaml", "  priority: 0\n", "  priority: 0\n  otherAccelerators: ignore\n"},
         {"policies/policies.yaml", "  priority: 100\n", "  priority: 100\n  otherAccelerators: ignore\n"}),
    GOOD(RULE_RESOURCE_NOT_OFFERED, "in a namespace that has not opted in",
         {BY_HAND, "nvidia.com/gpu.shared: \"1\"", "nvidia.com/gpumem: \"1\""}),
    GOOD(RULE_RESOURCE_NOT_OFFERED, "another vendor's accelerator alone",
         {BY_HAND, "nvidia.com/gpu: 1}", "amd.com/gpu: 1}"}),
    GOOD(RULE_RESOURCE_NOT_OFFERED, "an overlay that offers it",
         {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/gpu: 1, nvidia.com/gpumem: 5000}"},
         {"nodeoverlay-a100-sevenths-8gpu.yaml", "  capacity:\n", "  capacity:\n    nvidia.com/gpumem: \"40000\"\n"}),
    GOOD(RULE_RESOURCE_NOT_OFFERED, "another GPU name of the policy set becomes a slice",
         {BY_HAND, "nvidia.com/gpu: 1}", "example.com/gpu: 1}"},
         {"policies/settings.yaml", NULL,
          "apiVersion: gpuslice.dev/v1alpha1\nkind: SliceSettings\nmetadata: {name: default}\nspec: {gpuResources: "
          "[example.com/gpu]}\n"}),
    GOOD(RULE_SHARED_REQUEST_OVER_ONE, "thousands of another system's share",
         {BY_HAND, "nvidia.com/gpu: 1}", "nvidia.com/gpu: 1, nvidia.com/gpumem: 5000}"}),
    BAD(RULE_RESOURCE_NOT_OFFERED, "the pool of a class has no overlay",
        {"nodeoverlay-a100-sevenths-8gpu.yaml", "kind: NodeOverlay", "kind: Other"}),
    BAD(RULE_RESOURCE_MORE_THAN_A_NODE, "five quarters in one pod",
        {BY_HAND, "nvidia.com/gpu.shared: \"1\"", "nvidia.com/gpu.shared: \"5\""}),
    BAD(RULE_RESOURCE_NOT_REGISTERED, "the device plugin no longer renames",
        {"device-plugin-config.yaml", "mps:\n        renameByDefault: true", "mps:\n        renameByDefault: false"}),
    SAYS(RULE_RESOURCE_NOT_REGISTERED, "but the device plugin will not register it on nodes of NodePool/l4-quarters",
         {"device-plugin-config.yaml", "mps:\n        renameByDefault: true", "mps:\n        renameByDefault: false"}),
    SAYS(RULE_RESOURCE_NOT_REGISTERED,
         "but the device plugin will register only 2 of it on a node of NodePool/l4-quarters",
         {"device-plugin-config.yaml", "replicas: 4", "replicas: 2"},
         {BY_HAND, "nvidia.com/gpu.shared: \"1\"", "nvidia.com/gpu.shared: \"3\""}),
    BAD(RULE_RESOURCE_CLAIMS_UNSUPPORTED, "a claim",
        {BY_HAND, NULL,
         POD("{resourceClaims: [{name: gpu, resourceClaimName: x}], containers: [{name: a, image: b, resources: "
             "{claims: [{name: gpu}]}}]}")}),
    BAD(RULE_SHARED_REQUEST_OVER_ONE, "two shares for a container",
        {BY_HAND, "nvidia.com/gpu.shared: \"1\"", "nvidia.com/gpu.shared: \"2\""}),
    BAD(RULE_WHOLE_GPU_ON_SLICED_POOL, "a pod that tolerates all taints of the pool",
        {BY_HAND, NULL, POD("{" ASKS("nvidia.com/gpu", "1") ", " TOLERATES "}")}),
    BAD(RULE_WHOLE_GPU_ON_SLICED_POOL,
        "a class of whole GPUs whose pool has only a label that sliced pools have as well",
        {"policies/pools.yaml", "name: l4-whole}\nspec:\n  gpu: l4\n",
         "name: l4-whole}\nspec:\n  gpu: l4\n  labels: {nvidia.com/gpu: \"true\"}\n"}),
    GOOD(RULE_WHOLE_GPU_ON_SLICED_POOL, "the second taint keeps it off",
         {BY_HAND, NULL,
          POD("{" ASKS("nvidia.com/gpu", "1") ", tolerations: [{key: nvidia.com/gpu, operator: Exists}]}")}),
    BAD(RULE_MPS_WITH_DEV_SHM, "a volume at /dev/shm",
        {BY_HAND, "    resources: {limits: {nvidia.com/gpu.shared: \"1\"}}",
         "    resources: {limits: {nvidia.com/gpu.shared: \"1\"}}\n    volumeMounts: [{name: shm, mountPath: "
         "/dev/shm}]"}),
    GOOD(RULE_MPS_WITH_DEV_SHM, "a volume at /dev/shm on MIG", {BY_HAND, "mountPath: /scratch", "mountPath: /dev/shm"}),
    BAD(RULE_RUNTIME_CLASS_EXCLUDES_POOL, "a selector that no pool has",
        {"namespaces.yaml", "handler: nvidia\n", "handler: nvidia\nscheduling: {nodeSelector: {runtime: nvidia}}\n"}),
    BAD(RULE_RUNTIME_CLASS_EXCLUDES_POOL, "a selector of the second RuntimeClass of that name",
        {"namespaces.yaml", "handler: nvidia\n",
         "handler: nvidia\n---\napiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: nvidia}\n"
         "handler: nvidia\nscheduling: {nodeSelector: {runtime: nvidia}}\n"}),
    GOOD(RULE_RUNTIME_CLASS_EXCLUDES_POOL, "a selector that the pool has",
         {"namespaces.yaml", "handler: nvidia\n",
          "handler: nvidia\nscheduling: {nodeSelector: {nvidia.com/gpu: \"true\"}}\n"}),
    BAD(RULE_WORKLOAD_DENIED, "too many slices", {BY_HAND, "nvidia.com/gpu: 1", "nvidia.com/gpu: 100"}),
    GOOD(RULE_WORKLOAD_DENIED, "an owner in the template of a Deployment, which its pods do not get",
         {BY_HAND, "      labels: {app: server}\n",
          "      labels: {app: server}\n      ownerReferences: [{kind: DaemonSet, name: a, controller: true}]\n"}),
    BAD(RULE_POD_MALFORMED, "containers are not a list", {BY_HAND, NULL, POD("{containers: nothing}")}),
    SAYS(RULE_POD_MALFORMED, "spec.containers[0].name",
         {BY_HAND, NULL,
          RAY("{spec: {containers: [{name: 7}]}}", "{spec: {" ASKS("nvidia.com/gpu", "1") ", " TOLERATES "}}")}),
    SAYS(RULE_WORKLOAD_DENIED, "[too_many_slices]",
         {BY_HAND, NULL,
          RAY("{spec: {containers: [{name: a, image: b}]}}", "{spec: {" ASKS("nvidia.com/gpu", "100") "}}")}),
    BAD(RULE_WORKLOAD_DENIED, "a JobSet",
        {BY_HAND, NULL,
         OBJECT("jobset.x-k8s.io/v1alpha2", "JobSet",
                "{replicatedJobs: [{template: {spec: {template: {spec: {" ASKS("nvidia.com/gpu", "100") "}}}}}]}")}),
    BAD(RULE_WORKLOAD_DENIED, "a component of an InferenceService",
        {BY_HAND, NULL,
         OBJECT("serving.kserve.io/v1beta1", "InferenceService", "{predictor: {" ASKS("nvidia.com/gpu", "100") "}}")}),
    BAD(RULE_WORKLOAD_DENIED, "a template of a Workflow",
        {BY_HAND, NULL,
         OBJECT("argoproj.io/v1alpha1", "Workflow",
                "{templates: [{container: {image: b, resources: {limits: {nvidia.com/gpu: 100}}}}]}")}),
    BAD(RULE_WORKLOAD_DENIED, "a template in an unknown kind",
        {BY_HAND, NULL, OBJECT("example.com/v1", "Train", "{a: {spec: {" ASKS("nvidia.com/gpu", "100") "}}}")}),
    GOOD(RULE_WORKLOAD_DENIED, "a pattern in a policy",
         {BY_HAND, NULL, OBJECT("kyverno.io/v1", "ClusterPolicy", "{a: {spec: {" ASKS("nvidia.com/gpu", "100") "}}}")}),
    BAD(RULE_WORKLOAD_NOT_JUDGED, "a SparkApplication",
        {BY_HAND, NULL, OBJECT("sparkoperator.k8s.io/v1beta2", "SparkApplication", "{driver: {cores: 1}}")}),
    SAYS(RULE_WORKLOAD_NOT_JUDGED, "its container comes from a serving runtime",
         {BY_HAND, NULL, OBJECT("serving.kserve.io/v1beta1", "InferenceService", "{predictor: {model: {}}}")}),
    BAD(RULE_WORKLOAD_NOT_JUDGED, "an unknown kind that asks for a GPU",
        {BY_HAND, NULL, OBJECT("example.com/v1", "Server", "{resources: {limits: {nvidia.com/gpu: 1}}}")}),
    GOOD(RULE_WORKLOAD_NOT_JUDGED, "an unknown kind that asks for memory",
         {BY_HAND, NULL, OBJECT("example.com/v1", "Server", "{resources: {limits: {memory: 1Gi}}}")}),
    SAYS(RULE_TAINT_NOT_TOLERATED, "; created today it would get class a100-1g5gb", {BY_HAND, NULL, LIVE("1", "")}),
    SAYS(RULE_TAINT_NOT_TOLERATED, "; created today it would be denied [too_many_slices]",
         {BY_HAND, NULL, LIVE("2", "")}),
    GOOD(RULE_TAINT_NOT_TOLERATED, "a pod that runs on some node", {BY_HAND, NULL, LIVE("1", "nodeName: a, ")}),
    GOOD(RULE_TAINT_NOT_TOLERATED, "a pod that has succeeded", {BY_HAND, NULL, ENDED("Succeeded")}),
    GOOD(RULE_TAINT_NOT_TOLERATED, "a pod that has failed", {BY_HAND, NULL, ENDED("Failed")}),
    BAD(RULE_TAINT_NOT_TOLERATED, "a pod in an unknown phase without a node", {BY_HAND, NULL, ENDED("Unknown")}),
    BAD(RULE_WHOLE_GPU_ON_SLICED_POOL, "a pod that exists and has no record",
        {BY_HAND, NULL, LIVE("1", TOLERATES ", ")}),
    GOOD(RULE_WHOLE_GPU_ON_SLICED_POOL, "a pod that runs on some node",
         {BY_HAND, NULL, LIVE("1", "nodeName: a, " TOLERATES ", ")}),
    GOOD(RULE_WHOLE_GPU_ON_SLICED_POOL, "a pod with a slice of a class that is gone",
         {BY_HAND, NULL, RECORDED("gone")}),
    GOOD(RULE_WORKLOAD_DENIED, "a pod that exists is past admission", {BY_HAND, NULL, LIVE("100", "")}),
    GOOD(RULE_TAINT_NOT_TOLERATED, "a pod that exists and tolerates", {BY_HAND, NULL, LIVE("1", TOLERATES ", ")}),
    BAD(RULE_CLASS_WITHOUT_NODE_POOL, "its only pool has no NodePool",
        {"nodepool-l4-quarters.yaml", "kind: NodePool", "kind: Other"}),
    BAD(RULE_POOL_WITHOUT_NODE_POOL, "one of two pools of a class",
        {"nodepool-h100-sevenths.yaml", "kind: NodePool", "kind: Other"}),
    BAD(RULE_CLASS_LIMIT_OVER_A_NODE, "more than the largest node",
        {"policies/classes.yaml", "limits: {perContainer: 4}", "limits: {perContainer: 8}"}),
    BAD(RULE_CLASS_LIMIT_OVER_A_NODE, "perPod more than the largest node",
        {"policies/classes.yaml", "limits: {perContainer: 4}", "limits: {perContainer: 4, perPod: 5}"}),
    GOOD(RULE_CLASS_LIMIT_OVER_A_NODE, "perPod as many as the largest node",
         {"policies/classes.yaml", "limits: {perContainer: 4}", "limits: {perContainer: 4, perPod: 4}"}),
    BAD(RULE_CLASS_LIMIT_OVER_A_NODE, "by the instance types, as its NodePool is not among the manifests",
        {"policies/classes.yaml", "limits: {perContainer: 4}", "limits: {perContainer: 4, perPod: 5}"},
        {"nodepool-l4-whole.yaml", "kind: NodePool", "kind: Other"}),
    BAD(RULE_NODE_POOL_WEIGHT_ORDER, "the second pool has the higher weight",
        {"nodepool-h100-balanced.yaml", "  weight: ", "  weight: 9"}),
    BAD(RULE_NODE_POOL_WEIGHT_ORDER, "no weight at all", {"nodepool-h100-sevenths.yaml", "  weight: 50\n", ""}),
    BAD(RULE_NODE_POOLS_ABSENT, "none at all", {"nodepool-l4-quarters.yaml", "kind: NodePool", "kind: Other"}),
};

TEST(rules__of_pods__found_where_they_are_broken)
{
    try_cases(cases, ARRAY_SIZE(cases) - 1); /* the last is tested by node_pools__absent__reported */
}

TEST(rules__of_pods__each_has_a_case)
{
    expect_all_rules(rules_pods, cases, ARRAY_SIZE(cases));
}

TEST(node_pools__absent__reported)
{
    static const char *const names[] = {"a100-sevenths", "h100-balanced", "h100-sevenths",
                                        "l4-quarters",   "l4-whole",      "t4-thirds"};
    AUTO(lint_fixture) fixture = lint_fixture_make();
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char file[64];
        (void)snprintf(file, sizeof(file), "cluster/nodepool-%s.yaml", names[i]);
        temp_remove(fixture.folder, file);
    }
    struct lint_case item = {RULE_NODE_POOLS_ABSENT, true, "none", {{0}}, NULL};
    struct lint_look look = {.item = &item};
    buf_init(&look.faults, LINT_FIXTURE_TEXT_MAX);
    lint_fixture_lint(&fixture, "none", NULL, &look, look_for_rule);
    AUTO(buf) faults = look.faults;
    check_text("none", buf_text(&faults), "");
}
