/* Undoes in a pod that exists what the cluster and we have done. Decides nothing. */
#include "admission/existing.h"

#include "admission/edits/take_back.h"
#include "core/names.h"
#include "json/apply.h"
#include "workload/existing.h"

enum { CREATED_PATCH_MAX = 64 * 1024 * 1024 }; /* bytes */

/* Takes our edits back in a copy, and applies the same changes to the pod, whose numbers cJSON might change. */
static int take_edits_back(json_t **pod, const struct policy_set *set, struct changes *changes, struct err *err)
{
    AUTO(string) text = json_dumps(*pod, JSON_COMPACT);
    AUTO(cjson) tree = text ? cJSON_Parse(text) : NULL;
    if (!tree)
        return err_nomem(err);
    if (take_back_from_object(changes, tree, set, err) < 0)
        return err->code == ERR_INVALID ? 0 : -1;

    AUTO(buf) patch;
    buf_init(&patch, CREATED_PATCH_MAX + 16);
    if (patch_print(&changes->patch, &patch, err) < 0)
        return -1;
    AUTO(json) operations = json_loadb(buf_text(&patch), patch.length, 0, NULL);
    return operations ? patch_apply(pod, operations, err) : err_nomem(err);
}

int existing_as_created(const json_t *pod, const struct policy_set *set, json_t **ret_pod, struct err *err)
{
    AUTO(json) created = existing_at_creation(pod);
    const json_t *annotations = json_object_get(json_object_get(created, "metadata"), "annotations");
    if (!created)
        return err_nomem(err);

    if (json_object_get(annotations, ANNOTATION_APPLIED)) {
        struct changes changes;
        changes_init(&changes, CREATED_PATCH_MAX);
        int result = take_edits_back(&created, set, &changes, err);
        changes_fini(&changes);
        if (result < 0)
            return -1;
    }

    *ret_pod = TAKE(created);
    return 0;
}
