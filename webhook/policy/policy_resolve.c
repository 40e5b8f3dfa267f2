/* Finds the classes that a policy names or matches by patterns. */
#include "policy/object.h"
#include "policy/policy.h"

#include <string.h>

enum { MESSAGE_MAX = 1024 };

static bool is_none(const char *name)
{
    return strcmp(name, CLASS_NONE) == 0;
}

/* True if the policy allows the class. `none` is not a class; none_allowed is about it. */
static bool policy_allows_class(const struct policy *policy, const char *class_name)
{
    if (policy->allowed.count == 0)
        return policy->default_name && strcmp(policy->default_name, class_name) == 0;
    return patterns_match(&policy->allowed, class_name);
}

static bool matches_any(const struct pattern *pattern, struct names classes)
{
    for (size_t i = 0; i < classes.count; i++) {
        if (pattern_matches(pattern, names_at(classes, i)))
            return true;
    }
    return false;
}

static void report_idle_pattern(const struct node *node, const char *text, struct names classes)
{
    const struct object_scope *scope = node->document->context;
    if (scope && scope->incomplete)
        return;
    AUTO(buf) list;
    buf_init(&list, MESSAGE_MAX);
    names_list(classes, text, &list);
    node_problem(node, "\"%s\" matches no SliceClass; there %s %s", text, classes.count == 1 ? "is" : "are",
                 classes.count ? buf_text(&list) : "none of that kind");
}

static void resolve_pattern(const struct node *node, const struct pattern *pattern, struct names classes,
                            struct policy *policy)
{
    const char *text = pattern_text(pattern);
    bool literal = pattern_is_literal(pattern);
    if (literal && is_none(text))
        policy->none_allowed = true;
    else if (!matches_any(pattern, classes) && literal)
        object_unknown(node, KIND_CLASS, text, classes);
    else if (!matches_any(pattern, classes))
        report_idle_pattern(node, text, classes);
}

/* Returns false if the list is empty or has an entry that is not a pattern. The decoder has reported either. */
static bool resolve_allowed(const struct node *node, struct names classes, struct policy *policy)
{
    struct node allowed = node_member(*node, "allowed");
    if (!allowed.value)
        return true;
    if (json_array_size(allowed.value) != policy->allowed.count || policy->allowed.count == 0)
        return false;
    for (size_t i = 0; i < policy->allowed.count; i++) {
        struct node element = node_element(allowed, i);
        resolve_pattern(&element, policy->allowed.items[i], classes, policy);
    }
    return true;
}

static void resolve_default(const struct node *node, struct names classes, bool allowed_known, struct policy *policy)
{
    const char *name = policy->default_name;
    struct node place = node_member(*node, "default");
    if (!name || !place.value)
        return;
    if (is_none(name)) {
        policy->none_allowed = true;
        return;
    }

    policy->default_class = names_find(classes, name);
    if (!policy->default_class)
        object_unknown(&place, KIND_CLASS, name, classes);
    else if (allowed_known && !policy_allows_class(policy, name))
        node_problem(&place, "\"%s\" is not among the allowed classes, must match an entry of allowed", name);
}

static int compare_price(const void *left, const void *right)
{
    const struct slice_class *const *a = left;
    const struct slice_class *const *b = right;
    int64_t a_price = (*a)->price > 0 ? (*a)->price : INT64_MAX;
    int64_t b_price = (*b)->price > 0 ? (*b)->price : INT64_MAX;
    if (a_price != b_price)
        return a_price < b_price ? -1 : 1;
    if ((*a)->memory_bytes != (*b)->memory_bytes)
        return (*a)->memory_bytes < (*b)->memory_bytes ? -1 : 1;
    return strcmp((*a)->name, (*b)->name);
}

/* `classes` is sorted by name, and therefore policy->allowed_classes is, too. */
static void collect_allowed(const struct node *object, const struct slice_class *classes, size_t class_count,
                            struct policy *policy)
{
    if (class_count == 0)
        return;

    policy->allowed_classes = calloc(class_count, sizeof(*policy->allowed_classes));
    policy->by_price = calloc(class_count, sizeof(*policy->by_price));
    if (!policy->allowed_classes || !policy->by_price) {
        object_nomem(object);
        return;
    }

    for (size_t i = 0; i < class_count; i++) {
        if (policy_allows_class(policy, classes[i].name))
            policy->allowed_classes[policy->allowed_count++] = &classes[i];
    }

    memcpy(policy->by_price, policy->allowed_classes, policy->allowed_count * sizeof(*policy->by_price));
    qsort(policy->by_price, policy->allowed_count, sizeof(*policy->by_price), compare_price);

    for (size_t i = 0; i < policy->allowed_count; i++) {
        if (!policy->largest || policy->by_price[i]->memory_bytes > policy->largest->memory_bytes)
            policy->largest = policy->by_price[i];
    }
}

void policy_resolve(const struct node *object, const struct slice_class *classes, size_t class_count,
                    struct policy *policy)
{
    struct names names = NAMES(classes, class_count);
    struct node spec = node_member(*object, "spec");
    if (!json_is_object(spec.value))
        return;
    struct node written = node_member(spec, "classes");
    if (!json_is_object(written.value))
        return;
    bool allowed_known = resolve_allowed(&written, names, policy);
    resolve_default(&written, names, allowed_known, policy);
    collect_allowed(object, classes, class_count, policy);
}
