/* A decision: its input, the findings of the steps, and the verdict.
 *
 * A step (steps/steps.h) adds to the findings, or concludes by setting a reason; the remaining steps are then skipped.
 * An edit (edits/edits.h) reads the findings and adds to the changes. Deterministic: the same input gives the same
 * output in every replica and round. */
#pragma once

#include "admission/model/changes.h"
#include "admission/model/reason.h"
#include "admission/model/record.h"
#include "admission/model/review.h"
#include "admission/model/warnings.h"
#include "pod/pod.h"
#include "policy/namespaces.h"
#include "policy/set.h"

enum { PATCH_MAX = 3 * 1024 * 1024 }; /* bytes; the API server takes objects of 3 MiB at most */

/* Room for a sentence of ERR_TEXT_SIZE, and for the policy and contact at its end. */
enum { DENIAL_ENDING_SIZE = 512, DENIAL_SIZE = ERR_TEXT_SIZE + DENIAL_ENDING_SIZE };

enum class_source {
    CLASS_FROM_NOTHING,
    CLASS_FROM_POD_CLASS,
    CLASS_FROM_POD_MEMORY,
    CLASS_FROM_NAMESPACE_CLASS,
    CLASS_FROM_NAMESPACE_MEMORY,
    CLASS_FROM_DEFAULT,
    CLASS_FROM_COPY, /* of a pod without its annotations: the class whose slices and placement it has */
};

/* The input. It must outlive the decision. */
struct decision_input {
    const struct policy_set *set;
    const struct namespace_info *ns; /* NULL in decide_without_namespace(), like pod */
    const struct review *review;
    const struct pod *pod; /* empty if it was not read */
};

/* What the steps found. */
struct decision_findings {
    bool required; /* the namespace's inject label is `required`, not `enabled` */
    const struct policy *policy;
    const struct slice_class *slice_class;
    enum class_source class_source;
    int64_t memory_asked;             /* in bytes, if it is memory that chooses the class; else 0 */
    const struct slice_class *copied; /* the class that a copy has, if it may not choose it; else NULL */
    bool pod_chose;                   /* the pod names a class or memory, or has the placement of one, and may choose */
    bool wants_slice;                 /* the pod requests a GPU, or pod_chose, or the policy always injects */
    bool class_request_failed;   /* a class or memory was named that is not available, but the pod wants no slice */
    const struct record *record; /* the record that the pod has, if it parses; else NULL */
    bool record_outdated;        /* it names another class than the one of this decision */
    bool record_valid;           /* it matches the class and the pod (docs/decisions.md#the-record) */
    /* What a valid record says of pod->containers[i]; NULL if it is not named. */
    const struct record_entry *const *named;
    const struct record *taken_back; /* the record whose changes were taken back before this decision, or NULL */
    /* Whether pod->containers[i] loses its GPU requests, because they are a LimitRange's defaults; NULL: none does. */
    const bool *defaulted;
    const int64_t *slices; /* number of slices for pod->containers[i] */
};

/* The verdict. */
struct decision_verdict {
    enum outcome outcome;
    enum reason reason;
    char message[DENIAL_SIZE]; /* of a denial: one sentence for the author of the pod */
    struct warnings warnings;
    struct changes changes;
};

struct decision {
    const struct decision_input *in;
    struct decision_findings found;
    struct decision_verdict out;
    /* Storage that the findings point to; only decide() and the steps that fill it write it. */
    struct {
        int64_t *slices;
        const struct record_entry **named;
        struct record record, taken_back;
        struct pod pod; /* after its record was taken back; `input` is the decision's input with that pod */
        struct decision_input input;
        bool *defaulted;
    } owned;
};

struct edit;
typedef int decision_step(struct decision *decision, struct err *err);
typedef int decision_edit(const struct edit *edit, struct err *err);

/* Initialises everything except the buffers for texts, which are most of the struct. */
void decision_init(struct decision *decision, const struct decision_input *in);
void decision_fini(struct decision *decision);

/* These conclude the decision. decide() applies the modes warn and shadow at the end. */
void decision_allow(struct decision *decision, enum reason reason);
void verdict_deny(struct decision_verdict *verdict, enum reason reason, const char *format, ...) PRINTF(3, 4);

/* Ends the message of a denial with the policy that denies and its contact. Does nothing if the pod is not denied or no
 * policy denies it. */
void decision_name_policy(struct decision *decision);

/* Initialises `ret_text` with the classes that the policy allows, as "small (10Gi), large (40Gi) and 4 more", shortened
 * for messages. Errors: ERR_NOMEM. */
MUST_CHECK int decision_allowed_text(const struct decision *decision, struct buf *ret_text, struct err *err);

DEFINE_AUTO_FINI(decision, struct decision, decision_fini);
