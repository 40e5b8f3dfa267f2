/* Decides about a subject as the engine does about a request, and applies the decision to the subject's object. */
#include "offline/subjects.h"

#include "json/apply.h"
#include "json/pointer.h"
#include "json/yaml_read.h"
#include "offline/namespaces.h"

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

static json_t *find_pod(const struct subject *subject)
{
    struct err missing;
    return pointer_get(subject->object, subject->pod_pointer, &missing);
}

/* A template may lack metadata, but the pod made from it has metadata. */
static bool lacks_metadata(const struct subject *subject)
{
    return subject->form == SUBJECT_TEMPLATE && !json_is_object(json_object_get(find_pod(subject), "metadata"));
}

json_t *subject_pod(const struct subject *subject)
{
    json_t *pod = find_pod(subject);
    if (!pod || !lacks_metadata(subject))
        return json_incref(pod);
    AUTO(json) copy = json_copy(pod);
    return copy && json_object_set_new(copy, "metadata", json_object()) == 0 ? TAKE(copy) : NULL;
}

static int add_template_metadata(const struct subject *subject, json_t *operations, struct err *err)
{
    json_t *operation = json_pack("{s:s, s:s+, s:{}}", "op", "add", "path", subject->pod_pointer, "/metadata", "value");
    return json_array_insert_new(operations, 0, operation) < 0 ? err_nomem(err) : 0;
}

static int lengthen_path(json_t *operation, const char *prefix, struct err *err)
{
    json_t *path = json_sprintf("%s%s", prefix, json_string_value(json_object_get(operation, "path")));
    return json_object_set_new(operation, "path", path) < 0 ? err_nomem(err) : 0;
}

int subject_patch(const struct subject *subject, const struct judgement *judgement, json_t **ret_operations,
                  struct err *err)
{
    const struct decision *decision = &judgement->decision;
    AUTO(json) operations = NULL;
    if (decision->out.changes.patch.count == 0) {
        operations = json_array();
    } else {
        AUTO(buf) text;
        buf_init(&text, PATCH_MAX + 16);
        if (patch_print(&decision->out.changes.patch, &text, err) < 0)
            return -1;
        operations = json_loadb(buf_text(&text), text.length, 0, NULL);
    }

    if (!operations)
        return err_nomem(err);

    for (size_t i = 0; i < json_array_size(operations); i++) {
        if (lengthen_path(json_array_get(operations, i), subject->pod_pointer, err) < 0)
            return -1;
    }

    if (json_array_size(operations) > 0 && lacks_metadata(subject) &&
        add_template_metadata(subject, operations, err) < 0)
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

    if (subject->object && subject->form != SUBJECT_OTHER) {
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
