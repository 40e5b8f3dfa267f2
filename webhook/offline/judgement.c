/* Decides about a subject as the engine does about a request, and applies the decision to the subject's object. */
#include "offline/subjects.h"

#include "admission/explain.h"
#include "admission/model/record.h"
#include "core/names.h"
#include "json/apply.h"
#include "json/pointer.h"
#include "json/yaml_read.h"
#include "offline/namespaces.h"
#include "workload/shapes.h"

#include <string.h>

int subject_judge(const struct subject *subject, const struct policy_set *set, struct namespaces *namespaces,
                  struct judgement *ret_judgement, struct err *err)
{
    const struct post post = {.body = subject->review, .length = strlen(subject->review)};
    const struct namespace_source source = offline_namespaces(namespaces);
    const struct question question = {.route = &routes[ROUTE_MUTATE], .set = set, .source = &source, .post = &post};
    *ret_judgement = (struct judgement){0};
    if (judge_read(&post, ret_judgement, err) < 0 || judge(&question, ret_judgement, err) < 0) {
        judgement_fini(ret_judgement);
        return -1;
    }
    return 0;
}

json_t *subject_pod(const struct subject *subject)
{
    if (subject->form != SUBJECT_TEMPLATE)
        return json_incref(subject->object);
    AUTO(json) review = json_loads(subject->review, 0, NULL);
    return json_incref(json_object_get(json_object_get(review, "request"), "object"));
}

int subject_pod_patch(const struct judgement *judgement, json_t **ret_operations, struct err *err)
{
    const struct patch *patch = &judgement->decision.out.changes.patch;
    AUTO(json) operations = NULL;
    if (patch->count == 0) {
        operations = json_array();
    } else {
        AUTO(buf) text;
        buf_init(&text, PATCH_MAX + 16);
        if (patch_print(patch, &text, err) < 0)
            return -1;
        operations = json_loadb(buf_text(&text), text.length, 0, NULL);
    }
    if (!operations)
        return err_nomem(err);
    *ret_operations = TAKE(operations);
    return 0;
}

/* -- The patch of a template: its object may lack what the pod that is made of it has -- */

static json_t *find(const struct subject *subject, const char *pointer)
{
    struct err missing;
    return pointer_get(subject->object, pointer, &missing);
}

static const char *path_of(const json_t *operation)
{
    return json_string_value(json_object_get(operation, "path"));
}

static bool begins_with(const char *path, const char *parent)
{
    size_t length = strlen(parent);
    return strncmp(path, parent, length) == 0 && path[length] == '/';
}

/* Makes the operation's path one that starts at the object. A value that the pod has from the object's own annotations
 * or labels is added, as the template does not have it. */
static int lengthen_path(const struct subject *subject, json_t *operation, struct err *err)
{
    AUTO(buf) path;
    buf_init(&path, PATCH_MAX);
    shape_add_pointer(subject->workload, subject->pod_pointer, path_of(operation), &path);
    if (buf_check(&path, err) < 0)
        return -1;
    bool replaces = strcmp(json_text(operation, "op"), "replace") == 0;
    if (replaces && !find(subject, buf_text(&path)) && json_object_set_new(operation, "op", json_string("add")) < 0)
        return err_nomem(err);
    return json_object_set_new(operation, "path", json_string(buf_text(&path))) < 0 ? err_nomem(err) : 0;
}

/* True if an operation needs the object at `parent`, and none before it adds that. */
static bool is_needed(const json_t *operations, const char *parent)
{
    for (size_t i = 0; i < json_array_size(operations); i++) {
        const char *path = path_of(json_array_get(operations, i));
        if (begins_with(path, parent))
            return true;
        if (strcmp(path, parent) == 0)
            return false;
    }
    return false;
}

static int add_parents(const struct subject *subject, json_t *operations, struct err *err)
{
    static const char *const parents[] = {"/metadata", "/metadata/annotations", "/metadata/labels"};
    size_t added = 0;
    for (size_t i = 0; i < ARRAY_SIZE(parents); i++) {
        AUTO(buf) path;
        buf_init(&path, PATCH_MAX);
        shape_add_pointer(subject->workload, subject->pod_pointer, parents[i], &path);
        if (buf_check(&path, err) < 0)
            return -1;
        if (json_is_object(find(subject, buf_text(&path))) || !is_needed(operations, buf_text(&path)))
            continue;
        json_t *operation = json_pack("{s:s, s:s, s:{}}", "op", "add", "path", buf_text(&path), "value");
        if (json_array_insert_new(operations, added++, operation) < 0)
            return err_nomem(err);
    }
    return 0;
}

int subject_patch(const struct subject *subject, const struct judgement *judgement, json_t **ret_operations,
                  struct err *err)
{
    AUTO(json) operations = NULL;
    if (subject_pod_patch(judgement, &operations, err) < 0)
        return -1;
    for (size_t i = 0; subject->form == SUBJECT_TEMPLATE && i < json_array_size(operations); i++) {
        if (lengthen_path(subject, json_array_get(operations, i), err) < 0)
            return -1;
    }
    if (subject->form == SUBJECT_TEMPLATE && add_parents(subject, operations, err) < 0)
        return -1;
    *ret_operations = TAKE(operations);
    return 0;
}

int subject_rewrite(const struct subject *subject, const struct judgement *judgement, json_t **ret_object,
                    struct err *err)
{
    AUTO(json) object = subject->object ? json_deep_copy(subject->object) : json_null();
    AUTO(json) operations = NULL;

    if (!object)
        return err_nomem(err);

    if (subject->object && subject_has_pod(subject)) {
        if (subject_patch(subject, judgement, &operations, err) < 0)
            return -1;
        if (patch_apply(&object, operations, err) < 0) {
            if (err->code == ERR_INVALID)
                err->code = ERR_INTERNAL;
            return err_wrap(err, "the patch does not apply");
        }
    }

    *ret_object = TAKE(object);
    return 0;
}

/* -- A pod that exists -- */

static int describe_record(const json_t *pod, const struct decision *decision, struct buf *out, struct err *err)
{
    const json_t *annotations = json_object_get(json_object_get(pod, "metadata"), "annotations");
    const char *text = json_text(annotations, ANNOTATION_APPLIED);
    AUTO(record) record = {0};
    if (!*text) {
        buf_add_string(out, "no record");
        return 0;
    }
    if (record_parse(text, &decision->in->set->settings.gpu_names, &record, err) < 0)
        return -1;
    if (record.json)
        buf_addf(out, "a record of class %s (policy %s, revision %s)", record.class_name, record.policy,
                 record.revision);
    else
        buf_add_string(out, "a record that cannot be read");
    return 0;
}

int subject_describe_existing(const struct subject *subject, const struct judgement *judgement, struct buf *out,
                              struct err *err)
{
    const struct decision *decision = &judgement->decision;
    buf_add_string(out, "exists, with ");
    if (describe_record(subject->existing, decision, out, err) < 0)
        return -1;
    buf_add_string(out, "; created today it would ");
    explain_today(decision, out);
    return 0;
}
