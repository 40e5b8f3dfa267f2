/* Determines NodePool weights. A class lists its pools in order of preference, and Karpenter tries the NodePool with
 * the highest weight first. Therefore a pool that a class lists before another must have the higher weight. */
#include "render/plan.h"

#include <inttypes.h>

enum { WEIGHT_FIRST = 50, WEIGHT_STEP = 10 };

static struct plan_pool *planned_pool(const struct plan *plan, const struct pool *pool)
{
    return &plan->pools[pool - plan->set->pools];
}

/* Returns the next weight below `weight`. While there are enough weights, a gap leaves room for new pools. */
static int64_t weight_below(int64_t weight)
{
    return weight > WEIGHT_STEP ? weight - WEIGHT_STEP : weight - 1;
}

/* Lowers derived weights that are not below those of the pools before them. Returns true if it changed any. */
static bool lower_later_pools(struct plan *plan)
{
    bool changed = false;
    for (size_t i = 0; i < plan->set->class_count; i++) {
        const struct slice_class *slice_class = &plan->set->classes[i];
        for (size_t j = 1; j < slice_class->pool_count; j++) {
            const struct plan_pool *earlier = planned_pool(plan, slice_class->pools[j - 1]);
            struct plan_pool *later = planned_pool(plan, slice_class->pools[j]);
            if (later->pool->nodes.weight || earlier->weight < 1 || later->weight <= weight_below(earlier->weight))
                continue;
            later->weight = weight_below(earlier->weight);
            changed = true;
        }
    }

    return changed;
}

static void report_weight_order(const struct slice_class *slice_class, const struct plan_pool *earlier,
                                const struct plan_pool *later, struct problems *problems)
{
    static const char derived[] = " (by its places in classes)";
    const struct pool *first = earlier->pool;
    const struct pool *second = later->pool;
    problems_add(problems, PLAN_MARK(second->mark),
                 "SlicePool %s has the weight %" PRId64 "%s and SlicePool %s (%s:%u) the weight %" PRId64
                 "%s, but SliceClass %s (%s:%u) names %s first; the weight of %s must be lower",
                 second->name, later->weight, second->nodes.weight ? "" : derived, first->name, first->mark.file,
                 first->mark.line, earlier->weight, first->nodes.weight ? "" : derived, slice_class->name,
                 slice_class->mark.file, slice_class->mark.line, first->name, second->name);
}

static void check_order(const struct plan *plan, struct problems *problems)
{
    for (size_t i = 0; i < plan->set->class_count; i++) {
        const struct slice_class *slice_class = &plan->set->classes[i];
        for (size_t j = 1; j < slice_class->pool_count; j++) {
            const struct plan_pool *earlier = planned_pool(plan, slice_class->pools[j - 1]);
            const struct plan_pool *later = planned_pool(plan, slice_class->pools[j]);
            if (earlier->weight <= later->weight)
                report_weight_order(slice_class, earlier, later, problems);
        }
    }
}

static const struct slice_class *class_with_order(const struct policy_set *set, const struct pool *earlier,
                                                  const struct pool *later)
{
    for (size_t i = 0; i < set->class_count; i++) {
        const struct slice_class *slice_class = &set->classes[i];
        bool seen = false;
        for (size_t j = 0; j < slice_class->pool_count; j++) {
            seen = seen || slice_class->pools[j] == earlier;
            if (seen && slice_class->pools[j] == later)
                return slice_class;
        }
    }
    return NULL;
}

/* Reports why no weights are left: two classes list two pools in opposite orders, the orders of several classes form a
 * circle, or too many pools follow one another. */
static void report_run_out(const struct plan *plan, struct problems *problems)
{
    const struct policy_set *set = plan->set;
    const size_t reported = problems->count;

    for (size_t i = 0; i < set->pool_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct slice_class *a = class_with_order(set, &set->pools[i], &set->pools[j]);
            const struct slice_class *b = class_with_order(set, &set->pools[j], &set->pools[i]);
            if (a && b)
                problems_add(problems, PLAN_MARK(a->mark),
                             "SliceClass %s names SlicePool %s before %s, but SliceClass %s (%s:%u) the other way "
                             "round; a NodePool has one weight for all classes, so the order must be the same",
                             a->name, set->pools[i].name, set->pools[j].name, b->name, b->mark.file, b->mark.line);
        }
    }

    for (size_t i = 0; i < set->pool_count && problems->count == reported; i++) {
        const struct pool *pool = plan->pools[i].pool;
        if (plan->pools[i].weight < 1)
            problems_add(
                problems, PLAN_MARK(pool->mark),
                "SlicePool %s comes after too many others in the classes' orders, or the orders form a circle; "
                "must have nodes.weight, or another place in the classes",
                pool->name);
    }
}

void plan_weights(struct plan *plan, struct problems *problems)
{
    bool run_out = false;
    for (size_t i = 0; i < plan->set->pool_count; i++) {
        int64_t given = plan->set->pools[i].nodes.weight;
        plan->pools[i].weight = given ? given : WEIGHT_FIRST;
    }

    while (lower_later_pools(plan))
        ; /* this ends, because each round lowers a weight, and weights below 1 lower no others */
    for (size_t i = 0; i < plan->set->pool_count; i++)
        run_out = run_out || plan->pools[i].weight < 1;

    if (run_out)
        report_run_out(plan, problems);
    else
        check_order(plan, problems);
}
