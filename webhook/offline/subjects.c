/* Turns manifests into subjects with reviews. judgement.c decides about them. */
#include "offline/subjects.h"

#include "admission/existing.h"
#include "admission/workload_pods.h"
#include "base/text.h"
#include "base/vec.h"
#include "workload/existing.h"

#include <string.h>

enum { TITLE_MAX = 1024 }; /* bytes of each part */

void subject_fini(struct subject *subject)
{
    json_decref(subject->object);
    json_decref(subject->existing);
    free(subject->pod_pointer);
    free(subject->path);
    free(subject->kind);
    free(subject->name);
    free(subject->namespace_name);
    free(subject->review);
    *subject = (struct subject){0};
}

void subjects_fini(struct subjects *subjects)
{
    for (size_t i = 0; i < subjects->count; i++)
        subject_fini(&subjects->items[i]);
    free(subjects->items);
    *subjects = (struct subjects){0};
}

bool subject_has_pod(const struct subject *subject)
{
    return subject->form != SUBJECT_OTHER && subject->form != SUBJECT_UNJUDGED;
}

bool subject_is_unknown(const struct subject *subject)
{
    return subject->form == SUBJECT_TEMPLATE && !subject->workload;
}

bool subject_is_judged_only(const struct subject *subject)
{
    return subject->form == SUBJECT_TEMPLATE && subject->workload && (subject->workload->flags & WORKLOAD_JUDGED_ONLY);
}

void subject_title(const struct subject *subject, struct buf *out)
{
    buf_addf(out, "%s%s%s", subject->kind, *subject->name ? "/" : "", subject->name);
    if (*subject->path)
        buf_addf(out, " %s", subject->path);
    if (*subject->namespace_name)
        buf_addf(out, " in %s", subject->namespace_name);
}

/* Returns a copy without control characters, because titles are printed on terminals and in the head lines of diffs. */
static char *printable(const char *text, const char *suffix)
{
    char *copy = text_asprintf("%.*s%s", TEXT_CUT(text, TITLE_MAX), suffix);
    if (copy)
        text_make_printable(copy, '?');
    return copy;
}

/* Sets all texts but the review. `path` may be NULL. */
static int name_subject(struct subject *subject, const char *kind, const char *namespace_name,
                        const char *fallback_name, const char *path, struct err *err)
{
    const json_t *metadata = json_object_get(subject->object, "metadata");
    const char *name = *json_text(metadata, "name") ? json_text(metadata, "name") : fallback_name;
    const char *generate_name = *name ? "" : json_text(metadata, "generateName");
    subject->kind = printable(kind, "");
    subject->name = printable(*name ? name : generate_name, *generate_name ? "*" : "");
    subject->namespace_name = printable(namespace_name, "");
    subject->path = printable(path ? path : "", "");
    if (!subject->pod_pointer)
        subject->pod_pointer = strdup("");
    return subject->kind && subject->name && subject->namespace_name && subject->path && subject->pod_pointer
               ? 0
               : err_nomem(err);
}

static struct subject *add_subject(struct subjects *subjects, enum subject_form form, json_t *object)
{
    if (!GROW(subjects->items, subjects->count))
        return NULL;
    struct subject *subject = &subjects->items[subjects->count++];
    *subject = (struct subject){.form = form, .object = json_incref(object)};
    return subject;
}

static int add_review(const struct manifest *manifest, struct subjects *subjects, struct err *err)
{
    const json_t *request = json_object_get(manifest->node.value, "request");
    json_t *object = json_object_get(request, "object");
    struct subject *subject = add_subject(subjects, SUBJECT_REVIEW, json_is_object(object) ? object : NULL);
    if (!subject)
        return err_nomem(err);
    if (name_subject(subject, json_text(json_object_get(request, "kind"), "kind"), json_text(request, "namespace"),
                     json_text(request, "name"), NULL, err) < 0)
        return -1;

    /* A review that is a JSON document of its own keeps its bytes, so that the engine sees what the server would
     * see. */
    size_t length;
    bool is_document = manifest->is_json && !manifest->is_item;
    subject->review = is_document ? strdup(manifest_text(manifest, &length)) : review_print(manifest->node.value);
    return subject->review ? 0 : err_nomem(err);
}

