/* Compares policies with each other, and with the namespaces of the manifests. Finds classes and pools that nothing
 * uses. */
#include "base/text.h"
#include "core/names.h"
#include "lint/check/check.h"

#include <string.h>

enum { SELECTOR_GROUP_MAX = 64 };

static const char *title_of(struct lint *lint, const char *kind, const char *name)
{
    return arena_printf(&lint->model.arena, "%s/%s", kind, name);
}

/* -- Classes -- */

static void check_allowed(struct lint *lint, const struct slice_class *slice_class)
{
    for (size_t i = 0; i < lint->policies->policy_count; i++) {
        if (policy_allows(&lint->policies->policies[i], slice_class))
            return;
    }
    SAY_AT(lint, RULE_CLASS_NOT_ALLOWED, slice_class->mark, title_of(lint, SLICE_CLASS, slice_class->name),
           "no SlicePolicy allows it: no pod can get it");
}

static void check_used(struct lint *lint, const struct pool *pool)
{
    for (size_t i = 0; i < lint->policies->class_count; i++) {
        if (class_uses(&lint->policies->classes[i], pool))
            return;
    }
    SAY_AT(lint, RULE_POOL_UNUSED, pool->mark, title_of(lint, SLICE_POOL, pool->name),
           "no SliceClass uses it: no pod can get its slices");
}

/* -- Policies -- */

/* True if a policy chooses between the class and others by the table's price of it. */
static bool is_priced_by_table(const struct policy_set *policies, const struct slice_class *slice_class)
{
    for (size_t i = 0; i < policies->policy_count; i++) {
        const struct policy *policy = &policies->policies[i];
        if (slice_class->own_price == 0 && policy_uses_table_prices(policy) && policy_allows(policy, slice_class))
            return true;
    }
    return false;
}

enum { OTHERS_SIZE = 64 };

/* Sets ret_text to ", like 2 others" for a finding at the first of three objects, and to "" if there is no other. */
static void like_others(size_t count, char ret_text[OTHERS_SIZE])
{
    *ret_text = '\0';
    if (count > 1)
        text_printf(ret_text, OTHERS_SIZE, ", like %zu other%s", count - 1, count > 2 ? "s" : "");
}

/* Reports the prices of the table once, at the first class, because most sets have none of their own. */
static void check_prices(struct lint *lint)
{
    const struct policy_set *policies = lint->policies;
    const struct slice_class *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < policies->class_count; i++) {
        if (!is_priced_by_table(policies, &policies->classes[i]))
            continue;
        first = first ? first : &policies->classes[i];
        count++;
    }

    if (!first)
        return;
    char others[OTHERS_SIZE];
    like_others(count, others);
    SAY_AT(lint, RULE_CLASS_PRICE_OF_THE_TABLE, first->mark, title_of(lint, SLICE_CLASS, first->name),
           "has no price%s, so the built-in table (%s) decides which class is the cheapest for " ANNOTATION_MEMORY,
           others, lint->options->gpus->version);
}

/* Reports images of the latest release once, at the first pool, because most sets name no release. */
static void check_images(struct lint *lint)
{
    const struct policy_set *policies = lint->policies;
    const struct pool *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < policies->pool_count; i++) {
        if (!node_class_follows_latest(&policies->pools[i].nodes.node_class) || !policies->pools[i].nodes.type_count)
            continue;
        first = first ? first : &policies->pools[i];
        count++;
    }

    if (!first)
        return;
    char others[OTHERS_SIZE];
    like_others(count, others);
    SAY_AT(lint, RULE_AMI_LATEST, first->mark, title_of(lint, SLICE_POOL, first->name),
           "names no release of its image (nodes.nodeClass.amiVersion)%s: a newer one replaces all its nodes", others);
}

/* Reports a policy that matches none of the namespaces that have opted in. If no namespace among the manifests has,
 * they may all be created elsewhere, and nothing is reported. */
static void check_matches(struct lint *lint, const struct policy *policy)
{
    const struct namespaces *namespaces = lint->namespaces;
    size_t in = 0;

    for (size_t i = 0; i < namespaces->count; i++) {
        const struct namespace_info *info = &namespaces->items[i];
        if (!namespace_opts_in(&info->labels))
            continue;
        in++;
        if (policy_matches(policy, info->name, &info->labels))
            return;
    }

    if (in > 0)
        SAY_AT(lint, RULE_POLICY_MATCHES_NO_NAMESPACE, policy->mark, title_of(lint, SLICE_POLICY, policy->name),
               "matches none of the %zu namespaces among the manifests that have opted in", in);
}

