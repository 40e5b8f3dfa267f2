/* Contradictions between what the pod says itself and what its class needs (SPEC 4.1, 5.2, 5.3). */
#include "admission/edits/edits.h"
#include "pod/placement.h"

#include <stdio.h>
#include <string.h>

enum { REQUIREMENT_TEXT_MAX = 300, FOUND_TEXT_MAX = 500 };

static void conflict_warn(struct decision *decision, const char *found, const char *needed)
{
    char text[ERR_TEXT_SIZE];
    (void)snprintf(text, sizeof(text), "kept: %s; class %s needs %s", found, decision->slice_class->name, needed);
    warnings_add_long(&decision->warnings, "", text);
}

enum verdict conflict_settle(struct decision *decision, enum reason reason, const char *found, const char *needed)
{
    const char *class_name = decision->slice_class->name;
    switch (decision->policy->conflict) {
    case CONFLICT_OVERRIDE:
        return VERDICT_APPLY;
    case CONFLICT_KEEP:
        conflict_warn(decision, found, needed);
        return VERDICT_SKIP;
    case CONFLICT_DENY:
        break;
    }
    decision_deny(
        decision, reason,
        "%s, but slice class \"%s\" needs %s; remove it from the pod, or choose another class (policy \"%s\", "
        "conflict: deny)",
        found, class_name, needed, decision->policy->name);
    return VERDICT_STOP;
}

/* "gpuslice.dev/pool In [a, b]" */
static void requirement_print(const struct requirement *requirement, struct buf *out)
{
    buf_addf(out, "%.317s %s", requirement->key, requirement_op_name(requirement->op));
    for (size_t i = 0; i < requirement->value_count; i++)
        buf_addf(out, "%s%.63s", i ? ", " : " [", requirement->values[i]);
    if (requirement->value_count > 0)
        buf_add_char(out, ']');
}

static bool contradicts_selector(const struct requirement *const group[], size_t count, const char *value)
{
    if (!value)
        return false;
    const struct requirement entry = {
        .key = group[0]->key, .op = OP_IN, .values = (const char *const[]){value}, .value_count = 1};
    const struct requirement *items[CLASS_REQUIREMENTS_MAX + 1];
    memcpy(items, group, count * sizeof(*items));
    items[count] = &entry;
    return !requirements_satisfiable(items, count + 1);
}

/* 1, 0, or -1 with err. */
static int contradicts_term(const struct requirement *const group[], size_t count, const struct term *term,
                            struct err *err)
{
    AUTO(expressions) own = {0};
    if (term_expressions(term, group[0]->key, &own, err) < 0)
        return -1;
    if (own.count == 0)
        return 0;
    const struct requirement **items = calloc(count + own.count, sizeof(*items));
    if (!items)
        return err_nomem(err);
    memcpy(items, group, count * sizeof(*items));
    for (size_t i = 0; i < own.count; i++)
        items[count + i] = &own.items[i];
    bool satisfiable = requirements_satisfiable(items, count + own.count);
    free(items);
    return !satisfiable;
}

/* Does every term that can match at all contradict the group? *ret_all is false where there is no such term. */
static int contradicts_terms(const struct decision *decision, const struct requirement *const group[], size_t count,
                             bool *ret_all, struct err *err)
{
    size_t terms = 0;
    size_t contradicting = 0;
    struct term term = {0};
    while (pod_next_term(decision->pod, &term)) {
        if (term_is_empty(&term))
            continue;
        int result = contradicts_term(group, count, &term, err);
        if (result < 0)
            return -1;
        terms++;
        contradicting += (size_t)result;
    }
    *ret_all = terms > 0 && contradicting == terms;
    return 0;
}

struct overridden {
    const char *key;
    const cJSON *kept;
};

static bool expression_is_overridden(const cJSON *expression, const void *context)
{
    const struct overridden *overridden = context;
    return expression != overridden->kept && strcmp(cjson_text(expression, "key"), overridden->key) == 0;
}

/* Removes the term's expressions on the key. If it has no others, the wanted one takes their place at once: an empty
 * term matches no node, and is left so by the edits that follow. */
static int override_term(struct decision *decision, const struct term *term, const struct requirement *wanted,
                         struct err *err)
{
    struct overridden overridden = {.key = wanted->key};
    const cJSON *list = cjson_find(term->object, PATH("matchExpressions"));
    size_t on_key = 0;
    const cJSON *expression;
    cJSON_ArrayForEach(expression, list) {
        on_key += expression_is_overridden(expression, &overridden);
    }
    if (on_key > 0 && on_key == (size_t)cJSON_GetArraySize(list) && !term_has_fields(term)) {
        if (patch_append(&decision->patch, term_place(term), PATH("matchExpressions"), requirement_to_json(wanted),
                         err) < 0)
            return -1;
        overridden.kept = cJSON_GetArrayItem(list, (int)on_key);
    }
    return patch_remove_matching(&decision->patch, term_place(term), PATH("matchExpressions"), expression_is_overridden,
                                 &overridden, err);
}

static int override_terms(struct decision *decision, const struct requirement *wanted, struct err *err)
{
    struct term term = {0};
    while (pod_next_term(decision->pod, &term)) {
        if (override_term(decision, &term, wanted, err) < 0)
            return -1;
    }
    return 0;
}

/* "the pod's nodeSelector has gpuslice.dev/pool: a", or the expressions of the first term that has some on the key. */
static int conflict_found(const struct decision *decision, const char *key, const char *selected, struct buf *out,
                          struct err *err)
{
    if (selected) {
        buf_addf(out, "the pod's nodeSelector has %.317s: %.63s", key, selected);
        return 0;
    }
    buf_add_string(out, "the pod's node affinity has ");
    struct term term = {0};
    AUTO(expressions) own = {0};
    while (own.count == 0 && pod_next_term(decision->pod, &term)) {
        if (term_expressions(&term, key, &own, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < own.count; i++) {
        buf_add_string(out, i ? " and " : "");
        requirement_print(&own.items[i], out);
    }
    return 0;
}

int conflict_settle_placement(struct decision *decision, const struct requirement *const group[], size_t count,
                              enum verdict *ret_verdict, struct err *err)
{
    const char *key = group[0]->key;
    const char *value = pod_node_selector(decision->pod, key);
    bool selector = contradicts_selector(group, count, value);
    bool terms = false;
    if (contradicts_terms(decision, group, count, &terms, err) < 0)
        return -1;
    *ret_verdict = VERDICT_APPLY;
    if (!selector && !terms)
        return 0;

    AUTO(buf) found;
    AUTO(buf) needed;
    buf_init(&found, FOUND_TEXT_MAX);
    buf_init(&needed, REQUIREMENT_TEXT_MAX);
    if (conflict_found(decision, key, selector ? value : NULL, &found, err) < 0)
        return -1;
    requirement_print(group[0], &needed);
    if (found.failure == ERR_NOMEM || needed.failure == ERR_NOMEM) /* cut is fine, half a sentence is not */
        return err_nomem(err);
    *ret_verdict = conflict_settle(decision, REASON_PLACEMENT_CONFLICT, buf_text(&found), buf_text(&needed));
    if (*ret_verdict != VERDICT_APPLY)
        return 0;
    decision_because_policy(decision, "conflict: override");
    if (selector &&
        patch_remove(&decision->patch, pod_place(decision->pod), PATH("spec", "nodeSelector", key), err) < 0)
        return -1;
    return terms ? override_terms(decision, group[0], err) : 0;
}
