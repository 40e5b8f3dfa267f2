/* The decision, SPEC section 4: (review, namespace, policy set) -> what to do with the pod. */
#ifndef GPUSLICE_ADMISSION_DECIDE_H
#define GPUSLICE_ADMISSION_DECIDE_H

#include "admission/model/decision.h"
#include "admission/routes.h"
#include "base/post.h"

enum { PATCH_MAX = 3 * 1024 * 1024 }; /* bytes; the API server takes objects of 3 MiB at most */

/* Reviews that need no namespace: what the route does not take, or made by a node. True if `ret_decision` was set: the
 * object is let through. */
bool decide_at_sight(const struct route *route, const struct policy_set *set, const struct review *review,
                     struct decision *ret_decision);

/* Decides by the route's steps and edits about the pod of `review` in namespace `ns`. The tree below `pod` is changed
 * as the patch says. All arguments must outlive *ret_decision, which the caller clears with decision_fini() also after
 * an error. A patch that would be longer than PATCH_MAX is a denial. Errors: ERR_INVALID (the object names another
 * namespace), ERR_NOMEM. */
MUST_CHECK int decide(const struct route *route, const struct policy_set *set, const struct namespace_info *ns,
                      const struct review *review, const struct pod *pod, struct decision *ret_decision,
                      struct err *err);

/* Why a pod is not read. */
enum unread {
    UNREAD_NOT,   /* it is read */
    UNREAD_LATE,  /* it waited too long behind other large ones */
    UNREAD_DENSE, /* it has more values than are read (JSON_LEAN_VALUES) */
};

/* Decides about a pod that is not read: `post` is the whole review. Where nothing in it names a GPU,
 * the pod is let through; else, and where every pod gets something (visibleDevices: guard, inject: always), it is
 * denied. Otherwise as decide(). */
void decide_unread(const struct policy_set *set, const struct namespace_info *ns, const struct review *review,
                   const struct post *post, enum unread why, struct decision *ret_decision);

/* True if the pod came with a valid record and holds what it says. Such a pod was injected in an earlier round, and the
 * audit annotations say so again: their first value stays. */
bool decision_repeats_record(const struct decision *decision);

#endif
