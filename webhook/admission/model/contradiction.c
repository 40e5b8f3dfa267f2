/* Compares a pod's own placement with the requirements of a class, key by key. Changes nothing. */
#include "admission/model/contradiction.h"

#include "pod/placement.h"

#include <string.h>

/* Sets *ret_result to whether the pod has requirements (`own`, on the key of the group) and no node can meet them
 * together with the group. */
static int contradicts(const struct requirement *const group[], size_t count, const struct expressions *own,
                       bool *ret_result, struct err *err)
{
    *ret_result = false;
    if (own->count == 0)
        return 0;

    const struct requirement **items = calloc(count + own->count, sizeof(*items));
    if (!items)
        return err_nomem(err);

    memcpy(items, group, count * sizeof(*items));
    for (size_t i = 0; i < own->count; i++)
        items[count + i] = &own->items[i];

    *ret_result = !requirements_satisfiable(items, count + own->count);
    free(items);
    return 0;
}

/* Sets *ret_all to whether there are terms that can match a node and all of these contradict the group. */
static int all_terms_contradict(const struct pod *pod, const struct requirement *const group[], size_t count,
                                bool *ret_all, struct err *err)
{
    size_t terms = 0;
    size_t contradicting = 0;
    struct term term = {0};
    while (pod_next_term(pod, &term)) {
        if (term_is_empty(&term))
            continue;
        AUTO(expressions) own = {0};
        bool result = false;
        if (term_expressions(&term, group[0]->key, &own, err) < 0 || contradicts(group, count, &own, &result, err) < 0)
            return -1;
        terms++;
        contradicting += result;
    }

    *ret_all = terms > 0 && contradicting == terms;
    return 0;
}

int contradiction_find(const struct pod *pod, const struct requirement *const group[], size_t count,
                       struct contradiction *ret_contradiction, struct err *err)
{
    const char *key = group[0]->key;
    const char *value = pod_node_selector(pod, key);
    struct requirement entry = {.key = key, .op = OP_IN, .values = &value, .value_count = 1};
    struct contradiction found = {0};
    if (contradicts(group, count, &(const struct expressions){&entry, value ? 1 : 0}, &found.selector, err) < 0 ||
        all_terms_contradict(pod, group, count, &found.terms, err) < 0)
        return -1;
    *ret_contradiction = found;
    return 0;
}

size_t requirements_group(const struct requirements *requirements, size_t first,
                          const struct requirement *group[CLASS_REQUIREMENTS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < requirements->count; i++) {
        if (strcmp(requirements->items[i].key, requirements->items[first].key) != 0)
            continue;
        if (i < first)
            return 0;
        group[count++] = &requirements->items[i];
    }
    return count;
}

int class_contradicts_pod(const struct slice_class *slice_class, const struct pod *pod, bool *ret_contradicts,
                          struct err *err)
{
    struct contradiction found = {0};
    for (size_t i = 0; i < slice_class->requirements.count && !found.selector && !found.terms; i++) {
        const struct requirement *group[CLASS_REQUIREMENTS_MAX];
        size_t count = requirements_group(&slice_class->requirements, i, group);
        if (count > 0 && contradiction_find(pod, group, count, &found, err) < 0)
            return -1;
    }

    const struct keyvalues *selector = &slice_class->node_selector;
    for (size_t i = 0; i < selector->count && !found.selector && !found.terms; i++) {
        const char *value = selector->items[i].value;
        const struct requirement entry = {
            .key = selector->items[i].key, .op = OP_IN, .values = &value, .value_count = 1};
        if (contradiction_find(pod, (const struct requirement *const[]){&entry}, 1, &found, err) < 0)
            return -1;
    }

    *ret_contradicts = found.selector || found.terms;
    return 0;
}
