/* mig-parted's ConfigMap: one layout for each MIG pool, which the node label nvidia.com/mig.config selects. Source:
 * NVIDIA/mig-parted, api/spec/v1, which is strict. A custom ConfigMap replaces the operator's, so it must contain
 * all-disabled, the operator's default for nodes without the label. */
#include "render/plan.h"

static bool is_ours(const struct pool *pool)
{
    return pool_is_mig(pool) && pool_has_plugin_config(pool);
}

static json_t *layout(const struct pool *pool)
{
    AUTO(json) map = json_object();
    for (size_t i = 0; map && i < pool->layout.count; i++) {
        const struct layout_entry *entry = &pool->layout.entries[i];
        if (put(map, entry->profile->name, json_integer(entry->count)) < 0)
            return NULL;
    }
    return TAKE(map);
}

static json_t *configs(const struct plan *plan)
{
    AUTO(json) map = json_pack("{s:[{s:s, s:b}]}", MIG_CONFIG_NONE, "devices", "all", "mig-enabled", 0);
    for (size_t i = 0; map && i < plan->set->pool_count; i++) {
        const struct pool *pool = &plan->set->pools[i];
        if (is_ours(pool) &&
            put(map, pool->name,
                json_pack("[{s:s, s:b, s:o}]", "devices", "all", "mig-enabled", 1, "mig-devices", layout(pool))) < 0)
            return NULL;
    }
    return TAKE(map);
}

int render_mig_config(struct plan *plan, struct err *err)
{
    size_t count = 0;
    AUTO(buf) comment;
    AUTO(buf) text;

    buf_init(&comment, RENDER_COMMENT_MAX);
    buf_init(&text, RENDER_TEXT_MAX);
    buf_add_string(&comment, "How MIG cuts GPUs: a node takes the layout that its label nvidia.com/mig.config names.\n"
                             "Read by the GPU Operator's MIG manager. A changed layout is applied only to a node whose "
                             "GPUs are idle: drain it first.\n");

    for (size_t i = 0; i < plan->set->pool_count; i++) {
        if (!is_ours(&plan->set->pools[i]))
            continue;
        buf_addf(&comment, "  %s: ", plan->set->pools[i].name);
        plan_origin(plan, &plan->set->pools[i], &comment);
        buf_add_char(&comment, '\n');
        count++;
    }

    if (count == 0)
        return 0;
    if (build_yaml(json_pack("{s:s, s:o}", "version", "v1", "mig-configs", configs(plan)), &text, err) < 0)
        return -1;

    json_t *object = build_object("v1", "ConfigMap", build_metadata(MIG_CONFIG_NAME, OPERATOR_NAMESPACE));
    if (put(object, "data", json_pack("{s:s}", "config.yaml", buf_text(&text))) < 0) {
        json_decref(object);
        return err_nomem(err);
    }

    return render_files_add(&plan->files, RENDER_APPLIED, "mig-parted-config.yaml", buf_text(&comment), object, err);
}
