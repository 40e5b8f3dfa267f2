/* Settles contradictions between a pod and its class. */
#include "admission/edits/edits.h"
#include "admission/model/contradiction.h"
#include "admission/model/remedy.h"
#include "base/text.h"
#include "pod/placement.h"

#include <stdio.h>
#include <string.h>

enum { REQUIREMENT_TEXT_MAX = 200, FOUND_TEXT_MAX = 320 };

enum settlement conflict_settle(const struct edit *edit, enum reason reason, const char *found, const char *needed,
                                const char *remedy)
{
    const char *class_name = edit->found->slice_class->name;
    const struct policy *policy = edit->found->policy;
    if (policy->conflict == CONFLICT_OVERRIDE)
        return SETTLED_APPLY;
    if (policy->conflict == CONFLICT_KEEP) {
        warnings_add(&edit->out->warnings, "%s, which is kept, not that of class %s", found, class_name);
        return SETTLED_SKIP;
    }

    verdict_deny(edit->out, reason, "%s, but slice class \"%s\" needs %s (conflict: deny); %s", found, class_name,
                 needed, remedy);
    return SETTLED_STOP;
}

/* "gpuslice.dev/pool In [a, b]" */
static void requirement_print(const struct requirement *requirement, struct buf *out)
{
    buf_addf(out, "%.*s %s", TEXT_CUT(requirement->key, 120), requirement_op_name(requirement->op));
    for (size_t i = 0; i < requirement->value_count; i++)
        buf_addf(out, "%s%.*s", i ? ", " : " [", TEXT_CUT(requirement->values[i], 63));
    if (requirement->value_count > 0)
        buf_add_char(out, ']');
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

/* Removes the term's expressions on the key. If the term has nothing else, appends `wanted` first: an empty term
 * matches no node, and later edits would not fill it. */
static int override_term(const struct edit *edit, const struct term *term, const struct requirement *wanted,
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
        if (patch_append(&edit->out->changes.patch, term_place(term), PATH("matchExpressions"),
                         requirement_to_json(wanted), err) < 0)
            return -1;
        overridden.kept = cJSON_GetArrayItem(list, (int)on_key);
    }

    return patch_remove_matching(&edit->out->changes.patch, term_place(term), PATH("matchExpressions"),
                                 expression_is_overridden, &overridden, err);
}

/* Removes the entries on the key of `wanted` from where the pod contradicts it. */
static int override_placement(const struct edit *edit, const struct requirement *wanted,
                              const struct contradiction *contradiction, struct err *err)
{
    struct term term = {0};
    changes_because(&edit->out->changes, origin_policy(edit->found->policy, "conflict: override"));
    if (contradiction->selector && patch_remove(&edit->out->changes.patch, pod_place(edit->in->pod),
                                                PATH("spec", "nodeSelector", wanted->key), err) < 0)
        return -1;

    while (contradiction->terms && pod_next_term(edit->in->pod, &term)) {
        if (override_term(edit, &term, wanted, err) < 0)
            return -1;
    }
    return 0;
}

/* Describes what the pod has on the key: "the pod's nodeSelector has gpuslice.dev/pool: a", or the expressions of the
 * first affinity term with any on that key. */
static int conflict_describe(const struct edit *edit, const char *key, const char *selected, struct buf *out,
                             struct err *err)
{
    if (selected) {
        buf_addf(out, "the pod's nodeSelector has %.*s: %.*s", TEXT_CUT(key, 200), TEXT_CUT(selected, 63));
        return 0;
    }

    buf_add_string(out, "the pod's node affinity has ");

    struct term term = {0};
    AUTO(expressions) own = {0};
    while (own.count == 0 && pod_next_term(edit->in->pod, &term)) {
        if (term_expressions(&term, key, &own, err) < 0)
            return -1;
    }

    for (size_t i = 0; i < own.count; i++) {
        buf_add_string(out, i ? " and " : "");
        requirement_print(&own.items[i], out);
    }

    return 0;
}

int conflict_settle_placement(const struct edit *edit, const struct requirement *const group[], size_t count,
                              enum settlement *ret_settlement, struct err *err)
{
    const char *key = group[0]->key;
    struct contradiction contradiction;
    if (contradiction_find(edit->in->pod, group, count, &contradiction, err) < 0)
        return -1;
    if (!contradiction.selector && !contradiction.terms) {
        *ret_settlement = SETTLED_APPLY;
        return 0;
    }

    AUTO(buf) found;
    AUTO(buf) needed;

    buf_init(&found, FOUND_TEXT_MAX);
    buf_init(&needed, REQUIREMENT_TEXT_MAX);
    if (conflict_describe(edit, key, contradiction.selector ? pod_node_selector(edit->in->pod, key) : NULL, &found,
                          err) < 0)
        return -1;

    requirement_print(group[0], &needed);
    if (found.failure == ERR_NOMEM || needed.failure == ERR_NOMEM) /* a shortened text is acceptable */
        return err_nomem(err);

    char remedy[REMEDY_SIZE] = "";
    if (edit->found->policy->conflict == CONFLICT_DENY &&
        remedy_join(edit->in, edit->found, "remove that placement from the pod", remedy, err) < 0)
        return -1;
    enum settlement settlement =
        conflict_settle(edit, REASON_PLACEMENT_CONFLICT, buf_text(&found), buf_text(&needed), remedy);
    if (settlement == SETTLED_APPLY && override_placement(edit, group[0], &contradiction, err) < 0)
        return -1;

    *ret_settlement = settlement;
    return 0;
}
