/* Edit: adds the class's requirements to every term of the required node affinity, and its preferences to the preferred
 * node affinity.
 *
 * Terms are ORed (core/v1 NodeSelector), so a requirement holds only if every term has it; a new term, or a change to
 * only one term, would be a loophole. */
#include "admission/edits/edits.h"
#include "admission/model/contradiction.h"
#include "pod/placement.h"

#include <string.h>

/* Settles each key of the class once, and marks the requirements that are skipped because the pod's own placement is
 * kept. */
static int affinity_settle(const struct edit *edit, const struct requirements *wanted, bool skip[], struct err *err)
{
    for (size_t i = 0; i < wanted->count && edit->out->outcome != OUTCOME_DENIED; i++) {
        const struct requirement *group[CLASS_REQUIREMENTS_MAX];
        size_t count = requirements_group(wanted, i, group);
        enum settlement settlement = SETTLED_APPLY;
        if (count > 0 && conflict_settle_placement(edit, group, count, &settlement, err) < 0)
            return -1;
        for (size_t j = 0; j < wanted->count && settlement == SETTLED_SKIP; j++)
            skip[j] = skip[j] || strcmp(wanted->items[j].key, wanted->items[i].key) == 0;
    }

    return 0;
}

/* The class's requirements begin with the labels of its pools; its own follow. */
static void affinity_because(const struct edit *edit, size_t index)
{
    const struct slice_class *slice_class = edit->found->slice_class;
    if (index < slice_class->requirements.count - slice_class->own_requirements.count)
        changes_because(&edit->out->changes, origin_pool(slice_class->pools[0], "labels"));
    else
        changes_because(&edit->out->changes, origin_class(edit->found->slice_class, "placement.requirements"));
}

/* For a pod without required affinity: adds one term with all requirements. */
static int affinity_create(const struct edit *edit, const struct requirements *wanted, const bool skip[],
                           struct err *err)
{
    struct requirement items[CLASS_REQUIREMENTS_MAX];
    struct requirements list = {items, 0};
    for (size_t i = 0; i < wanted->count; i++) {
        if (!skip[i])
            items[list.count++] = wanted->items[i];
    }

    if (list.count == 0)
        return 0;

    AUTO(cjson) affinity = cJSON_CreateObject();
    if (!cjson_add(cJSON_AddArrayToObject(affinity, "nodeSelectorTerms"), NULL, term_to_json(&list)))
        return err_nomem(err);

    affinity_because(edit, 0);
    return patch_set(&edit->out->changes.patch, pod_place(edit->in->pod), PATH(REQUIRED_AFFINITY), TAKE(affinity), err);
}

/* Sets *ret_has to whether the term already has the requirement. */
static int affinity_term_has(const struct term *term, const struct requirement *wanted, bool *ret_has, struct err *err)
{
    AUTO(expressions) own = {0};
    if (term_expressions(term, wanted->key, &own, err) < 0)
        return -1;
    size_t i = 0;
    while (i < own.count && !requirement_equal(&own.items[i], wanted))
        i++;
    *ret_has = i < own.count;
    return 0;
}

static int affinity_extend_term(const struct edit *edit, const struct requirements *wanted, const bool skip[],
                                const struct term *term, struct err *err)
{
    for (size_t i = 0; i < wanted->count; i++) {
        bool has = skip[i];
        if (!has && affinity_term_has(term, &wanted->items[i], &has, err) < 0)
            return -1;
        if (has)
            continue;
        affinity_because(edit, i);
        if (patch_append(&edit->out->changes.patch, term_place(term), PATH("matchExpressions"),
                         requirement_to_json(&wanted->items[i]), err) < 0)
            return -1;
    }
    return 0;
}

static int affinity_extend(const struct edit *edit, const struct requirements *wanted, const bool skip[],
                           struct err *err)
{
    bool fields = false;
    struct term term = {0};
    while (pod_next_term(edit->in->pod, &term)) {
        if (term_is_empty(&term))
            continue; /* matches no node; adding a requirement would let it match some */
        fields = fields || term_has_fields(&term);
        if (affinity_extend_term(edit, wanted, skip, &term, err) < 0)
            return -1;
    }

    if (fields)
        warnings_add(&edit->out->warnings,
                     "the pod's node affinity uses matchFields: Karpenter makes no node for such a pod");
    return 0;
}

/* Returns one entry of preferredDuringSchedulingIgnoredDuringExecution, or NULL when out of memory. */
static cJSON *preference_to_json(const struct preference *preference)
{
    AUTO(cjson) object = cJSON_CreateObject();
    if (!cJSON_AddNumberToObject(object, "weight", (double)preference->weight) ||
        !cjson_add(object, "preference", term_to_json(&preference->requirements)))
        return NULL;
    return TAKE(object);
}

static int affinity_prefer(const struct edit *edit, const struct preference *preference, struct err *err)
{
    AUTO(cjson) wanted = preference_to_json(preference);
    if (!wanted)
        return err_nomem(err);
    const cJSON *own;
    cJSON_ArrayForEach(own, cjson_find(edit->in->pod->object, PATH(PREFERRED_TERMS))) {
        if (cJSON_Compare(own, wanted, true))
            return 0;
    }
    changes_because(&edit->out->changes, origin_class(edit->found->slice_class, "placement.preferences"));
    return patch_append(&edit->out->changes.patch, pod_place(edit->in->pod), PATH(PREFERRED_TERMS), TAKE(wanted), err);
}

static int affinity_require(const struct edit *edit, const bool skip[], struct err *err)
{
    const struct requirements *wanted = &edit->found->slice_class->requirements;
    if (pod_has_required_affinity(edit->in->pod))
        return affinity_extend(edit, wanted, skip, err);
    return affinity_create(edit, wanted, skip, err);
}

int edit_affinity(const struct edit *edit, struct err *err)
{
    const struct slice_class *slice_class = edit->found->slice_class;
    bool skip[CLASS_REQUIREMENTS_MAX] = {false};
    if (affinity_settle(edit, &slice_class->requirements, skip, err) < 0)
        return -1;
    if (edit->out->outcome == OUTCOME_DENIED)
        return 0;

    if (slice_class->requirements.count > 0 && affinity_require(edit, skip, err) < 0)
        return -1;
    for (size_t i = 0; i < slice_class->preferences.count; i++) {
        if (affinity_prefer(edit, &slice_class->preferences.items[i], err) < 0)
            return -1;
    }
    return 0;
}
