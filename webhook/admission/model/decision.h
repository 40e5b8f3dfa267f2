/* A decision in the making: what goes in, what the steps found, what comes out.
 *
 * A step (steps/steps.h) adds to the findings, or concludes by setting a reason, and then the rest are passed over. An
 * edit (edits/edits.h) reads the findings and adds to the changes. Pure: the same input gives the same output, whatever
 * replica or round. */
#ifndef GPUSLICE_ADMISSION_MODEL_DECISION_H
#define GPUSLICE_ADMISSION_MODEL_DECISION_H

#include "admission/model/changes.h"
#include "admission/model/reason.h"
#include "admission/model/review.h"
#include "admission/model/warnings.h"
#include "pod/pod.h"
#include "policy/namespaces.h"
#include "policy/set.h"

enum { PATCH_MAX = 3 * 1024 * 1024 }; /* bytes; the API server takes objects of 3 MiB at most */

enum class_source {
    CLASS_FROM_NOTHING,
    CLASS_FROM_POD_CLASS,
    CLASS_FROM_POD_MEMORY,
    CLASS_FROM_NAMESPACE_CLASS,
    CLASS_FROM_NAMESPACE_MEMORY,
    CLASS_FROM_DEFAULT,
};

/* What an earlier round wrote on the pod, if it proves true (docs/annotations.md). */
struct record {
    bool valid;
    const char *policy;
    const char *revision;
    const bool *named; /* for pod->containers[i]; NULL without a record */
};

/* What goes in. It outlives the decision. */
struct decision_input {
    const struct policy_set *set;
    const struct namespace_info *ns; /* NULL in a decision at sight, as pod */
    const struct review *review;
    const struct pod *pod; /* empty if it was not read */
};

/* What the steps found on the way. */
struct decision_findings {
    bool required; /* the namespace's inject label is `required`, not `enabled` */
    const struct policy *policy;
    const struct slice_class *slice_class;
    enum class_source class_source;
    bool pod_chose;   /* the pod itself named class or memory, and may */
    bool wants_slice; /* it asks for a GPU, names a class, or the policy injects always */
    bool wish_failed; /* what was named is unavailable, for a pod that wants no slice */
    struct record record;
    const int64_t *slices; /* for pod->containers[i]: slices that it will hold; 0 for none */
};

/* What comes out. */
struct decision_verdict {
    enum outcome outcome;
    enum reason reason;
    char message[ERR_TEXT_SIZE]; /* of a denial: one sentence for the one who made the pod */
    struct warnings warnings;
    struct changes changes;
};

struct decision {
    const struct decision_input *in;
    struct decision_findings found;
    struct decision_verdict out;
    /* What the findings point to, for the steps that write it. */
    struct {
        int64_t *slices;
        bool *named;
        cJSON *record;
    } owned;
};

struct edit;
typedef int decision_step(struct decision *decision, struct err *err);
typedef int decision_edit(const struct edit *edit, struct err *err);

/* Nothing found and nothing concluded yet. Leaves the room for texts as it is: it is most of the struct. */
void decision_init(struct decision *decision, const struct decision_input *in);
void decision_fini(struct decision *decision);

/* Conclude. A denial in a namespace that is not sent to us cannot happen; modes warn and shadow are applied at the end.
 */
void decision_allow(struct decision *decision, enum reason reason);
void decision_deny(struct decision *decision, enum reason reason, const char *format, ...) PRINTF(3, 4);

/* The classes that the policy allows, as "a, b, c and 4 more", for messages; cut where it is long. `ret_text` is
 * initialised here. Errors: ERR_NOMEM. */
MUST_CHECK int decision_allowed_text(const struct decision *decision, struct buf *ret_text, struct err *err);

DEFINE_AUTO_FINI(decision, struct decision, decision_fini);

#endif
