/* Turns manifests into subjects with reviews. judgement.c decides about them. */
#include "offline/subjects.h"

#include "admission/workloads.h"
#include "base/text.h"
#include "core/kind.h"
#include "json/pointer.h"

#include <string.h>

enum { TITLE_MAX = 1024 }; /* bytes of each part */

void subject_fini(struct subject *subject)
{
    json_decref(subject->object);
    free(subject->kind);
    free(subject->name);
    free(subject->namespace_name);
    free(subject->review);
    *subject = (struct subject){0};
}

void subject_title(const struct subject *subject, struct buf *out)
{
    buf_addf(out, "%s%s%s", subject->kind, *subject->name ? "/" : "", subject->name);
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

static int name_subject(struct subject *subject, const char *kind, const char *namespace_name,
                        const char *fallback_name, struct err *err)
{
    const json_t *metadata = json_object_get(subject->object, "metadata");
    const char *name = *json_text(metadata, "name") ? json_text(metadata, "name") : fallback_name;
    const char *generate_name = *name ? "" : json_text(metadata, "generateName");
    subject->kind = printable(kind, "");
    subject->name = printable(*name ? name : generate_name, *generate_name ? "*" : "");
    subject->namespace_name = printable(namespace_name, "");
    return subject->kind && subject->name && subject->namespace_name ? 0 : err_nomem(err);
}

static int fill_from_review(const struct manifest *manifest, struct subject *subject, struct err *err)
{
    const json_t *request = json_object_get(manifest->node.value, "request");
    json_t *object = json_object_get(request, "object");
    subject->form = SUBJECT_REVIEW;
    subject->object = json_is_object(object) ? json_incref(object) : NULL;
    if (name_subject(subject, json_text(json_object_get(request, "kind"), "kind"), json_text(request, "namespace"),
                     json_text(request, "name"), err) < 0)
        return -1;

    /* A review that is a JSON document of its own keeps its bytes, so that the engine sees what the server would
     * see. */
    size_t length;
    bool is_document = manifest->is_json && !manifest->is_item;
    subject->review = is_document ? strdup(manifest_text(manifest, &length)) : review_print(manifest->node.value);
    return subject->review ? 0 : err_nomem(err);
}

/* For every kind but AdmissionReview. */
static int fill_from_object(const struct manifest *manifest, const char *default_namespace, struct subject *subject,
                            struct err *err)
{
    const char *own = manifest->namespace_name;
    const char *namespace_name = *own ? own : default_namespace;
    const struct workload *workload = workload_of(manifest->api_version, manifest->kind);
    struct err missing;

    subject->object = json_incref(json_unconst(manifest->node.value));

    json_t *template = workload ? pointer_get(subject->object, workload->template_pointer, &missing) : NULL;
    AUTO(json) pod = NULL;
    if (json_is_object(template)) {
        subject->form = SUBJECT_TEMPLATE;
        subject->pod_pointer = workload->template_pointer;
        pod = workload_pod(workload, template);
    } else if (kind_is(POD_KIND, manifest->api_version, manifest->kind)) {
        subject->form = SUBJECT_POD;
        pod = json_incref(subject->object);
    } else {
        subject->form = SUBJECT_OTHER;
        return name_subject(subject, manifest->kind, own, "", err);
    }

    if (name_subject(subject, manifest->kind, namespace_name, "", err) < 0)
        return -1;
    subject->review = review_print_create(pod, namespace_name);
    return subject->review ? 0 : err_nomem(err);
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

int subject_from(const struct manifest *manifest, const char *default_namespace, struct subject *ret_subject,
                 struct err *err)
{
    if (check_object(manifest, err) < 0)
        return -1;
    AUTO(subject) subject = {.pod_pointer = ""};
    bool is_review = kind_is(ADMISSION_REVIEW_KIND, manifest->api_version, manifest->kind);
    int result = is_review ? fill_from_review(manifest, &subject, err)
                           : fill_from_object(manifest, default_namespace, &subject, err);
    if (result < 0)
        return -1;
    *ret_subject = TAKE(subject);
    return 0;
}
