/* Where a pod may run by its own spec: nodeSelector, required node affinity, tolerations. Reads and writes the core/v1
 * JSON forms; core/ defines what they mean. */
#pragma once

#include "core/requirement.h"
#include "core/toleration.h"
#include "pod/pod.h"

#define REQUIRED_AFFINITY "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
#define REQUIRED_TERMS    REQUIRED_AFFINITY, "nodeSelectorTerms"
#define TOLERATIONS       "spec", "tolerations"
#define PREFERRED_TERMS   "spec", "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"

enum { TERM_POINTER_SIZE = 128 };

/* One of the ORed terms of the required node affinity. */
struct term {
    cJSON *object;
    size_t index;
    char pointer[TERM_POINTER_SIZE];
};

/* Moves to the next term; start with a zeroed struct. Returns false at the end. Between calls, terms may be edited but
 * not added or removed. */
bool pod_next_term(const struct pod *pod, struct term *term);
struct place term_place(const struct term *term);

/* True if REQUIRED_AFFINITY is set, even if its nodeSelectorTerms are absent, null or empty, which the API server
 * rejects. */
bool pod_has_required_affinity(const struct pod *pod);

/* True if the term has neither expressions nor fields; such a term matches no node (core/v1). */
bool term_is_empty(const struct term *term);
bool term_has_fields(const struct term *term);

struct expressions {
    struct requirement *items;
    size_t count;
};

/* Appends the term's expressions on `key` to `list`. Strings are borrowed from the pod; expressions_fini() frees the
 * rest, also after an error. Errors: ERR_NOMEM. */
MUST_CHECK int term_expressions(const struct term *term, const char *key, struct expressions *list, struct err *err);
void expressions_fini(struct expressions *list);

/* True if a term's expression has the key and the operator of the requirement, and the same set of values. Takes time
 * proportional to the product of the numbers of values. Does not allocate. */
bool expression_equals(const cJSON *expression, const struct requirement *requirement);

/* Returns the value of `key` in the pod's nodeSelector, or NULL. */
const char *pod_node_selector(const struct pod *pod, const char *key);

/* The strings are borrowed from the JSON object. */
struct toleration toleration_read(const cJSON *object);

/* Return new trees, or NULL when out of memory. */
cJSON *requirement_to_json(const struct requirement *requirement);
cJSON *term_to_json(const struct requirements *requirements); /* as matchExpressions */
cJSON *toleration_to_json(const struct toleration *toleration);

DEFINE_AUTO_FINI(expressions, struct expressions, expressions_fini);
