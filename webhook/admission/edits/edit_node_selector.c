/* Edit: adds the class's nodeSelector. */
#include "admission/edits/edits.h"
#include "pod/placement.h"

#include <string.h>

static int node_selector_set(const struct edit *edit, const struct keyvalue *wanted, struct err *err)
{
    const char *own = pod_node_selector(edit->in->pod, wanted->key);
    if (own && strcmp(own, wanted->value) == 0)
        return 0;

    const char *values[] = {wanted->value};
    const struct requirement entry = {.key = wanted->key, .op = OP_IN, .values = values, .value_count = 1};
    enum settlement settlement;

    if (conflict_settle_placement(edit, (const struct requirement *const[]){&entry}, 1, &settlement, err) < 0)
        return -1;
    if (settlement != SETTLED_APPLY)
        return 0;

    changes_because(&edit->out->changes, origin_class(edit->found->slice_class, "placement.nodeSelector"));
    return patch_set(&edit->out->changes.patch, pod_place(edit->in->pod), PATH("spec", "nodeSelector", wanted->key),
                     cJSON_CreateString(wanted->value), err);
}

int edit_node_selector(const struct edit *edit, struct err *err)
{
    const struct keyvalues *wanted = &edit->found->slice_class->node_selector;
    for (size_t i = 0; i < wanted->count && edit->out->outcome != OUTCOME_DENIED; i++) {
        if (node_selector_set(edit, &wanted->items[i], err) < 0)
            return -1;
    }
    return 0;
}
