/* Decides from a review, its namespace and the policy set what to do with the pod. docs/decisions.md lists the reasons.
 */
#ifndef GPUSLICE_ADMISSION_DECIDE_H
#define GPUSLICE_ADMISSION_DECIDE_H

#include "admission/routes.h"
#include "base/post.h"

/* Decides about reviews that need no namespace: those that the route does not take, or that a node made. Returns true
 * if *ret_decision was set, which lets the object through. */
bool decide_without_namespace(const struct route *route, const struct decision_input *in,
                              struct decision *ret_decision);

/* Decides by the route's steps and edits. The tree below in->pod is changed as the patch says. All arguments must
 * outlive *ret_decision, which the caller clears with decision_fini(). It is filled in place, because it is too large
 * to copy; after an error it is empty. A patch that would be longer than PATCH_MAX is a denial. Errors: ERR_INVALID
 * (the object names another namespace), ERR_NOMEM. */
MUST_CHECK int decide(const struct route *route, const struct decision_input *in, struct decision *ret_decision,
                      struct err *err);

/* Why a pod is not read. */
enum unread {
    UNREAD_NOT,   /* it is read */
    UNREAD_LATE,  /* it waited too long behind other large ones */
    UNREAD_DENSE, /* it has more values than are read (JSON_LEAN_VALUES) */
};

/* Decides about a pod that is not read: `post` is the whole review, in->pod empty. The pod is let through if no policy
 * applies and the namespace is not `required`, or if nothing in the review names a GPU and the policy does not change
 * every pod (visibleDevices: guard, inject: always). Otherwise it is denied. Modes apply as in decide(). */
void decide_unread(const struct decision_input *in, const struct post *post, enum unread why,
                   struct decision *ret_decision);

/* True if the pod has a valid record from before this decision, and has what the record says. Such a pod was injected
 * in an earlier round, and the audit annotations repeat that, because the API server keeps their first value. */
bool decision_repeats_record(const struct decision *decision);

#endif
