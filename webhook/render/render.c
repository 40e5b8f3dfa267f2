/* Calls the renderers in order. */
#include "base/text.h"
#include "render/plan.h"

#include <string.h>

static int render_pool(struct plan *plan, const struct plan_pool *planned, struct err *err)
{
    const struct pool *pool = planned->pool;
    if (!plan_has_nodes(pool))
        return plan_note(plan, err,
                         "SlicePool %s: the table has no AWS instance type with the %s, so there is no NodePool for it",
                         pool->name, pool->gpu->id);
    if (plan->options->node_class == RENDER_EC2 && render_ec2_node_class(plan, pool, err) < 0)
        return -1;
    if (render_node_pool(plan, planned, err) < 0)
        return -1;
    return render_node_overlays(plan, planned, err);
}

/* Notes for how many of the rendered pools Karpenter replaces nodes whenever a newer image appears. */
static int note_images(struct plan *plan, struct err *err)
{
    const char *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        const struct pool *pool = plan->pools[i].pool;
        if (!plan->pools[i].selected || !plan_has_nodes(pool) || !node_class_follows_latest(&pool->nodes.node_class))
            continue;
        first = first ? first : pool->name;
        count++;
    }

    if (count == 0 || plan->options->node_class != RENDER_EC2)
        return 0;
    char others[64] = "";
    if (count > 1)
        text_printf(others, sizeof(others), " and %zu other%s", count - 1, count > 2 ? "s" : "");
    return plan_note(plan, err,
                     "the images of SlicePool %s%s follow the latest release: a newer one replaces all nodes; set "
                     "nodes.nodeClass.amiVersion to decide when",
                     first, others);
}

static int render_pools(struct plan *plan, struct err *err)
{
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        if (plan->pools[i].selected && render_pool(plan, &plan->pools[i], err) < 0)
            return -1;
    }
    return note_images(plan, err);
}

/* Renders what is not specific to one pool. */
static int render_cluster(struct plan *plan, struct err *err)
{
    const struct render_options *options = plan->options;
    if (options->node_class == RENDER_KWOK && render_kwok_node_class(plan, err) < 0)
        return -1;
    if (render_plugin_config(plan, err) < 0 || render_mig_config(plan, err) < 0 ||
        render_operator_values(plan, err) < 0 || render_layout_ready(plan, err) < 0)
        return -1;
    if (options->quota && (render_quota(plan, err) < 0 || render_kueue(plan, err) < 0))
        return -1;
    if (options->dra && render_device_classes(plan, err) < 0)
        return -1;
    if (options->guard && render_guard(plan, err) < 0)
        return -1;

    return 0;
}

static int compare_files(const void *left, const void *right)
{
    return strcmp(((const struct render_file *)left)->name, ((const struct render_file *)right)->name);
}

int render(const struct policy_set *set, const struct render_options *options, struct render_files *ret_files,
           struct problems *problems, struct err *err)
{
    AUTO(plan) plan = {0};
    if (plan_make(set, options, &plan, problems, err) < 0 || render_pools(&plan, err) < 0)
        return -1;
    bool whole = options->pools.count == 0;
    if (whole && render_cluster(&plan, err) < 0)
        return -1;
    if (plan.files.count > 1)
        qsort(plan.files.items, plan.files.count, sizeof(*plan.files.items), compare_files);
    if (whole && render_kustomization(&plan, err) < 0)
        return -1;
    *ret_files = TAKE(plan.files);
    return 0;
}
