/* Helm values that make NVIDIA's GPU Operator read our ConfigMaps and run on our nodes. Source: NVIDIA/gpu-operator,
 * deployments/gpu-operator/values.yaml and controllers/object_controls.go. */
#include "render/plan.h"

static const char values_template[] =
    "driver: {enabled: false}\n"
    "toolkit: {enabled: false}\n"
    "mig: {strategy: ''}\n"
    "devicePlugin:\n"
    "  config: {create: false, name: " PLUGIN_CONFIG_NAME ", default: " PLUGIN_CONFIG_NONE "}\n"
    "migManager:\n"
    "  enabled: true\n"
    "  config: {create: false, name: " MIG_CONFIG_NAME ", default: " MIG_CONFIG_NONE "}\n"
    "  env: [{name: WITH_REBOOT, value: 'true'}]\n";

/* A list in Helm values replaces the chart's list, so the chart's own two entries are repeated. */
static const char worker_template[] =
    "- {key: node-role.kubernetes.io/master, operator: Exists, effect: NoSchedule}\n"
    "- {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}\n";

/* Adds tolerations of nvidia.com/gpu and of all taints of all pools to the list, and returns it. */
static json_t *add_tolerations(const struct plan *plan, json_t *list)
{
    append_toleration(&list, GPU_RESOURCE_WHOLE, "NoSchedule");
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        const struct pool *pool = &plan->set->pools[i];
        append_tolerations(&list, &pool->taints);
        append_tolerations(&list, &pool->nodes.taints);
        append_tolerations(&list, &pool->nodes.startup_taints);
    }
    return list;
}

/* True if several pods share a GPU of a node on which the operator runs its device plugin. */
static bool shares_gpus(const struct plan *plan)
{
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        if (pool_is_shared(&plan->set->pools[i]) && pool_has_plugin_config(&plan->set->pools[i]))
            return true;
    }
    return false;
}

static void comment_on_sharing(struct buf *comment)
{
    buf_add_string(
        comment, "KUBERNETES_VIRTUAL_GPUS lets the DCGM exporter name all pods that share a GPU. Without it, it names "
                 "one of them.\n");
}

int render_operator_values(struct plan *plan, struct err *err)
{
    json_t *values = build_template(values_template);
    if (!plan_has_mig_config(plan))
        (void)json_object_del(values, "migManager");
    if (shares_gpus(plan))
        json_put(&values, "dcgmExporter", build_template("{env: [{name: KUBERNETES_VIRTUAL_GPUS, value: 'true'}]}"));
    json_put(&values, "daemonsets", json_pack("{s:o}", "tolerations", add_tolerations(plan, json_array())));
    json_put(&values, "node-feature-discovery",
             json_pack("{s:{s:o}}", "worker", "tolerations", add_tolerations(plan, build_template(worker_template))));

    buf_add_string(
        &plan->comment,
        "Helm values for NVIDIA's GPU Operator (25 or newer): helm upgrade --install gpu-operator "
        "nvidia/gpu-operator\n"
        "-n " OPERATOR_NAMESPACE " -f gpu-operator-values.yaml. Apply the ConfigMaps in this folder first.\n"
        "\n"
        "mig.strategy is empty on purpose: a value here reaches every node's device plugin as an environment\n"
        "variable, which overrides the plugin's configuration. If the value is empty, flags.migStrategy of each pool\n"
        "applies, so that pools of both strategies, and of MPS (which refuses to start under `mixed`), can be in one "
        "cluster.\n"
        "driver and toolkit are off, because the EKS images for GPU instances include both; turn them on for other "
        "images.\n"
        "Version 25.10 and newer hand GPUs to containers by CDI. With the toolkit off, containerd must have CDI on, as "
        "in\nEKS' AL2023 images from Kubernetes 1.32 on; for older ones set cdi.enabled to false.\n"
        "WITH_REBOOT lets the MIG manager reboot a node if MIG mode cannot be switched otherwise (A100 in a cloud).\n"
        "The tolerations cover all taints of all pools: without them a node would never be cut.\n");
    if (shares_gpus(plan))
        comment_on_sharing(&plan->comment);
    return plan_add(plan, RENDER_OTHER, values, err, "gpu-operator-values.yaml");
}
