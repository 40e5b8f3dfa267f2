/* Edit: the record and the label of what was done, and the class's own labels and annotations. */
#include "admission/edits/edits.h"
#include "admission/model/record.h"
#include "core/names.h"

#include <string.h>

enum { RECORD_MAX = 128 * 1024 }; /* the API server takes 256 KiB of annotations in all */

static int metadata_set(struct decision *decision, const char *map, const char *key, const char *value, struct err *err)
{
    return patch_set(&decision->patch, pod_place(decision->pod), PATH("metadata", map, key), cJSON_CreateString(value),
                     err);
}

static int metadata_record(struct decision *decision, struct err *err)
{
    if (record_is_current(decision))
        return 0;
    AUTO(buf) text;
    buf_init(&text, RECORD_MAX);
    record_print(decision, &text);
    if (buf_check(&text, err) < 0)
        return err_wrap(err, "the record of what was done");
    const char *own = pod_annotation(decision->pod, ANNOTATION_APPLIED);
    if (own && strcmp(own, buf_text(&text)) == 0)
        return 0; /* a record that cannot be proved, as of a pod without containers: there is nothing else to say */
    decision_because_class(decision, "the record of what was done");
    return metadata_set(decision, "annotations", ANNOTATION_APPLIED, buf_text(&text), err);
}

static int metadata_label(struct decision *decision, struct err *err)
{
    const char *own = pod_label(decision->pod, LABEL_CLASS);
    if (own && strcmp(own, decision->slice_class->name) == 0)
        return 0;
    decision_because_class(decision, "the record of what was done");
    return metadata_set(decision, "labels", LABEL_CLASS, decision->slice_class->name, err);
}

/* Keys that the pod has stay as they are. */
static int metadata_extras(struct decision *decision, const char *map, const struct keyvalues *extras, const char *rule,
                           struct err *err)
{
    for (size_t i = 0; i < extras->count; i++) {
        if (cjson_find(decision->pod->object, PATH("metadata", map, extras->items[i].key)))
            continue;
        decision_because_class(decision, rule);
        if (metadata_set(decision, map, extras->items[i].key, extras->items[i].value, err) < 0)
            return -1;
    }
    return 0;
}

int edit_metadata(struct decision *decision, struct err *err)
{
    const struct slice_class *slice_class = decision->slice_class;
    if (metadata_record(decision, err) < 0 || metadata_label(decision, err) < 0 ||
        metadata_extras(decision, "annotations", &slice_class->annotations, "pod.annotations", err) < 0)
        return -1;
    return metadata_extras(decision, "labels", &slice_class->labels, "pod.labels", err);
}
