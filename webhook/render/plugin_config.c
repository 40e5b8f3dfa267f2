/* The device plugin's ConfigMap. It has a key for each pool that shares or partitions GPUs, except on Bottlerocket; a
 * node's label nvidia.com/device-plugin.config names the key. Nodes without the label use the key `default`. Source:
 * NVIDIA/k8s-device-plugin, api/config/v1. The plugin silently ignores unknown and misplaced fields, so tests read the
 * result with the plugin's own parser. */
#include "render/plan.h"

static json_t *sharing_resources(const struct pool *pool)
{
    json_t *list = json_array();
    char resource[GPU_RESOURCE_SIZE];
    bool mixed = pool_is_mig(pool) && pool->strategy == MIG_MIXED;
    size_t count = mixed ? pool->layout.count : 1;
    for (size_t i = 0; i < count; i++) {
        gpu_resource_name(mixed ? pool->layout.entries[i].profile->name : NULL, false, resource);
        json_append(&list, json_pack("{s:s, s:I}", "name", resource, "replicas", (json_int_t)pool->replicas));
    }
    return list;
}

/* Sets failRequestsGreaterThanOne: two shares give no more of the GPU than one, so a request for two is refused. */
static json_t *sharing(const struct pool *pool)
{
    return json_pack("{s:{s:b, s:b, s:o}}", pool->sharing == SHARING_MPS ? "mps" : "timeSlicing", "renameByDefault",
                     pool->rename, "failRequestsGreaterThanOne", 1, "resources", sharing_resources(pool));
}

static json_t *config(const char *strategy)
{
    return json_pack("{s:s, s:{s:s}}", "version", "v1", "flags", "migStrategy", strategy);
}

static json_t *pool_config(const struct pool *pool)
{
    static const char *const strategies[] = {[MIG_MIXED] = "mixed", [MIG_SINGLE] = "single"};
    const char *strategy = pool_is_mig(pool) ? strategies[pool->strategy] : "none";
    json_t *body = config(strategy);
    if (pool_is_shared(pool))
        json_put(&body, "sharing", sharing(pool));
    if (pool->allocation == SHARE_PACKED)
        json_put(
            &body, "flags",
            json_pack("{s:s, s:{s:s}}", "migStrategy", strategy, "plugin", "sharedDevicesAllocationPolicy", "packed"));
    return body;
}

int render_plugin_config(struct plan *plan, struct err *err)
{
    buf_add_string(
        &plan->comment,
        "How NVIDIA's device plugin shares GPUs: a node uses the key that its label\n"
        "nvidia.com/device-plugin.config names. Without the label it uses `" PLUGIN_CONFIG_NONE
        "`, which shares nothing.\n"
        "MPS needs k8s-device-plugin 0.15 or newer; MIG profiles with a suffix (+me, +gfx) and\n"
        "sharedDevicesAllocationPolicy need 0.20 or newer: an older plugin silently ignores the policy.\n"
        "A running plugin does not notice a change of this ConfigMap. Restart it: kubectl -n " OPERATOR_NAMESPACE
        " rollout restart daemonset/nvidia-device-plugin-daemonset\n");

    json_t *data = json_pack("{s:o}", PLUGIN_CONFIG_NONE, build_yaml_text(config("none")));
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        const struct pool *pool = &plan->set->pools[i];
        if (!pool_has_plugin_config(pool))
            continue;
        json_put(&data, pool->name, build_yaml_text(pool_config(pool)));
        buf_addf(&plan->comment, "  %s: SlicePool %s (%s)\n", pool->name, pool->name, plan_file(plan, &pool->mark));
    }

    json_t *object = build_object("v1", "ConfigMap", PLUGIN_CONFIG_NAME, OPERATOR_NAMESPACE);
    json_put(&object, "data", data);
    return plan_add(plan, RENDER_APPLIED, object, err, "device-plugin-config.yaml");
}
