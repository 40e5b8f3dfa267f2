/* A parsed AdmissionReview request (admission.k8s.io/v1). */
#pragma once

#include "base/err.h"

#include <cjson/cJSON.h>
#include <jansson.h>
#include <stdbool.h>

struct review {
    cJSON *root; /* owns everything below */
    const char *uid;
    const char *name;           /* of the object; "" if the API server generates it later */
    const char *namespace_name; /* "" for cluster-scoped objects */
    const char *operation;      /* CREATE, UPDATE, DELETE, CONNECT */
    const char *group;          /* of request.kind; "" for core */
    const char *kind;
    const char *subresource; /* "" for the object itself */
    cJSON *object;           /* NULL if absent or null */
    cJSON *old_object;       /* NULL if absent or null */
    bool dry_run;
    bool made_by_node; /* request.userInfo.groups has system:nodes */
    const char *user;  /* request.userInfo.username; "" if it is absent */
};

/* Parses body[0..length). In the tree, managedFields and whatever is nested deeper than Kubernetes' own objects are
 * empty, and a NUL in a string is U+FFFD. Errors: ERR_INVALID (HTTP 400) for invalid JSON (with the byte), another
 * apiVersion or kind, a missing request, an empty uid, a field of the wrong type; ERR_LIMIT for more than
 * JSON_LEAN_VALUES values; ERR_NOMEM. */
MUST_CHECK int review_parse(struct review *ret_review, const char *body, size_t length, struct err *err);

/* Like review_parse(), but does not read the object: object and old_object are NULL or empty. Takes microseconds if the
 * request's members are in the order of admission/v1, as an API server sends them, because whatever follows the
 * object's key is then skipped. */
MUST_CHECK int review_parse_envelope(struct review *ret_review, const char *body, size_t length, struct err *err);
void review_fini(struct review *review);

/* Returns an AdmissionReview as text to free(). Returns NULL if out of memory, or if `review` is NULL. */
char *review_print(const json_t *review);

/* Returns an AdmissionReview for the creation of the pod, as the API server would send it, as text to free(). Returns
 * NULL if out of memory, or if `pod` is NULL. */
char *review_print_create(json_t *pod, const char *namespace_name);

/* True for the creation of a Pod itself, not of a subresource. */
bool review_is_pod_create(const struct review *review);

DEFINE_AUTO_FINI(review, struct review, review_fini);
