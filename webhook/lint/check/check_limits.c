/* Checks limits of NodePools: a limited GPU resource must be one that the nodes have, its limit must be a multiple of
 * what the smallest node has, and some instance type must fit under all limits. */
#include "base/text.h"
#include "lint/check/check.h"

#include <string.h>

/* Returns the smallest non-zero amount of the resource on a node; 0 if no node has it, -1 if an amount is unknown. */
static int64_t least_of(const struct node_pool *node_pool, const char *resource)
{
    int64_t least = 0;
    FOREACH_MACHINE(node_pool, machine) {
        int64_t count = amounts_get(&machine->capacity, resource);
        if (machine->gpus_unknown && strcmp(resource, GPU_RESOURCE_WHOLE) == 0)
            return -1;
        if (count > 0 && (least == 0 || count < least))
            least = count;
    }
    return least;
}

/* True for GPU resources, and for other names of nvidia.com/ on the nodes of a SlicePool. */
static bool is_ours(const struct node_pool *node_pool, const char *resource)
{
    return gpu_resource_is(resource) || (node_pool->slice_pool && text_begins(resource, NVIDIA_PREFIX));
}

static void check_limit(struct lint *lint, const struct node_pool *node_pool, const char *resource, struct node limit)
{
    int64_t count;
    if (!is_ours(node_pool, resource))
        return;
    if (!node_quantity(limit, &count)) {
        SAY(lint, RULE_FIELD_INVALID, limit, node_pool->title, "the limit of %s is not a quantity", resource);
        return;
    }

    int64_t least = least_of(node_pool, resource);
    if (least == 0)
        SAY_KEY(lint, RULE_LIMIT_ON_ANOTHER_RESOURCE, limit, node_pool->title,
                "limits %s, of which its nodes have none: the pool has no limit", resource);
    else if (least > 0 && count >= least && count % least != 0)
        SAY(lint, RULE_LIMIT_NOT_WHOLE_NODES, limit, node_pool->title,
            "limits %s to %lld, but its smallest node has %lld: %lld are never used", resource, (long long)count,
            (long long)least, (long long)(count % least));
}

/* If no instance type fits under the limits, Karpenter launches nothing, and the NodePool does not report why. */
static void check_any_node(struct lint *lint, const struct node_pool *node_pool)
{
    const char *below = NULL;
    FOREACH_MACHINE(node_pool, machine) {
        below = limit_below(node_pool, machine);
        if (!below)
            return;
    }
    if (below)
        SAY(lint, RULE_LIMITS_BELOW_ONE_NODE, node_member(node_member(node_pool->spec, "limits"), below),
            node_pool->title, "its limit of %s is less than %s", below,
            strcmp(below, "nodes") == 0 ? "one, so Karpenter launches none" : "any of its instance types has");
}

void lint_check_limits(struct lint *lint, const struct node_pool *node_pool)
{
    struct node limits = node_member(node_pool->spec, "limits");
    NODE_MEMBERS(limits, limit) {
        check_limit(lint, node_pool, limit.key, limit);
    }
    check_any_node(lint, node_pool);
}
