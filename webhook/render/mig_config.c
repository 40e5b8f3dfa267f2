/* mig-parted's ConfigMap: one layout for each MIG pool that does not use Bottlerocket. A node's label
 * nvidia.com/mig.config names its layout. Source: NVIDIA/mig-parted, api/spec/v1, whose parser is strict. A custom
 * ConfigMap replaces the operator's, so it must contain all-disabled, the operator's default for nodes without the
 * label. */
#include "render/plan.h"

static json_t *layout(const struct pool *pool)
{
    json_t *map = json_object();
    for (size_t i = 0; i < pool->layout.count; i++)
        json_put(&map, pool->layout.entries[i].profile->name, json_integer(pool->layout.entries[i].count));
    return map;
}

int render_mig_config(struct plan *plan, struct err *err)
{
    if (!plan_has_mig_config(plan))
        return 0;

    json_t *configs = json_pack("{s:[{s:s, s:b}]}", MIG_CONFIG_NONE, "devices", "all", "mig-enabled", 0);
    buf_add_string(&plan->comment,
                   "How MIG cuts GPUs: a node gets the layout that its label nvidia.com/mig.config names.\n"
                   "Read by the GPU Operator's MIG manager. A changed layout is applied only to a node whose "
                   "GPUs are idle: drain it first.\n");
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        const struct pool *pool = &plan->set->pools[i];
        if (!pool_is_mig(pool) || !pool_has_plugin_config(pool))
            continue;
        json_put(&configs, pool->name,
                 json_pack("[{s:s, s:b, s:o}]", "devices", "all", "mig-enabled", 1, "mig-devices", layout(pool)));
        buf_addf(&plan->comment, "  %s: SlicePool %s (%s)\n", pool->name, pool->name, plan_file(plan, &pool->mark));
    }

    json_t *config = json_pack("{s:s, s:o}", "version", "v1", "mig-configs", configs);
    json_t *object = build_object("v1", "ConfigMap", MIG_CONFIG_NAME, OPERATOR_NAMESPACE);
    json_put(&object, "data", json_pack("{s:o}", "config.yaml", build_yaml_text(config)));
    return plan_add(plan, RENDER_APPLIED, object, err, "mig-parted-config.yaml");
}
