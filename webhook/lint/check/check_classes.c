/* Checks that the pools and classes of the policies have NodePools, that pods of each class can run on every NodePool
 * of its pools and on none of other SlicePools, and that limits and weights suit the class. */
#include "lint/check/check.h"

#include <string.h>

/* -- Pools -- */

/* Reports a pool without NodePools. If a NodePool of that name lacks the labels, another rule reports that. */
static void check_pool(struct lint *lint, const struct pool *pool)
{
    FOREACH_NODE_POOL(&lint->model, node_pool) {
        if (node_pool->slice_pool == pool || node_pool->namesake == pool)
            return;
    }
    SAY_AT(lint, RULE_POOL_WITHOUT_NODE_POOL, pool->mark, arena_printf(&lint->model.arena, "SlicePool/%s", pool->name),
           "no NodePool among the manifests has the labels of SlicePool \"%s\" on its template", pool->name);
}

/* -- Classes -- */

/* Reports an obstacle on one NodePool of the class, even if the pod fits on another. */
static void check_on(struct lint *lint, const struct lint_pod *sample, const struct node_pool *node_pool)
{
    AUTO(buf) text;
    struct verdict verdict = verdict_on(sample, node_pool);
    if (verdict.obstacle >= OBSTACLE_UNKNOWN || verdict.obstacle < OBSTACLE_KEY_UNDEFINED)
        return;

    struct node node = lint_object_name_node(node_pool->object);
    if (verdict.obstacle == OBSTACLE_TAINT)
        node = node_element(node_pool->taint_nodes, (size_t)(verdict.taint - node_pool->taints.items));
    if (verdict.obstacle == OBSTACLE_LIMITS)
        node = node_find(node_pool->spec, PATH("limits", verdict.resource));
    buf_init(&text, ERR_TEXT_SIZE);
    verdict_print(&verdict, &(struct model){0}, &text);
    SAY(lint, verdict_rule(&verdict), node, node_pool->title, "the pod of slice class \"%s\" %s",
        sample->slice_class->name, buf_text(&text));
}

/* Returns the most slices of the class that a node has: by the NodePools among the manifests or, if none is of its
 * pools, by the instance types of the pools. Returns 0 if it is unknown. */
static int64_t most_on_a_node(const struct lint *lint, const struct slice_class *slice_class)
{
    bool rendered = false;
    int64_t most = 0;
    FOREACH_NODE_POOL(&lint->model, node_pool) {
        if (!class_uses(slice_class, node_pool->slice_pool))
            continue;
        rendered = true;
        FOREACH_MACHINE(node_pool, machine) {
            int64_t count = amounts_get(&machine->capacity, slice_class->resource);
            most = count > most ? count : most;
        }
    }
    return rendered ? most : slice_class->node_slices;
}

static void check_capacity(struct lint *lint, const struct slice_class *slice_class)
{
    int64_t most = most_on_a_node(lint, slice_class);
    bool per_pod = slice_class->per_pod > most;
    if (most > 0 && (per_pod || slice_class->per_container > most))
        SAY_AT(lint, RULE_CLASS_LIMIT_OVER_A_NODE, slice_class->mark,
               arena_printf(&lint->model.arena, "SliceClass/%s", slice_class->name),
               "limits.%s is %lld, but no node of its pools has more than %lld of %s",
               per_pod ? "perPod" : "perContainer",
               (long long)(per_pod ? slice_class->per_pod : slice_class->per_container), (long long)most,
               slice_class->resource);
}

/* Reports NodePools of other SlicePools on which the pods of the class could run. */
static void check_other_pools(struct lint *lint, const struct lint_pod *sample)
{
    const struct slice_class *slice_class = sample->slice_class;
    FOREACH_NODE_POOL(&lint->model, node_pool) {
        if (!node_pool->slice_pool || class_uses(slice_class, node_pool->slice_pool) ||
            verdict_on(sample, node_pool).obstacle != OBSTACLE_NONE)
            continue;
        SAY(lint, RULE_WHOLE_GPU_ON_SLICED_POOL, lint_object_name_node(node_pool->object), node_pool->title,
            "pods of slice class \"%s\", which does not use its pool, could land on its nodes", slice_class->name);
    }
}

/* Checks the order of the weights: Karpenter tries the NodePool with the highest weight first. */
static void check_order(struct lint *lint, const struct slice_class *slice_class)
{
    for (size_t i = 0; i + 1 < slice_class->pool_count; i++) {
        const struct node_pool *first = NULL;
        const struct node_pool *second = NULL;

        FOREACH_NODE_POOL(&lint->model, node_pool) {
            first = node_pool->slice_pool == slice_class->pools[i] ? node_pool : first;
            second = node_pool->slice_pool == slice_class->pools[i + 1] ? node_pool : second;
        }

        if (!first || !second || first->weight > second->weight)
            continue;
        SAY(lint, RULE_NODE_POOL_WEIGHT_ORDER, node_member(first->spec, "weight"), first->title,
            "has weight %lld, which must be higher than that of %s (%lld): slice class \"%s\" prefers the pool of %s",
            (long long)first->weight, second->title, (long long)second->weight, slice_class->name, first->title);
    }
}

static void check_class(struct lint *lint, const struct lint_pod *sample)
{
    const struct slice_class *slice_class = sample->slice_class;
    bool any = false;

    FOREACH_NODE_POOL(&lint->model, node_pool) {
        if (!class_uses(slice_class, node_pool->slice_pool))
            continue;
        any = true;
        check_on(lint, sample, node_pool);
    }

    if (!any)
        SAY_AT(lint, RULE_CLASS_WITHOUT_NODE_POOL, slice_class->mark,
               arena_printf(&lint->model.arena, "SliceClass/%s", slice_class->name),
               "none of its pools has a NodePool among the manifests: its pods stay Pending indefinitely");

    check_order(lint, slice_class);
    check_other_pools(lint, sample);
}

void lint_check_classes(struct lint *lint)
{
    if (!lint->policies)
        return;
    for (size_t i = 0; i < lint->policies->class_count; i++)
        check_capacity(lint, &lint->policies->classes[i]);
    if (lint->model.node_pool_count == 0) {
        const char *file = lint->sources.files.count ? lint->sources.files.items[0] : "";
        SAY_AT(lint, RULE_NODE_POOLS_ABSENT, ((struct mark){.file = file}), NULL,
               "there is no NodePool among the manifests, so where pods can run is not judged");
        return;
    }
    for (size_t i = 0; i < lint->policies->pool_count; i++)
        check_pool(lint, &lint->policies->pools[i]);
    for (size_t i = 0; i < lint->policies->class_count; i++)
        check_class(lint, lint->samples[i]);
}
