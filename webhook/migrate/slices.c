/* Completes NodePools whose GPUs are shared or partitioned. Source: NodeOverlay of Karpenter 1.14: absolute numbers per
 * instance, one overlay for each number of GPUs, matched by NodePool, template labels and the instance type's own
 * labels. */
#include "migrate/node_pool.h"

#include "migrate/plugin_config.h"
#include "migrate/pool_fields.h"
#include "migrate/pool_gpus.h"
#include "migrate/report/tree.h"

#include <stdio.h>
#include <string.h>

static bool has_gpus(const struct migration *migration, const struct pool_draft *pool)
{
    struct pool_gpus gpus;
    pool_gpus_find(migration, pool->out->value, &gpus);
    return gpus.model || work_pool_has_any(pool->out->value, WORDS(LABEL_GPU));
}

/* True if the configuration seems to be for the GPUs of that pool. */
static bool is_meant_for(const struct migration *migration, const struct plugin_config *config,
                         const struct pool_draft *draft)
{
    const json_t *pool = draft->out->value;
    bool mig = json_object_get(tree_get(pool, POOL_LABELS), LABEL_MIG_CONFIG) != NULL;
    bool whole = strcmp(config->resource, GPU_RESOURCE_WHOLE) == 0;
    return has_gpus(migration, draft) && (whole ? !mig || strcmp(config->strategy, "single") == 0 : mig);
}

static void label_pool(struct migration *migration, struct pool_draft *pool, const struct plugin_config *only,
                       size_t count)
{
    json_t *value = pool->out->value;
    if (json_object_get(tree_get(value, POOL_LABELS), LABEL_PLUGIN_CONFIG) || pool->current ||
        pool_is_bottlerocket(pool)) /* its device plugin reads no ConfigMap */
        return;

    if (migration->plugin_default && has_gpus(migration, pool)) {
        const char *standard = pool_label_value(migration, LABEL_PLUGIN_CONFIG, migration->plugin_default);
        work_put_key(migration, value, POOL_LABELS, LABEL_PLUGIN_CONFIG, json_string(standard));
    } else if (only && is_meant_for(migration, only, pool)) {
        work_put_key(migration, value, POOL_LABELS, LABEL_PLUGIN_CONFIG, json_string(only->key));
        work_comment(migration, pool->out,
                     "label " LABEL_PLUGIN_CONFIG ": %s: selects the key of ConfigMap %s; without it the GPU Operator "
                     "shares nothing.",
                     only->key, work_name(only->map));
        work_report_pool(migration, pool, FATE_ADDED,
                         "label " LABEL_PLUGIN_CONFIG ": %s, which selects the device plugin's configuration",
                         only->key);
    } else if (count > 1 && has_gpus(migration, pool)) {
        work_report_pool(migration, pool, FATE_MANUAL,
                         "there are %zu sharing configurations: set the template's label " LABEL_PLUGIN_CONFIG
                         " to the key of one",
                         count);
    }
}

void slices_label_pools(struct migration *migration)
{
    size_t count;
    const struct plugin_config *only = plugin_config_only_sharing(migration, &count);
    for (size_t i = 0; i < migration->pool_count; i++) {
        struct pool_draft *pool = &migration->pools[i];
        label_pool(migration, pool, only, count);
        struct plugin_config *config =
            plugin_config_find(migration, tree_text(tree_get(pool->out->value, POOL_LABELS), LABEL_PLUGIN_CONFIG));
        if (config)
            config->selected = true;
    }
}

static void add_overlay(struct migration *migration, const struct pool_draft *pool, const struct slicing *slicing,
                        unsigned gpu_count)
{
    char name[ERR_TEXT_SIZE];
    char count[32];

    (void)snprintf(name, sizeof(name), "%s-%ugpu", pool->name, gpu_count);
    (void)snprintf(count, sizeof(count), "%u", gpu_count);

    struct output *out = work_output(migration, RANK_OVERLAY, KARPENTER_V1ALPHA1, NODE_OVERLAY, name);
    if (!out)
        return;

    work_put(migration, out->value, "spec",
             json_pack("{s:i, s:[{s:s, s:s, s:[s]}, {s:s, s:s, s:[s]}]}", "weight", NODE_OVERLAY_WEIGHT, "requirements",
                       "key", LABEL_NODE_POOL, "operator", "In", "values", pool->name, "key", LABEL_INSTANCE_GPU_COUNT,
                       "operator", "In", "values", count));
    for (size_t i = 0; i < slicing->offer_count; i++)
        work_put_key(migration, out->value, "spec.capacity", slicing->offers[i].resource,
                     json_integer(slicing->offers[i].per_gpu * gpu_count));
    if (!slicing_offer(slicing, GPU_RESOURCE_WHOLE)) /* Karpenter must not count what the nodes no longer offer */
        work_put_key(migration, out->value, "spec.capacity", GPU_RESOURCE_WHOLE, json_integer(0));
    work_comment(migration, out, "What a node of NodePool %s with %u GPU%s offers, so that Karpenter counts slices.",
                 pool->name, gpu_count, gpu_count == 1 ? "" : "s");
    work_comment(migration, out,
                 "Needs Karpenter's feature gate NodeOverlay (karpenter-values.yaml); without it the "
                 "object is ignored.");
    work_put_value(migration, "karpenter-values.yaml", "settings.featureGates.nodeOverlay", json_true());
}

