/* Reads a review and decides about it, for a request in the engine and for a file in `gpuslice mutate`. */
#pragma once

#include "admission/decide.h"
#include "base/post.h"
#include "policy/namespaces.h"

/* The inputs for one review, which do not change while it is judged. */
struct question {
    const struct route *route;
    const struct policy_set *set;
    const struct namespace_source *source;
    const struct post *post; /* the review */
    bool advises_verbosely;  /* advice also for what simply gets its default slice */
};

/* What is known of a review so far, in the order in which it becomes known. Members point into those before them. */
struct judgement {
    struct review review;
    enum unread unread;
    struct namespace_ref ns; /* empty if it was not found or not needed */
    struct pod pod;          /* empty if it was not read or not needed */
    struct decision_input input;
    struct decision decision;
};

/* Reads the review, or only its envelope if the post is crowded or has too many values. judge_read() and judge() fill
 * *judgement piece by piece, even if they fail, because the log names what is known of a review that failed.
 * judgement_fini() clears it. Errors: ERR_INVALID, ERR_NOMEM. */
MUST_CHECK int judge_read(const struct post *post, struct judgement *judgement, struct err *err);

/* Decides about the review that was read. Errors: ERR_INVALID, ERR_UNAVAILABLE (unknown namespace), ERR_NOMEM. */
MUST_CHECK int judge(const struct question *question, struct judgement *judgement, struct err *err);

/* The parts of judge(), for routes that decide about something other than the object of the request. judge_namespace()
 * finds the namespace and completes the input; judge_pod() decides about an object that has the shape of a pod. */
MUST_CHECK int judge_namespace(const struct question *question, struct judgement *judgement, struct err *err);
MUST_CHECK int judge_pod(const struct question *question, cJSON *object, struct judgement *judgement, struct err *err);

void judgement_fini(struct judgement *judgement);
DEFINE_AUTO_FINI(judgement, struct judgement, judgement_fini);
