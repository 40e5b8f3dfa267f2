/* Edit: the class's runtimeClassName. */
#include "admission/edits/edits.h"

#include <stdio.h>
#include <string.h>

int edit_runtime_class(struct decision *decision, struct err *err)
{
    const char *wanted = decision->slice_class->runtime_class;
    const char *own = cJSON_GetStringValue(cjson_find(decision->pod->object, PATH("spec", "runtimeClassName")));
    if (!wanted || (own && strcmp(own, wanted) == 0))
        return 0;
    if (own && *own) {
        char found[ERR_TEXT_SIZE / 4];
        char needed[ERR_TEXT_SIZE / 4];
        (void)snprintf(found, sizeof(found), "the pod's runtimeClassName is %.100s", own);
        (void)snprintf(needed, sizeof(needed), "%.100s", wanted);
        if (conflict_settle(decision, REASON_RUNTIME_CLASS_CONFLICT, found, needed) != VERDICT_APPLY)
            return 0;
    }
    decision_because_class(decision, "pod.runtimeClassName");
    return patch_set(&decision->patch, pod_place(decision->pod), PATH("spec", "runtimeClassName"),
                     cJSON_CreateString(wanted), err);
}
