/* The device plugin's ConfigMap: one key for each pool that shares or partitions GPUs, selected by the node label
 * nvidia.com/device-plugin.config. Source: NVIDIA/k8s-device-plugin, api/config/v1. The plugin silently ignores unknown
 * and misplaced fields, so tests read the result with the plugin's own parser. */
#include "render/plan.h"

#include <string.h>

static json_t *sharing_resources(const struct pool *pool)
{
    AUTO(json) list = json_array();
    char resource[GPU_RESOURCE_SIZE];
    size_t count = pool_is_mig(pool) && pool->strategy == MIG_MIXED ? pool->layout.count : 1;
    for (size_t i = 0; list && i < count; i++) {
        bool named = pool_is_mig(pool) && pool->strategy == MIG_MIXED;
        gpu_resource_name(named ? pool->layout.entries[i].profile->name : NULL, false, resource);
        if (json_array_append_new(
                list, json_pack("{s:s, s:I}", "name", resource, "replicas", (json_int_t)pool->replicas)) < 0)
            return NULL;
    }
    return TAKE(list);
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

static int add_config(json_t *data, const char *key, json_t *body, struct err *err)
{
    AUTO(buf) text;
    buf_init(&text, RENDER_TEXT_MAX);
    if (build_yaml(body, &text, err) < 0)
        return -1;
    return put(data, key, json_string(buf_text(&text))) < 0 ? err_nomem(err) : 0;
}

static int add_pool(json_t *data, const struct pool *pool, struct err *err)
{
    static const char *const strategies[] = {[MIG_MIXED] = "mixed", [MIG_SINGLE] = "single"};
    AUTO(json) body = config(pool_is_mig(pool) ? strategies[pool->strategy] : "none");
    if (pool_is_shared(pool) && put(body, "sharing", sharing(pool)) < 0)
        return err_nomem(err);
    return add_config(data, pool->name, TAKE(body), err);
}

static int add_pools(const struct plan *plan, json_t *data, struct buf *comment, struct err *err)
{
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        const struct pool *pool = &plan->set->pools[i];
        if (!pool_has_plugin_config(pool))
            continue;
        if (add_pool(data, pool, err) < 0)
            return -1;
        buf_addf(comment, "  %s: ", pool->name);
        plan_origin(plan, pool, comment);
        buf_add_char(comment, '\n');
    }
    return 0;
}

int render_plugin_config(struct plan *plan, struct err *err)
{
    AUTO(json) data = json_object();
    AUTO(buf) comment;

    buf_init(&comment, RENDER_COMMENT_MAX);
    buf_add_string(&comment,
                   "How NVIDIA's device plugin shares GPUs: a node takes the key that its label\n"
                   "nvidia.com/device-plugin.config names, and `" PLUGIN_CONFIG_NONE
                   "` (nothing is shared) without one.\n"
                   "Needs k8s-device-plugin 0.15 or newer (MPS); 0.20 for MIG profiles with a suffix (+me, +gfx).\n"
                   "A running plugin does not see that this changes: kubectl -n " OPERATOR_NAMESPACE
                   " rollout restart daemonset/nvidia-device-plugin-daemonset\n");
    if (!data)
        return err_nomem(err);
    if (add_config(data, PLUGIN_CONFIG_NONE, config("none"), err) < 0 || add_pools(plan, data, &comment, err) < 0)
        return -1;

    json_t *object = build_object("v1", "ConfigMap", build_metadata(PLUGIN_CONFIG_NAME, OPERATOR_NAMESPACE));
    if (put(object, "data", TAKE(data)) < 0) {
        json_decref(object);
        return err_nomem(err);
    }

    return render_files_add(&plan->files, RENDER_APPLIED, "device-plugin-config.yaml", buf_text(&comment), object, err);
}