static int add_pod(const struct manifest *manifest, const char *namespace_name, const struct policy_set *set,
                   struct subjects *subjects, struct err *err)
{
    json_t *value = json_unconst(manifest->node.value);
    bool exists = existing_is(value);
    AUTO(json) object = exists ? NULL : json_incref(value);
    if (exists && existing_as_created(value, set, &object, err) < 0)
        return -1;
    struct subject *subject = add_subject(subjects, SUBJECT_POD, object);
    if (!subject)
        return err_nomem(err);
    if (exists)
        subject->existing = json_incref(value);
    if (name_subject(subject, manifest->kind, namespace_name, "", NULL, err) < 0)
        return -1;
    subject->review = review_print_create(object, namespace_name);
    return subject->review ? 0 : err_nomem(err);
}

/* An object without a template: it may be named as one that is not judged. */
static int add_other(const struct manifest *manifest, bool could_hold, struct subjects *subjects, struct err *err)
{
    struct subject *subject =
        add_subject(subjects, could_hold ? SUBJECT_UNJUDGED : SUBJECT_OTHER, json_unconst(manifest->node.value));
    if (!subject)
        return err_nomem(err);
    subject->unjudged = could_hold ? "no pod template that gpuslice knows" : NULL;
    return name_subject(subject, manifest->kind, manifest->namespace_name, "", NULL, err);
}

static int add_template(const struct manifest *manifest, const char *namespace_name, const struct workload_pods *pods,
                        struct workload_pod *pod, struct subjects *subjects, struct err *err)
{
    struct subject *subject =
        add_subject(subjects, pod->unjudged ? SUBJECT_UNJUDGED : SUBJECT_TEMPLATE, json_unconst(manifest->node.value));
    if (!subject)
        return err_nomem(err);
    subject->pod_pointer = TAKE(pod->pointer);
    subject->review = TAKE(pod->review);
    subject->unjudged = pod->unjudged;
    subject->workload = pods->workload;
    return name_subject(subject, manifest->kind, namespace_name, "", pods->is_single ? NULL : pod->path, err);
}

/* For every kind but AdmissionReview. */
static int add_object(const struct manifest *manifest, const char *default_namespace, const struct policy_set *set,
                      struct subjects *subjects, struct err *err)
{
    const char *own = manifest->namespace_name;
    const char *namespace_name = *own ? own : default_namespace;
    AUTO(workload_pods) pods = {0};

    if (kind_is(POD_KIND, manifest->api_version, manifest->kind))
        return add_pod(manifest, namespace_name, set, subjects, err);
    if (workload_pods_of(json_unconst(manifest->node.value), manifest->api_version, manifest->kind, namespace_name,
                         &pods, err) < 0)
        return -1;
    if (pods.count == 0)
        return add_other(manifest, pods.could_hold, subjects, err);
    for (size_t i = 0; i < pods.count; i++) {
        if (add_template(manifest, namespace_name, &pods, &pods.items[i], subjects, err) < 0)
            return -1;
    }
    return 0;
}

static int check_object(const struct manifest *manifest, struct err *err)
{
    if (manifest->form == MANIFEST_OTHER)
        return err_set(err, ERR_INVALID, "is %s, must be a Kubernetes object with apiVersion and kind",
                       json_is_array(manifest->node.value) ? "a list" : "a single value");
    if (!*manifest->api_version || !*manifest->kind)
        return err_set(err, ERR_INVALID, "has no %s, must be a Kubernetes object with both apiVersion and kind",
                       *manifest->kind ? "apiVersion" : "kind");
    return 0;
}

int subjects_from(const struct manifest *manifest, const char *default_namespace, const struct policy_set *set,
                  struct subjects *ret_subjects, struct err *err)
{
    if (check_object(manifest, err) < 0)
        return -1;
    AUTO(subjects) subjects = {0};
    bool is_review = kind_is(ADMISSION_REVIEW_KIND, manifest->api_version, manifest->kind);
    int result =
        is_review ? add_review(manifest, &subjects, err) : add_object(manifest, default_namespace, set, &subjects, err);
    if (result < 0)
        return -1;
    *ret_subjects = TAKE(subjects);
    return 0;
}