static void add_overlays(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                         const struct slicing *slicing)
{
    if (slicing->why_unknown || !gpus->model) {
        work_report_pool(migration, pool, FATE_MANUAL, "no NodeOverlay for NodePool %s: %s", pool->name,
                         slicing->why_unknown ? slicing->why_unknown : gpus->why_unknown);
        return;
    }

    for (unsigned gpu_count = 1; gpu_count <= 64; gpu_count++) {
        bool wanted = false;
        for (size_t i = 0; i < gpus->type_count; i++)
            wanted |= gpus->types[i]->gpu_count == gpu_count;
        if (!wanted)
            continue;
        add_overlay(migration, pool, slicing, gpu_count);
        work_report_pool(migration, pool, FATE_ADDED, "NodeOverlay %s-%ugpu: %s %lld%s", pool->name, gpu_count,
                         slicing->offers[0].resource, (long long)slicing->offers[0].per_gpu * gpu_count,
                         slicing->offer_count > 1 ? " and others" : "");
    }
}

/* Returns the number of slices of that many GPUs, at most INT64_MAX. */
static int64_t slices_of(int64_t gpus, const struct offer *offer)
{
    int64_t slices;
    return __builtin_mul_overflow(gpus, offer->per_gpu, &slices) ? INT64_MAX : slices;
}

/* Converts the limit of nvidia.com/gpu, which counted whole GPUs. Karpenter counts what nodes offer, which is slices
 * now. */
static void put_gpu_limit(struct migration *migration, const struct pool_draft *pool, const struct slicing *slicing,
                          const struct node *limit)
{
    struct report *report = &migration->report;
    int64_t gpus = 0;
    json_t *value = pool->out->value;
    bool parsed = tree_whole_number(limit->value, &gpus);

    if (slicing->kind == SLICING_NONE || slicing->why_unknown || !parsed) {
        work_put_key(migration, value, "spec.limits", GPU_RESOURCE_WHOLE, json_deep_copy(limit->value));
        report_carried(report, limit, pool->out->title, "spec.limits[\"" GPU_RESOURCE_WHOLE "\"]");
        if (slicing->why_unknown || !parsed)
            report_add(report, limit, FATE_MANUAL, "not converted, but Karpenter counts slices now: %s",
                       slicing->why_unknown ? slicing->why_unknown : "not a whole number");
        return;
    }

    for (size_t i = 0; i < slicing->offer_count; i++)
        work_put_key(migration, value, "spec.limits", slicing->offers[i].resource,
                     json_integer(slices_of(gpus, &slicing->offers[i])));
    report_add(report, limit, FATE_CHANGED, "spec.limits[\"%s\"]: %lld%s, because Karpenter counts slices now",
               slicing->offers[0].resource, (long long)slices_of(gpus, &slicing->offers[0]),
               slicing->offer_count > 1 ? " and others" : "");
}

/* Writes the MIG strategy to the values of the operator, which passes its own strategy to the plugin, whatever the
 * plugin's configuration says. */
static void put_strategy(struct migration *migration, const struct pool_draft *pool, const char *strategy)
{
    struct output *values = work_values(migration, "gpu-operator-values.yaml");
    const char *existing = values ? tree_text(tree_get(values->value, "mig"), "strategy") : NULL;
    if (existing && strcmp(existing, strategy) != 0)
        work_report_pool(migration, pool, FATE_MANUAL,
                         "the operator has one MIG strategy for all nodes: %s is written, but NodePool %s needs %s",
                         existing, pool->name, strategy);
    else if (values && !existing)
        work_put(migration, values->value, "mig.strategy", json_string(strategy));
}

void slices_finish_pools(struct migration *migration)
{
    for (size_t i = 0; i < migration->pool_count; i++) {
        const struct pool_draft *pool = &migration->pools[i];
        struct pool_gpus gpus;
        struct slicing slicing;
        if (pool->current)
            continue;

        pool_gpus_find(migration, pool->out->value, &gpus);
        pool_slicing(migration, pool, &gpus, &slicing);
        if (slicing.kind != SLICING_NONE || slicing.why_unknown)
            add_overlays(migration, pool, &gpus, &slicing);
        if (slicing.kind == SLICING_MIG && !pool_is_bottlerocket(pool))
            put_strategy(migration, pool, slicing.single ? "single" : "mixed");
        struct node limit = node_member(pool->limits, GPU_RESOURCE_WHOLE);
        if (limit.value)
            put_gpu_limit(migration, pool, &slicing, &limit);
    }
}
