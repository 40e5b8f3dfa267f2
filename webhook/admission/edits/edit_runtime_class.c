/* Edit: sets the class's runtimeClassName. */
#include "admission/edits/edits.h"
#include "base/text.h"

#include <string.h>

int edit_runtime_class(const struct edit *edit, struct err *err)
{
    const char *wanted = edit->found->slice_class->runtime_class;
    const char *own = cJSON_GetStringValue(cjson_find(edit->in->pod->object, PATH("spec", "runtimeClassName")));
    if (!wanted || (own && strcmp(own, wanted) == 0))
        return 0;
    if (own && *own) {
        char found[ERR_TEXT_SIZE / 4];
        char needed[ERR_TEXT_SIZE / 4];
        text_printf(found, sizeof(found), "the pod's runtimeClassName is %.100s", own);
        text_printf(needed, sizeof(needed), "%.100s", wanted);
        if (conflict_settle(edit, REASON_RUNTIME_CLASS_CONFLICT, found, needed, CONFLICT_REMEDY) != SETTLED_APPLY)
            return 0;
    }

    changes_because(&edit->out->changes, origin_class(edit->found->slice_class, "pod.runtimeClassName"));
    return patch_set(&edit->out->changes.patch, pod_place(edit->in->pod), PATH("spec", "runtimeClassName"),
                     cJSON_CreateString(wanted), err);
}
