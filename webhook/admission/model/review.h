/* An AdmissionReview request (admission.k8s.io/v1), read. */
#ifndef GPUSLICE_ADMISSION_MODEL_REVIEW_H
#define GPUSLICE_ADMISSION_MODEL_REVIEW_H

#include "base/err.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

struct review {
    cJSON *root; /* owns everything below */
    const char *uid;
    const char *name;           /* of the object; "" where the API server makes it up later */
    const char *namespace_name; /* "" for cluster-scoped objects */
    const char *operation;      /* CREATE, UPDATE, DELETE, CONNECT */
    const char *group;          /* of request.kind; "" for core */
    const char *kind;
    const char *subresource; /* "" for the object itself */
    cJSON *object;           /* NULL where absent or null */
    cJSON *old_object;       /* likewise */
    bool dry_run;
    bool made_by_node; /* request.userInfo.groups has system:nodes */
};

/* Parses body[0..length). managedFields, and what lies deeper than Kubernetes' objects do, are empty in the tree; a NUL
 * in a string is U+FFFD there. Errors: ERR_INVALID (HTTP 400) for what is no JSON (with the byte), another apiVersion
 * or kind, a missing request, an empty uid, a field of the wrong type; ERR_NOMEM. */
MUST_CHECK int review_parse(struct review *ret_review, const char *body, size_t length, struct err *err);

/* The same for a review whose object nobody has the time to read: object and old_object are
 * NULL or empty. Takes microseconds where the request's members come in the
 * order of admission/v1, as from an API server; then what follows the object's key is not looked at. */
MUST_CHECK int review_parse_envelope(struct review *ret_review, const char *body, size_t length, struct err *err);
void review_fini(struct review *review);

/* True for the creation of a Pod itself: not of a subresource, not another verb. */
bool review_is_pod_create(const struct review *review);

DEFINE_AUTO_FINI(review, struct review, review_fini);

#endif