/* Reports a selector whose requirements on one key contradict each other. */
static void check_satisfiable(struct lint *lint, const struct policy *policy)
{
    const struct requirements *all = &policy->namespace_selector;
    for (size_t i = 0; i < all->count; i++) {
        const struct requirement *group[SELECTOR_GROUP_MAX];
        size_t count = 0;

        for (size_t j = 0; j < all->count && count < SELECTOR_GROUP_MAX; j++) {
            if (strcmp(all->items[j].key, all->items[i].key) == 0)
                group[count++] = &all->items[j];
        }

        if (requirements_satisfiable(group, count))
            continue;
        SAY_AT(lint, RULE_POLICY_MATCHES_NO_NAMESPACE, policy->mark, title_of(lint, SLICE_POLICY, policy->name),
               "can match no namespace: the requirements of its selector on the label %s contradict each other",
               all->items[i].key);
        return;
    }
}

static bool takes_everything(const struct policy *policy)
{
    for (size_t i = 0; i < policy->namespace_names.count; i++) {
        if (strcmp(pattern_text(policy->namespace_names.items[i]), "*") == 0)
            return policy->namespace_selector.count == 0;
    }
    return policy->namespace_names.count == 0 && policy->namespace_selector.count == 0;
}

static bool same_patterns(const struct patterns *a, const struct patterns *b)
{
    for (size_t i = 0; i < a->count; i++) {
        bool found = false;
        for (size_t j = 0; j < b->count; j++)
            found = found || strcmp(pattern_text(a->items[i]), pattern_text(b->items[j])) == 0;
        if (!found)
            return false;
    }
    return a->count == b->count;
}

/* True if `narrow` has every requirement of `wide`. */
static bool is_wider(const struct requirements *wide, const struct requirements *narrow)
{
    for (size_t i = 0; i < wide->count; i++) {
        if (!requirements_have(narrow, &wide->items[i]))
            return false;
    }
    return true;
}

/* True if a comparison of patterns and requirements shows that the earlier policy matches everything that the later one
 * matches, so that the later one is never used. */
static bool policy_covers(const struct policy *earlier, const struct policy *later)
{
    if (takes_everything(earlier))
        return true;
    bool names =
        earlier->namespace_names.count == 0 || same_patterns(&earlier->namespace_names, &later->namespace_names);
    return names && is_wider(&earlier->namespace_selector, &later->namespace_selector);
}

static void check_shadowed(struct lint *lint, size_t index)
{
    const struct policy *policy = &lint->policies->policies[index];
    for (size_t i = 0; i < index; i++) {
        const struct policy *earlier = &lint->policies->policies[i];
        if (!policy_covers(earlier, policy))
            continue;
        SAY_AT(lint, RULE_POLICY_SHADOWED, policy->mark, title_of(lint, SLICE_POLICY, policy->name),
               "never applies: SlicePolicy \"%s\" (priority %lld) matches everything that it matches, and comes first",
               earlier->name, (long long)earlier->priority);
        return;
    }
}

/* Reports policies of the same priority that match the same namespace of the manifests; the first by name is used. If
 * the first matches everything that the other matches, check_shadowed() reports it. */
static void check_equal(struct lint *lint, size_t index)
{
    const struct policy *policy = &lint->policies->policies[index];
    for (size_t i = 0; i < index; i++) {
        const struct policy *earlier = &lint->policies->policies[i];
        if (earlier->priority != policy->priority || policy_covers(earlier, policy))
            continue;

        for (size_t j = 0; j < lint->namespaces->count; j++) {
            const struct namespace_info *info = &lint->namespaces->items[j];
            if (!policy_matches(earlier, info->name, &info->labels) ||
                !policy_matches(policy, info->name, &info->labels))
                continue;
            SAY_AT(lint, RULE_POLICY_EQUAL_PRIORITY, policy->mark, title_of(lint, SLICE_POLICY, policy->name),
                   "has priority %lld like \"%s\", and both match namespace %s: \"%s\" applies, because its name comes "
                   "first",
                   (long long)policy->priority, earlier->name, info->name, earlier->name);
            return;
        }
    }
}

void lint_check_policies(struct lint *lint)
{
    const struct policy_set *policies = lint->policies;
    if (!policies)
        return;

    check_prices(lint);
    check_images(lint);
    for (size_t i = 0; i < policies->class_count; i++)
        check_allowed(lint, &policies->classes[i]);
    for (size_t i = 0; i < policies->pool_count; i++)
        check_used(lint, &policies->pools[i]);

    for (size_t i = 0; i < policies->policy_count; i++) {
        check_satisfiable(lint, &policies->policies[i]);
        check_matches(lint, &policies->policies[i]);
        check_shadowed(lint, i);
        check_equal(lint, i);
    }
}
