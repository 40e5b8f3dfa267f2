/* Writes the AdmissionReview that the API server would send. Does not depend on policies. */
#include "offline/subject_review.h"

#include "core/kind.h"
#include "json/yaml_read.h"

#include <string.h>

static json_t *template_metadata(const struct workload *workload, const json_t *template)
{
    json_t *written = json_object_get(template, "metadata");
    AUTO(json) metadata = json_is_object(written) ? json_copy(written) : json_object();
    if (!metadata)
        return NULL;
    (void)json_object_del(metadata, "ownerReferences");
    (void)json_object_del(metadata, "namespace");
    if (workload->is_daemonset && json_object_set_new(metadata, "ownerReferences",
                                                      json_pack("[{s:s, s:s, s:s, s:b}]", "apiVersion", "apps/v1",
                                                                "kind", "DaemonSet", "name", "", "controller", 1)) < 0)
        return NULL;
    return TAKE(metadata);
}

json_t *subject_review_pod(const struct workload *workload, json_t *template)
{
    AUTO(json)
    pod = json_pack("{s:s, s:s, s:o}", "apiVersion", "v1", "kind", "Pod", "metadata",
                    template_metadata(workload, template));
    if (!pod || json_object_update_missing(pod, template) < 0)
        return NULL;
    return TAKE(pod);
}

int subject_review_print(const json_t *review, char **ret_text, struct err *err)
{
    char *text = json_dumps(review, JSON_COMPACT | JSON_REAL_PRECISION(17));
    if (!text)
        return err_nomem(err);
    *ret_text = text;
    return 0;
}

int subject_review_create(json_t *pod, const char *namespace_name, char **ret_text, struct err *err)
{
    AUTO(json)
    review = json_pack("{s:s, s:s, s:{s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:s, s:s, s:O, s:b}}", //
                       "apiVersion", ADMISSION_V1, "kind", "AdmissionReview", "request",                //
                       "uid", "00000000-0000-0000-0000-000000000000",                                   //
                       "kind", "group", "", "version", "v1", "kind", "Pod",                             //
                       "resource", "group", "", "version", "v1", "resource", "pods",                    //
                       "namespace", namespace_name, "operation", "CREATE", "object", pod, "dryRun", 0);
    if (!review)
        return err_nomem(err);
    return subject_review_print(review, ret_text, err);
}
