/* Compares the record with the class and the pod. It is believed only if it matches both, because the pod's author may
 * have written it. */
#include "admission/steps/steps.h"
#include "pod/asks.h"

#include <string.h>

/* True if the container can be one that a record for its class names. */
static bool holds_slices(const struct decision *decision, const struct container *container)
{
    const struct ask *ask = asks_find(&container->asks, decision->found.slice_class->resource);
    return ask && !ask->fault && container->asks.count <= RECORD_ASKS_MAX;
}

/* True if no earlier container of the same name is named: the API server refuses pods with two. */
static bool is_first_named(const struct pod *pod, const struct record_entry *const named[], size_t index)
{
    const struct container *other = &pod->containers[index];
    while ((other = pod_previous_namesake(pod, other)) != NULL) {
        if (named[other - pod->containers])
            return false;
    }
    return true;
}

/* Finds what the record says of each container that holds the class's resource. The record is valid if each of its
 * entries is found, in whatever order. */
int step_match_record(struct decision *decision, struct err *err)
{
    const struct record *record = decision->found.record;
    if (!record)
        return 0;
    decision->found.record_outdated = strcmp(record->class_name, decision->found.slice_class->name) != 0;
    if (decision->found.record_outdated)
        return 0;

    const struct pod *pod = decision->in->pod;
    const struct record_entry **named = decision->owned.named = calloc(pod->count + 1, sizeof(*named));
    if (!named)
        return err_nomem(err);

    size_t entries = 0;
    for (size_t i = 0; i < pod->count; i++) {
        if (!holds_slices(decision, &pod->containers[i]))
            continue;
        named[i] = record_find(record, pod->containers[i].name);
        entries += named[i] && is_first_named(pod, named, i);
    }

    decision->found.named = named;
    decision->found.record_valid = entries == record->count;
    return 0;
}
