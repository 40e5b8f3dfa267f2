/* Records, for each operation of a patch, the rule that it comes from. Contains no rules. */
#include "admission/model/changes.h"

#include "core/names.h"

void changes_init(struct changes *changes, size_t patch_max)
{
    patch_init(&changes->patch, patch_max);
    changes->run_count = 0;
}

void changes_fini(struct changes *changes)
{
    patch_fini(&changes->patch);
    changes->run_count = 0;
}

struct origin origin_policy(const struct policy *policy, const char *rule)
{
    return (struct origin){.kind = SLICE_POLICY, .name = policy->name, .mark = &policy->mark, .rule = rule};
}

struct origin origin_class(const struct slice_class *slice_class, const char *rule)
{
    return (struct origin){.kind = SLICE_CLASS, .name = slice_class->name, .mark = &slice_class->mark, .rule = rule};
}

struct origin origin_pool(const struct pool *pool, const char *rule)
{
    return (struct origin){.kind = SLICE_POOL, .name = pool->name, .mark = &pool->mark, .rule = rule};
}

struct origin origin_record(const char *class_name, const struct slice_class *slice_class)
{
    return (struct origin){.kind = SLICE_CLASS,
                           .name = class_name,
                           .mark = slice_class ? &slice_class->mark : NULL,
                           .rule = "taken back, because the record names this class"};
}

void changes_because(struct changes *changes, struct origin origin)
{
    size_t first = changes->patch.count;
    if (changes->run_count > 0 && changes->runs[changes->run_count - 1].first == first)
        changes->run_count--; /* the previous origin has no operations */
    if (changes->run_count == CHANGES_RUNS_MAX) {
        changes->runs[CHANGES_RUNS_MAX - 1].origin.by_guard &= origin.by_guard;
        return;
    }
    changes->runs[changes->run_count].first = first;
    changes->runs[changes->run_count++].origin = origin;
}

const struct origin *changes_origin(const struct changes *changes, size_t operation)
{
    const struct origin *found = NULL;
    for (size_t i = 0; i < changes->run_count && changes->runs[i].first <= operation; i++)
        found = &changes->runs[i].origin;
    return operation < changes->patch.count ? found : NULL;
}

bool changes_are_guards(const struct changes *changes)
{
    for (size_t i = 0; i < changes->run_count && changes->runs[i].first < changes->patch.count; i++) {
        if (!changes->runs[i].origin.by_guard)
            return false;
    }
    return changes->patch.count > 0;
}
