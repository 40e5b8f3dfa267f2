/* Decides what to do with a pod by its review, namespace and policy set. docs/decisions.md lists the reasons. */
#pragma once

#include "admission/routes.h"
#include "base/post.h"

/* Decides about a review that needs no namespace: one that the route does not take, or that a node made. Sets
 * *ret_decision to let the object through and returns true; returns false for other reviews. */
bool decide_without_namespace(const struct route *route, const struct decision_input *in,
                              struct decision *ret_decision);

/* Decides by the route's steps and edits. The tree below in->pod is changed as the patch says. `in` must outlive
 * *ret_decision, which the caller clears with decision_fini(). *ret_decision is filled in place, because it is too
 * large to copy; after an error it is empty. If the patch would be longer than PATCH_MAX, the pod is denied. Errors:
 * ERR_INVALID (the object names another namespace), ERR_NOMEM. */
MUST_CHECK int decide(const struct route *route, const struct decision_input *in, struct decision *ret_decision,
                      struct err *err);

/* Why a pod is not read. */
enum unread {
    UNREAD_NOT,   /* it is read */
    UNREAD_LATE,  /* its review is large and had to wait too long for other large ones (post.crowded) */
    UNREAD_DENSE, /* its review has more than JSON_LEAN_VALUES values */
};

/* Decides about a pod that is not read: `post` is the whole review, in->pod is empty. The pod is let through if
 *  - the namespace is not opted in, or
 *  - no policy applies and the namespace is not `required`, or
 *  - nothing in the review names a GPU, and no policy applies that changes every pod (visibleDevices: guard, inject:
 *    always).
 * Otherwise it is denied. Modes apply as in decide(). */
void decide_unread(const struct decision_input *in, const struct post *post, enum unread why,
                   struct decision *ret_decision);

/* True if the pod was injected in an earlier round: it has a valid record, and a policy in mode enforce neither denied
 * nor exempted it in this round. The audit annotations then repeat "injected", because the API server keeps the first
 * value of each. */
bool decision_repeats_record(const struct decision *decision);
