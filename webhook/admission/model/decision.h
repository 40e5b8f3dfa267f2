/* A decision in the making: what goes in, what each step found, what comes out.
 *
 * Steps (steps.h) and edits (edits.h) take one struct decision; the first that concludes sets a reason, and the rest
 * are passed over. Pure: the same input gives the same output, whatever replica or round. */
#ifndef GPUSLICE_ADMISSION_MODEL_DECISION_H
#define GPUSLICE_ADMISSION_MODEL_DECISION_H

#include "admission/model/reason.h"
#include "admission/model/review.h"
#include "admission/model/warnings.h"
#include "pod/pod.h"
#include "policy/namespaces.h"
#include "policy/set.h"

enum { DECISION_ORIGINS_MAX = 48 };

enum class_source {
    CLASS_FROM_NOTHING,
    CLASS_FROM_POD_CLASS,
    CLASS_FROM_POD_MEMORY,
    CLASS_FROM_NAMESPACE_CLASS,
    CLASS_FROM_NAMESPACE_MEMORY,
    CLASS_FROM_DEFAULT,
};

/* What an earlier round wrote on the pod, if it proves true (SPEC: valid record). */
struct record {
    bool valid;
    cJSON *json; /* owned */
    const char *policy;
    const char *revision;
    bool *named; /* for pod->containers[i]; owned, NULL without a record */
};

/* Which rule the patch operations from `first` on come from: for explain. */
struct origin {
    size_t first;
    const char *kind; /* "SlicePolicy", "SliceClass", "SlicePool" */
    const char *name;
    const struct location *location;
    const char *rule; /* static: "wholeGPU: convert" */
};

struct decision {
    /* In. */
    const struct policy_set *set;
    const struct namespace_info *ns;
    const struct review *review;
    const struct pod *pod;
    bool required; /* the namespace's inject label is `required`, not `enabled` */

    /* Found on the way. */
    const struct policy *policy;
    const struct slice_class *slice_class;
    enum class_source class_source;
    bool pod_chose;   /* the pod itself named class or memory, and may */
    bool wants_slice; /* it asks for a GPU, names a class, or the policy injects always */
    bool wish_failed; /* what was named cannot be had, by a pod that wants no slice */
    struct record record;
    size_t guarded_containers; /* without a slice, in a guarded namespace */
    size_t guard_operations;   /* of the patch, made by the guard */
    int64_t *slices;           /* for pod->containers[i]: slices that it will hold; 0 for none */

    /* Out. */
    enum outcome outcome;
    enum reason reason;
    struct patch patch;
    char message[ERR_TEXT_SIZE]; /* of a denial: one sentence for the one who made the pod */
    struct warnings warnings;
    struct origin origins[DECISION_ORIGINS_MAX];
    size_t origin_count;
};

void decision_fini(struct decision *decision);

/* Conclude. A denial in a namespace that is not sent to us cannot happen; modes warn and shadow are applied at the end.
 */
void decision_allow(struct decision *decision, enum reason reason);
void decision_deny(struct decision *decision, enum reason reason, const char *format, ...) PRINTF(3, 4);

/* Says where the operations that follow come from. More origins than DECISION_ORIGINS_MAX: the last one stands for the
 * rest. */
void decision_because_policy(struct decision *decision, const char *rule);
void decision_because_class(struct decision *decision, const char *rule);
void decision_because_pool(struct decision *decision, const struct pool *pool, const char *rule);

/* The classes that the policy allows, as "a, b, c and 4 more", for messages; cut where it is long. `ret_text` is
 * initialised here. Errors: ERR_NOMEM. */
MUST_CHECK int decision_allowed_text(const struct decision *decision, struct buf *ret_text, struct err *err);

DEFINE_AUTO_FINI(decision, struct decision, decision_fini);

#endif
