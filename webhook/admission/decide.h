/* The decision: (review, namespace, policy set) -> what to do with the pod. docs/decisions.md lists the reasons. */
#ifndef GPUSLICE_ADMISSION_DECIDE_H
#define GPUSLICE_ADMISSION_DECIDE_H

#include "admission/routes.h"
#include "base/post.h"

/* Reviews that need no namespace: what the route does not take, or made by a node. True if `ret_decision` was set: the
 * object is let through. */
bool decide_at_sight(const struct route *route, const struct decision_input *in, struct decision *ret_decision);

/* Decides by the route's steps and edits. The tree below in->pod is changed as the patch says. All arguments must
 * outlive *ret_decision, which the caller clears with decision_fini(). It is too large to be made elsewhere and copied:
 * after an error it is empty. A patch that would be longer than PATCH_MAX is a denial. Errors: ERR_INVALID (the object
 * names another namespace), ERR_NOMEM. */
MUST_CHECK int decide(const struct route *route, const struct decision_input *in, struct decision *ret_decision,
                      struct err *err);

/* Why a pod is not read. */
enum unread {
    UNREAD_NOT,   /* it is read */
    UNREAD_LATE,  /* it waited too long behind other large ones */
    UNREAD_DENSE, /* it has more values than are read (JSON_LEAN_VALUES) */
};

/* Decides about a pod that is not read: `post` is the whole review, in->pod empty. Where nothing in it names a GPU, the
 * pod is let through; else, and where every pod gets something (visibleDevices: guard, inject: always), it is denied.
 * Otherwise as decide(). */
void decide_unread(const struct decision_input *in, const struct post *post, enum unread why,
                   struct decision *ret_decision);

/* True if the pod came with a valid record and holds what it says. Such a pod was injected in an earlier round, and the
 * audit annotations say so again: their first value stays. */
bool decision_repeats_record(const struct decision *decision);

#endif
