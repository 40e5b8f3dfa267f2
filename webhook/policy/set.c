/* Looks up parts of a loaded policy set, and counts references to it. set_load.c loads it. */
#include "policy/names.h"
#include "policy/set.h"

static void free_set(struct policy_set *set)
{
    for (size_t i = 0; i < set->pool_count; i++)
        pool_fini(&set->pools[i]);
    for (size_t i = 0; i < set->class_count; i++)
        class_fini(&set->classes[i]);
    for (size_t i = 0; i < set->policy_count; i++)
        policy_fini(&set->policies[i]);
    free(set->pools);
    free(set->classes);
    free(set->policies);
    settings_fini(&set->settings);
    strlist_fini(&set->files);
    problems_fini(&set->warnings);
    free(set);
}

struct policy_set *policy_set_ref(struct policy_set *set)
{
    refs_up(&set->refs);
    return set;
}

void policy_set_unref(struct policy_set *set)
{
    if (set && refs_down(&set->refs))
        free_set(set);
}

const struct slice_class *policy_set_class(const struct policy_set *set, const char *name)
{
    return names_find(NAMES(set->classes, set->class_count), name);
}

const struct policy *policy_set_match(const struct policy_set *set, const char *namespace_name,
                                      const struct keyvalues *labels)
{
    for (size_t i = 0; i < set->policy_count; i++) {
        if (policy_matches(&set->policies[i], namespace_name, labels))
            return &set->policies[i];
    }
    return NULL;
}

void policy_set_enforce(struct policy_set *set)
{
    for (size_t i = 0; i < set->policy_count; i++)
        set->policies[i].mode = MODE_ENFORCE;
}
