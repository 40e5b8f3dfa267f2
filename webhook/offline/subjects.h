/* The objects that `mutate` and `explain` decide about: Pods, workloads with a pod template (those of /advise), and
 * AdmissionReviews as the API server sends them. Each becomes a subject with an AdmissionReview, about which the engine
 * decides. */
#pragma once

#include "admission/judge.h"
#include "manifest/read.h"

#include <jansson.h>

enum subject_form { SUBJECT_POD, SUBJECT_TEMPLATE, SUBJECT_REVIEW, SUBJECT_OTHER };

struct subject {
    enum subject_form form;
    json_t *object;          /* the object as it was read; for a review, its request.object (may be NULL) */
    const char *pod_pointer; /* JSON pointer from the object to the pod or pod template: "", "/spec/template" ... */
    char *kind;              /* "Pod", "Deployment" */
    char *name;              /* metadata.name, else a review's request.name, else "generateName*", else "" */
    char *namespace_name;    /* like kind and name, without control characters */
    char *review;            /* the AdmissionReview as text; NULL for SUBJECT_OTHER */
};

/* Makes a subject of a manifest. An object that is neither a pod, a workload nor a review becomes a SUBJECT_OTHER. Pods
 * and workloads that name no namespace are in `default_namespace`. Errors: ERR_INVALID ("has no kind, must be ...") if
 * the manifest is not a Kubernetes object, ERR_NOMEM. */
MUST_CHECK int subject_from(const struct manifest *manifest, const char *default_namespace, struct subject *ret_subject,
                            struct err *err);
void subject_fini(struct subject *subject);

/* Adds a title such as "Pod/web in ml-team". */
void subject_title(const struct subject *subject, struct buf *out);

/* Decides about a subject that is not SUBJECT_OTHER, as /mutate does. After an error the judgement is empty.
 * `namespaces` may be NULL: see offline_namespaces(). Errors: those of judge_read() and judge(). */
MUST_CHECK int subject_judge(const struct subject *subject, const struct policy_set *set, struct namespaces *namespaces,
                             struct judgement *ret_judgement, struct err *err);

/* Returns a new reference to the subject's pod or pod template, or to a copy with empty metadata if the template has
 * none. Returns NULL if out of memory, or if a review has no object. */
json_t *subject_pod(const struct subject *subject);

/* Sets *ret_operations, a new reference, to the decision's patch. Its paths start at the subject's object, so they
 * begin with pod_pointer. The patch is an empty array if the decision changes nothing. Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int subject_patch(const struct subject *subject, const struct judgement *judgement, json_t **ret_operations,
                             struct err *err);

/* Sets *ret_object, a new reference, to a copy of the subject's object with the decision's patch applied, or to a JSON
 * null if a review has no object. `judgement` is not used for SUBJECT_OTHER. Errors: ERR_INTERNAL if the patch does not
 * apply, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int subject_rewrite(const struct subject *subject, const struct judgement *judgement, json_t **ret_object,
                               struct err *err);

DEFINE_AUTO_FINI(subject, struct subject, subject_fini);
