/* Recognises a copy of a pod that has a slice, without its annotations (`kubectl debug --copy-to` drops them). Its
 * placement says which class it has, so it has chosen that class as if by annotation. */
#include "admission/steps/steps.h"
#include "core/names.h"
#include "pod/asks.h"
#include "pod/placement.h"

#include <string.h>

static bool term_has(const struct term *term, const struct requirement *wanted)
{
    const cJSON *expression;
    cJSON_ArrayForEach(expression, cjson_find(term->object, PATH("matchExpressions"))) {
        if (expression_equals(expression, wanted))
            return true;
    }
    return false;
}

/* True if the term has, as In expressions, the labels of exactly the class's pools. */
static bool term_pins(const struct term *term, const struct slice_class *slice_class)
{
    const struct requirements *list = &slice_class->requirements;
    size_t of_pools = list->count - slice_class->own_requirements.count; /* they come first */
    for (size_t i = 0; i < of_pools; i++) {
        if (!term_has(term, &list->items[i]))
            return false;
    }
    return of_pools > 0;
}

/* True if each term that can match a node pins the class's pools, and there is one. */
static bool placement_pins(const struct pod *pod, const struct slice_class *slice_class)
{
    size_t terms = 0;
    struct term term = {0};
    while (pod_next_term(pod, &term)) {
        if (term_is_empty(&term))
            continue;
        if (!term_pins(&term, slice_class))
            return false;
        terms++;
    }
    return terms > 0;
}

static bool asks_for(const struct pod *pod, const char *resource)
{
    POD_FOREACH_CONTAINER(pod, container) {
        if (asks_find(&container->asks, resource))
            return true;
    }
    return false;
}

/* Returns the class whose slices and placement the pod has, or NULL: of several the one that would apply anyway, else
 * the first name that is allowed, else the first name. */
static const struct slice_class *copied_class(const struct decision *decision)
{
    const struct policy_set *set = decision->in->set;
    const struct pod *pod = decision->in->pod;
    const struct slice_class *found = NULL;
    for (size_t i = 0; i < set->class_count; i++) {
        const struct slice_class *item = &set->classes[i];
        if (!asks_for(pod, item->resource) || !placement_pins(pod, item))
            continue;
        if (item == decision->found.slice_class)
            return item;
        if (!found || (!policy_allows(decision->found.policy, found) && policy_allows(decision->found.policy, item)))
            found = item;
    }
    return found;
}

void copied_class_settle(struct decision *decision)
{
    struct decision_findings *found = &decision->found;
    if (found->record || found->pod_chose || !pod_has_required_affinity(decision->in->pod))
        return;
    const struct slice_class *copied = copied_class(decision);
    if (!copied)
        return;
    if (!found->policy->pod_choice || !policy_allows(found->policy, copied)) {
        found->copied = copied;
        return;
    }

    found->pod_chose = true;
    if (copied == found->slice_class)
        return;
    found->slice_class = copied;
    found->class_source = CLASS_FROM_COPY;
    found->class_request_failed = false;
    decision_allow(decision, REASON_NONE); /* what the namespace names no longer matters */
    decision->out.message[0] = '\0';
}

void copied_class_explain(struct decision *decision)
{
    static const bool explained[REASONS] = {
        [REASON_NO_CLASS] = true,         [REASON_CLASS_UNKNOWN] = true,      [REASON_CLASS_NOT_ALLOWED] = true,
        [REASON_WHOLE_GPU_DENIED] = true, [REASON_OTHER_SLICE_DENIED] = true, [REASON_MIXED_REQUEST] = true,
        [REASON_TOO_MANY_SLICES] = true,  [REASON_PLACEMENT_CONFLICT] = true,
    };
    const struct slice_class *copied = decision->found.copied;
    if (!copied || decision->out.outcome != OUTCOME_DENIED || !explained[decision->out.reason])
        return;

    char text[ERR_TEXT_SIZE];
    memcpy(text, decision->out.message, sizeof(text));
    verdict_deny(
        &decision->out, decision->out.reason,
        "%s; the pod's node affinity looks like that of a copy of a pod with slice class \"%s\", %s", text,
        copied->name,
        decision->found.policy->pod_choice
            ? "which is not allowed here: remove that affinity, and choose a class by the annotation " ANNOTATION_CLASS
            : "but pods may not choose their class here, by the annotation " ANNOTATION_CLASS
              " or by a copy (podChoice: false): remove that affinity");
}
