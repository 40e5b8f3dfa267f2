/* Where a pod may run, as it says itself: nodeSelector, required node affinity, tolerations. Reading and writing of the
 * core/v1 JSON forms; what they mean is in core/. */
#ifndef GPUSLICE_POD_PLACEMENT_H
#define GPUSLICE_POD_PLACEMENT_H

#include "core/requirement.h"
#include "core/toleration.h"
#include "pod/pod.h"

#define REQUIRED_AFFINITY "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
#define REQUIRED_TERMS    REQUIRED_AFFINITY, "nodeSelectorTerms"
#define PREFERRED_TERMS   "spec", "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"

enum { TERM_POINTER_SIZE = 128 };

/* One of the ORed terms of the required node affinity. */
struct term {
    cJSON *object;
    size_t index;
    char pointer[TERM_POINTER_SIZE];
};

/* Moves to the next term; start with a zeroed struct. False at the end. Works while terms are edited, not while they
 * are added. */
bool pod_next_term(const struct pod *pod, struct term *term);
struct place term_place(const struct term *term);

/* Has the pod the field at all? One with nodeSelectorTerms absent, null or empty is invalid: the API server refuses it.
 */
bool pod_has_required_affinity(const struct pod *pod);

/* A term without expressions and fields matches no node (core/v1). */
bool term_is_empty(const struct term *term);
bool term_has_fields(const struct term *term);

/* The term's expressions on `key`, behind what `list` holds. Strings are borrowed from the pod; expressions_fini()
 * frees the rest. Errors: ERR_NOMEM. */
struct expressions {
    struct requirement *items;
    size_t count;
};
MUST_CHECK int term_expressions(const struct term *term, const char *key, struct expressions *list, struct err *err);
void expressions_fini(struct expressions *list);

/* The value of the pod's nodeSelector, or NULL. */
const char *pod_node_selector(const struct pod *pod, const char *key);

/* Borrows from the JSON object. */
struct toleration toleration_read(const cJSON *object);

/* New trees; NULL when out of memory. */
cJSON *requirement_to_json(const struct requirement *requirement);
cJSON *requirements_to_json(const struct requirements *requirements);
cJSON *toleration_to_json(const struct toleration *toleration);

DEFINE_AUTO_FINI(expressions, struct expressions, expressions_fini);

#endif
