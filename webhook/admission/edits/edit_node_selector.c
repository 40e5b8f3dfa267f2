/* Edit: the class's nodeSelector (SPEC 5.3). */
#include "admission/edits/edits.h"
#include "pod/placement.h"

#include <string.h>

static int node_selector_set(struct decision *decision, const struct keyvalue *wanted, struct err *err)
{
    const char *own = pod_node_selector(decision->pod, wanted->key);
    if (own && strcmp(own, wanted->value) == 0)
        return 0;
    const char *values[] = {wanted->value};
    const struct requirement entry = {.key = wanted->key, .op = OP_IN, .values = values, .value_count = 1};
    enum verdict verdict;
    if (conflict_settle_placement(decision, (const struct requirement *const[]){&entry}, 1, &verdict, err) < 0)
        return -1;
    if (verdict != VERDICT_APPLY)
        return 0;
    decision_because_class(decision, "placement.nodeSelector");
    return patch_set(&decision->patch, pod_place(decision->pod), PATH("spec", "nodeSelector", wanted->key),
                     cJSON_CreateString(wanted->value), err);
}

int edit_node_selector(struct decision *decision, struct err *err)
{
    const struct keyvalues *wanted = &decision->slice_class->node_selector;
    for (size_t i = 0; i < wanted->count && decision->reason == REASON_NONE; i++) {
        if (node_selector_set(decision, &wanted->items[i], err) < 0)
            return -1;
    }
    return 0;
}
