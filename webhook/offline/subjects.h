/* The objects that `mutate` and `explain` decide about: Pods, the pod templates of workloads, and AdmissionReviews as
 * the API server sends them. Each pod and template becomes a subject with an AdmissionReview, about which the engine
 * decides. */
#pragma once

#include "admission/judge.h"
#include "admission/model/warnings.h"
#include "manifest/read.h"
#include "workload/kinds.h"

#include <jansson.h>

enum subject_form {
    SUBJECT_POD,
    SUBJECT_TEMPLATE,
    SUBJECT_REVIEW,
    SUBJECT_UNJUDGED, /* makes pods, but of fields that are no template; `unjudged` says why */
    SUBJECT_OTHER,
};

struct subject {
    enum subject_form form;
    json_t *object;       /* the object as it was read; for a review, its request.object (may be NULL) */
    json_t *existing;     /* a pod that exists, as it was read; `object` is then as it was at its creation. Else NULL */
    char *pod_pointer;    /* JSON pointer from the object to the pod or template: "", "/spec/template" ... */
    char *path;           /* the same for people; "" for a pod and for a kind with one template */
    char *kind;           /* "Pod", "Deployment" */
    char *name;           /* metadata.name, else a review's request.name, else "generateName*", else "" */
    char *namespace_name; /* like kind and name, without control characters */
    char *review;         /* the AdmissionReview as text; NULL for SUBJECT_UNJUDGED and SUBJECT_OTHER */
    const struct workload *workload; /* NULL for a template of an unknown kind, and for what is no template */
    const char *unjudged;
};

/* All subjects of one manifest, at least one. */
struct subjects {
    struct subject *items;
    size_t count;
};

/* Makes the subjects of a manifest. An object that is neither a pod, a workload nor a review becomes a SUBJECT_OTHER.
 * Pods and workloads that name no namespace are in `default_namespace`; `set` knows the classes that the records of
 * pods that exist name. Errors: ERR_INVALID ("has no kind, must be
 * ...") if the manifest is not a Kubernetes object, ERR_LIMIT if it has too many values, ERR_NOMEM. */
MUST_CHECK int subjects_from(const struct manifest *manifest, const char *default_namespace,
                             const struct policy_set *set, struct subjects *ret_subjects, struct err *err);
void subject_fini(struct subject *subject);
void subjects_fini(struct subjects *subjects);

/* Adds warnings about keys of ours in the object's own metadata, if it is a workload (`subject` is one of its
 * templates) or a Namespace, and about the selector of a workload. Errors: ERR_NOMEM. */
MUST_CHECK int object_warn(const struct manifest *manifest, const struct subject *subject, struct warnings *warnings,
                           struct err *err);

/* Adds a title such as "Pod/web in ml-team" or "RayCluster/rc spec.headGroupSpec.template in ml-team". */
void subject_title(const struct subject *subject, struct buf *out);

/* True for a pod, a template and a review. */
bool subject_has_pod(const struct subject *subject);

/* True for a template that `mutate` rewrites only with --any-kind, because its kind is unknown. */
bool subject_is_unknown(const struct subject *subject);

/* True for a template of a kind that must not be rewritten. */
bool subject_is_judged_only(const struct subject *subject);

/* Decides about a subject that has a pod, as /mutate does. After an error the judgement is empty. `namespaces` may be
 * NULL: see offline_namespaces(). Errors: those of judge_read() and judge(). */
MUST_CHECK int subject_judge(const struct subject *subject, const struct policy_set *set, struct namespaces *namespaces,
                             struct judgement *ret_judgement, struct err *err);

/* Returns a new reference to the subject's pod or, for a template, to the pod that is made of it. Returns NULL if out
 * of memory, or if a review has no object. */
json_t *subject_pod(const struct subject *subject);

/* Sets *ret_operations, a new reference, to the decision's patch. Its paths start at the subject's object. The patch is
 * an empty array if the decision changes nothing. Not for a template of a kind that must not be rewritten. Errors:
 * ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int subject_patch(const struct subject *subject, const struct judgement *judgement, json_t **ret_operations,
                             struct err *err);

/* Like subject_patch(), with paths that start at subject_pod(). */
MUST_CHECK int subject_pod_patch(const struct judgement *judgement, json_t **ret_operations, struct err *err);

/* Sets *ret_object, a new reference, to a copy of the subject's object with the decision's patch applied, or to a JSON
 * null if a review has no object. `judgement` is not used for a subject without a pod. Errors: ERR_INTERNAL if the
 * patch does not apply, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int subject_rewrite(const struct subject *subject, const struct judgement *judgement, json_t **ret_object,
                               struct err *err);

/* Adds one line without an end about a pod that exists: what its record, which may be its author's, says, and what
 * would happen to it if it were created today. Errors: ERR_NOMEM. */
MUST_CHECK int subject_describe_existing(const struct subject *subject, const struct judgement *judgement,
                                         struct buf *out, struct err *err);

DEFINE_AUTO_FINI(subject, struct subject, subject_fini);
DEFINE_AUTO_FINI(subjects, struct subjects, subjects_fini);
