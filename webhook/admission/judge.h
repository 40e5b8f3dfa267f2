/* From a review to the decision about it: what the engine does for a request, and `gpuslice mutate` for a file. */
#ifndef GPUSLICE_ADMISSION_JUDGE_H
#define GPUSLICE_ADMISSION_JUDGE_H

#include "admission/decide.h"
#include "base/post.h"
#include "policy/namespace_source.h"

/* One consistent view for one review. */
struct question {
    const struct route *route;
    const struct policy_set *set;
    const struct namespace_source *source;
    const struct post *post; /* the review */
};

/* What is known of a review by now, in the order in which it is found out. Each points into those before. */
struct judgement {
    struct review review;
    enum unread unread;
    struct namespace_ref ns; /* once it was looked for */
    struct pod pod;          /* empty where it was not read, or not looked at */
    struct decision_input input;
    struct decision decision;
};

/* Reads the review, or its envelope alone if there is no time or memory for more. Both functions fill *judgement piece
 * by piece, also before an error: the log says what is known of a review that failed. judgement_fini() clears it.
 * Errors: ERR_INVALID, ERR_NOMEM. */
MUST_CHECK int judge_read(const struct post *post, struct judgement *judgement, struct err *err);

/* Decides about the review that was read. Errors: ERR_INVALID, ERR_UNAVAILABLE (the namespace is not known), ERR_NOMEM.
 */
MUST_CHECK int judge(const struct question *question, struct judgement *judgement, struct err *err);

/* The parts of judge(), for routes that decide about something else than the object: the namespace of the request; the
 * decision about what is shaped like a pod. */
MUST_CHECK int judge_namespace(const struct question *question, struct judgement *judgement, struct err *err);
MUST_CHECK int judge_pod(const struct question *question, cJSON *object, struct judgement *judgement, struct err *err);

void judgement_fini(struct judgement *judgement);
DEFINE_AUTO_FINI(judgement, struct judgement, judgement_fini);

#endif
