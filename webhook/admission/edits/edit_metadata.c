/* Edit: adds the record, the label of the class, and the class's own labels and annotations. */
#include "admission/edits/edits.h"
#include "admission/model/record_use.h"
#include "base/text.h"
#include "core/names.h"

#include <string.h>

enum { OWNER_TEXT_SIZE = 192 };
enum { RECORD_MAX = 128 * 1024 }; /* the API server accepts 256 KiB of annotations in total */

static int metadata_set(const struct edit *edit, const char *map, const char *key, const char *value, struct err *err)
{
    return patch_set(&edit->out->changes.patch, pod_place(edit->in->pod), PATH("metadata", map, key),
                     cJSON_CreateString(value), err);
}

static int metadata_record(const struct edit *edit, struct err *err)
{
    if (record_is_current(edit->in, edit->found))
        return 0;
    AUTO(buf) text;
    buf_init(&text, RECORD_MAX);
    record_print(edit->in, edit->found, &text);
    if (buf_check(&text, err) < 0)
        return err_wrap(err, "the record of what was done");
    const char *own = pod_annotation(edit->in->pod, ANNOTATION_APPLIED);
    if (own && strcmp(own, buf_text(&text)) == 0)
        return 0; /* right, although it could not be verified, for example in a pod without containers */
    changes_because(&edit->out->changes, origin_class(edit->found->slice_class, "the record of what was done"));
    return metadata_set(edit, "annotations", ANNOTATION_APPLIED, buf_text(&text), err);
}

/* Writes down what a copy has chosen by its placement: once it has a record, the placement no longer tells. */
static int metadata_choice(const struct edit *edit, struct err *err)
{
    if (edit->found->class_source != CLASS_FROM_COPY)
        return 0;
    changes_because(&edit->out->changes, origin_class(edit->found->slice_class, "the class of the copied pod"));
    return metadata_set(edit, "annotations", ANNOTATION_CLASS, edit->found->slice_class->name, err);
}

/* True if an earlier round left the label alone: the pod has a record of the label's class, or one that is valid now.
 */
static bool label_was_settled(const struct decision_findings *found, const char *label)
{
    const struct record *record = found->taken_back ? found->taken_back : found->record;
    return record && (found->record_valid || strcmp(record->class_name, label) == 0);
}

/* Writes "ReplicaSet \"vllm-6db5\""; the pod of a template has an owner without a name. */
static void owner_print(const cJSON *owner, char ret_text[OWNER_TEXT_SIZE])
{
    const char *name = cjson_text(owner, "name");
    if (name && *name)
        text_printf(ret_text, OWNER_TEXT_SIZE, "%.63s \"%.100s\"", cjson_text(owner, "kind"), name);
    else
        text_printf(ret_text, OWNER_TEXT_SIZE, "%.63s", cjson_text(owner, "kind"));
}

/* The pod has the label with another value. Its controller may select its pods by that: changing it would make the
 * controller create pods without end (ClaimPods in pkg/controller/controller_ref_manager.go of Kubernetes). Sets
 * *ret_write to whether the label can be changed. */
static void label_settle(const struct edit *edit, const char *label, bool *ret_write)
{
    const char *class_name = edit->found->slice_class->name;
    const cJSON *owner = pod_controller(edit->in->pod);
    char owner_text[OWNER_TEXT_SIZE] = "";
    *ret_write = !owner;
    if (owner)
        owner_print(owner, owner_text);
    if (!owner)
        warnings_add(&edit->out->warnings, "label %s: %s chooses no class and becomes %s; the annotation chooses",
                     LABEL_CLASS, label, class_name);
    else if (label_was_settled(edit->found, label))
        warnings_add(&edit->out->warnings, "label %s stays %s, as a controller may select by it; the class is %s",
                     LABEL_CLASS, label, class_name);
    else
        verdict_deny(edit->out, REASON_LABEL_CONFLICT,
                     "the pod has the label %s: \"%.63s\", but gets slice class \"%s\", and its controller (%s) "
                     "may select its pods by that label; remove the label from the pod template and from the "
                     "selector, because gpuslice writes it, and choose a class by the annotation %s",
                     LABEL_CLASS, label, class_name, owner_text, ANNOTATION_CLASS);
}

static int metadata_label(const struct edit *edit, struct err *err)
{
    const char *own = pod_label(edit->in->pod, LABEL_CLASS);
    if (own && strcmp(own, edit->found->slice_class->name) == 0)
        return 0;

    bool write = true;
    if (own)
        label_settle(edit, own, &write);
    if (!write)
        return 0;
    changes_because(&edit->out->changes, origin_class(edit->found->slice_class, "the record of what was done"));
    return metadata_set(edit, "labels", LABEL_CLASS, edit->found->slice_class->name, err);
}

/* Keys that the pod already has are kept. */
static int metadata_extras(const struct edit *edit, const char *map, const struct keyvalues *extras, const char *rule,
                           struct err *err)
{
    for (size_t i = 0; i < extras->count; i++) {
        if (cjson_find(edit->in->pod->object, PATH("metadata", map, extras->items[i].key)))
            continue;
        changes_because(&edit->out->changes, origin_class(edit->found->slice_class, rule));
        if (metadata_set(edit, map, extras->items[i].key, extras->items[i].value, err) < 0)
            return -1;
    }
    return 0;
}

int edit_metadata(const struct edit *edit, struct err *err)
{
    const struct slice_class *slice_class = edit->found->slice_class;
    if (metadata_choice(edit, err) < 0 || metadata_record(edit, err) < 0 || metadata_label(edit, err) < 0 ||
        metadata_extras(edit, "annotations", &slice_class->annotations, "pod.annotations", err) < 0)
        return -1;
    return metadata_extras(edit, "labels", &slice_class->labels, "pod.labels", err);
}
