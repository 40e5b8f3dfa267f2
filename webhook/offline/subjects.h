/* The objects that `mutate` and `explain` decide about: Pods, workloads with a pod template (those of /advise), and
 * AdmissionReviews as the API server sends them. Each becomes a subject with an AdmissionReview for the engine. */
#ifndef GPUSLICE_OFFLINE_SUBJECTS_H
#define GPUSLICE_OFFLINE_SUBJECTS_H

#include "admission/judge.h"
#include "manifest/read.h"

#include <jansson.h>

enum subject_form { SUBJECT_POD, SUBJECT_TEMPLATE, SUBJECT_REVIEW, SUBJECT_OTHER };

struct subject {
    enum subject_form form;
    json_t *object;          /* the original object; for a review, its request.object (may be NULL) */
    const char *pod_pointer; /* RFC 6901, from the object to the pod or its template: "", "/spec/template" ... */
    char *kind;              /* "Pod", "Deployment" */
    char *name;              /* metadata.name, else "generateName*", else ""; printable like the kind */
    char *namespace_name;
    char *review; /* the AdmissionReview's text; NULL for SUBJECT_OTHER */
};

/* Makes a subject of a manifest. An object without a pod becomes a SUBJECT_OTHER. `default_namespace` is for objects
 * that do not name one. Errors: ERR_INVALID ("has no kind, must be ...") if it is not a Kubernetes object, ERR_NOMEM.
 */
MUST_CHECK int subject_from(const struct manifest *manifest, const char *default_namespace, struct subject *ret_subject,
                            struct err *err);
void subject_fini(struct subject *subject);

/* Returns the review of the pod's creation (free() it). Returns NULL if out of memory, or if the pod is NULL. */
char *subject_review_create(json_t *pod, const char *namespace_name);

/* Adds "Pod/web in ml-team". */
void subject_title(const struct subject *subject, struct buf *out);

/* Decides about one subject as /mutate does; the judgement is empty after an error. If `namespaces` is NULL, every
 * namespace counts as one with the label gpuslice.dev/inject: enabled and nothing else. Errors: those of judge_read()
 * and judge(). */
MUST_CHECK int subject_judge(const struct subject *subject, const struct policy_set *set, struct namespaces *namespaces,
                             struct judgement *ret_judgement, struct err *err);

/* Returns the pod that was decided about; for a template, a pod that always has metadata. A new reference; NULL if out
 * of memory, or if a review has no object. */
json_t *subject_pod(const struct subject *subject);

/* Sets *ret_operations, a new reference, to the decision's patch as operations on the subject's object (for a template,
 * paths begin with pod_pointer), or to an empty array. Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int subject_patch(const struct subject *subject, const struct judgement *judgement, json_t **ret_operations,
                             struct err *err);

/* Sets *ret_object to a copy of the subject's object with the decision's patch, if there is one, applied by
 * json/apply.h; to null for a review without an object. `judgement` may be NULL for SUBJECT_OTHER. Errors: ERR_INTERNAL
 * if the patch does not apply, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int subject_rewrite(const struct subject *subject, const struct judgement *judgement, json_t **ret_object,
                               struct err *err);

DEFINE_AUTO_FINI(subject, struct subject, subject_fini);

#endif
