/* Determines NodePool weights. A class lists its pools in order of preference, and Karpenter tries the NodePool with
 * the highest weight first. Therefore a pool that a class lists before another must have the higher weight. */
#include "render/plan.h"

#include <inttypes.h>

enum { WEIGHT_FIRST = 50, WEIGHT_STEP = 10 };

static struct plan_pool *planned_pool(struct plan *plan, const struct pool *pool)
{
    return &plan->pools[pool - plan->set->pools];
}

/* Returns the next weight below `weight`. The gap between weights leaves room for new pools as long as there are enough
 * weights. */
static int64_t weight_below(int64_t weight)
{
    return weight > WEIGHT_STEP ? weight - WEIGHT_STEP : weight - 1;
}

static bool is_given(const struct plan_pool *planned)
{
    return planned->pool->nodes.weight > 0;
}

/* Lowers the weights of pools that must come after others. Returns true if it changed any. */
static bool lower_later_pools(struct plan *plan)
{
    bool changed = false;
    for (size_t i = 0; i < plan->set->class_count; i++) {
        const struct slice_class *slice_class = &plan->set->classes[i];
        for (size_t j = 1; j < slice_class->pool_count; j++) {
            const struct plan_pool *before = planned_pool(plan, slice_class->pools[j - 1]);
            struct plan_pool *behind = planned_pool(plan, slice_class->pools[j]);
            if (is_given(behind) || before->weight < 1 || behind->weight <= weight_below(before->weight))
                continue;
            behind->weight = weight_below(before->weight);
            changed = true;
        }
    }

    return changed;
}

static void report_weight_order(const struct plan *plan, const struct slice_class *slice_class, size_t index,
                                struct problems *problems)
{
    const struct pool *before = slice_class->pools[index - 1];
    const struct pool *behind = slice_class->pools[index];
    int64_t first = plan->pools[before - plan->set->pools].weight;
    int64_t second = plan->pools[behind - plan->set->pools].weight;
    problems_add(problems, behind->mark.file, behind->mark.line, behind->mark.column,
                 "SlicePool %s has the weight %" PRId64 "%s and SlicePool %s (%s:%u) the weight %" PRId64
                 "%s, but SliceClass %s (%s:%u) names %s first; must be below its",
                 behind->name, second, behind->nodes.weight ? "" : " (by its places in classes)", before->name,
                 before->mark.file, before->mark.line, first, before->nodes.weight ? "" : " (by its places in classes)",
                 slice_class->name, slice_class->mark.file, slice_class->mark.line, before->name);
}

static void check_order(const struct plan *plan, struct problems *problems)
{
    for (size_t i = 0; i < plan->set->class_count; i++) {
        const struct slice_class *slice_class = &plan->set->classes[i];
        for (size_t j = 1; j < slice_class->pool_count; j++) {
            const struct plan_pool *before = &plan->pools[slice_class->pools[j - 1] - plan->set->pools];
            const struct plan_pool *behind = &plan->pools[slice_class->pools[j] - plan->set->pools];
            if (before->weight <= behind->weight)
                report_weight_order(plan, slice_class, j, problems);
        }
    }
}

static const struct slice_class *class_with_order(const struct policy_set *set, const struct pool *before,
                                                  const struct pool *behind)
{
    for (size_t i = 0; i < set->class_count; i++) {
        const struct slice_class *slice_class = &set->classes[i];
        bool seen = false;
        for (size_t j = 0; j < slice_class->pool_count; j++) {
            seen = seen || slice_class->pools[j] == before;
            if (seen && slice_class->pools[j] == behind)
                return slice_class;
        }
    }
    return NULL;
}

/* Reports why no weights are left: two classes list two pools in opposite order, or too many pools follow one another.
 */
static void report_run_out(const struct plan *plan, struct problems *problems)
{
    const struct policy_set *set = plan->set;
    const size_t reported = problems->count;

    for (size_t i = 0; i < set->pool_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct slice_class *a = class_with_order(set, &set->pools[i], &set->pools[j]);
            const struct slice_class *b = class_with_order(set, &set->pools[j], &set->pools[i]);
            if (a && b)
                problems_add(problems, a->mark.file, a->mark.line, a->mark.column,
                             "SliceClass %s names SlicePool %s before %s, but SliceClass %s (%s:%u) the other way "
                             "round; a NodePool has one weight for all, so must be the same order",
                             a->name, set->pools[i].name, set->pools[j].name, b->name, b->mark.file, b->mark.line);
        }
    }

    for (size_t i = 0; i < set->pool_count && problems->count == reported; i++) {
        const struct pool *pool = plan->pools[i].pool;
        if (plan->pools[i].weight < 1)
            problems_add(problems, pool->mark.file, pool->mark.line, pool->mark.column,
                         "SlicePool %s stands behind too many others in the classes' orders, or their orders go in a "
                         "circle; must have nodes.weight given, or another place",
                         pool->name);
    }
}

void plan_weights(struct plan *plan, struct problems *problems)
{
    bool run_out = false;
    for (size_t i = 0; i < plan->set->pool_count; i++)
        plan->pools[i].weight = is_given(&plan->pools[i]) ? plan->pools[i].pool->nodes.weight : WEIGHT_FIRST;
    while (lower_later_pools(plan))
        ; /* this ends, because each round lowers a weight, and weights below 1 lower no others */
    for (size_t i = 0; i < plan->set->pool_count; i++)
        run_out = run_out || plan->pools[i].weight < 1;
    if (run_out)
        report_run_out(plan, problems);
    else
        check_order(plan, problems);
}
