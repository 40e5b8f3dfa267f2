/* The steps of a decision, one file each, in the order in which decide() takes them (admission/routes.c). Each uses the
 * findings of earlier steps, and either concludes (decision_allow, verdict_deny) or leaves the reason unset. Errors:
 * ERR_NOMEM, and ERR_INVALID in step_scope. */
#pragma once

#include "admission/model/decision.h"

MUST_CHECK decision_step step_scope;        /* whether the webhook handles the pod at all */
MUST_CHECK decision_step step_read_record;  /* what an earlier round wrote */
MUST_CHECK decision_step step_match_policy; /* the policy of the namespace */
MUST_CHECK decision_step step_choose_class; /* the class of the pod */
/* The step for pods without a class is between the two steps for claims, so that a policy that denies claims also
 * denies them to such pods. */
MUST_CHECK decision_step step_deny_claims;
MUST_CHECK decision_step step_no_class;
MUST_CHECK decision_step step_keep_claims;
MUST_CHECK decision_step step_match_record;  /* whether that is to be believed */
MUST_CHECK decision_step step_drop_defaults; /* which requests of sidecars are a LimitRange's defaults */
MUST_CHECK decision_step step_find_target;   /* which containers get a slice if none requests a GPU */
MUST_CHECK decision_step step_count_demand;  /* how many slices each container gets */
MUST_CHECK decision_step step_check_limits;  /* whether the class allows that many */

/* How a container's GPU request relates to the class of its pod. REQUEST_WHOLE is nvidia.com/gpu, or another name that
 * the policy set counts as a GPU. */
enum request_kind { REQUEST_NONE, REQUEST_OWN, REQUEST_WHOLE, REQUEST_OTHER };

/* Classifies a container. Sets *ret_ask to its request, or to NULL for REQUEST_NONE. */
enum request_kind request_kind_of(const struct decision *decision, const struct container *container,
                                  const struct ask **ret_ask);
/* Classifies a GPU request of a container that no valid record names. */
enum request_kind request_kind_of_ask(const struct decision *decision, const struct ask *ask);

/* The last part of step_choose_class, for a pod that does not name a class and has no record: if it asks for the
 * resource of a class and each of its terms pins the pools of that class, it is a copy of a pod with a slice and has
 * chosen that class, in spite of a denial for what the namespace names. Where the choice does not hold, sets `copied`.
 */
void copied_class_settle(struct decision *decision);

/* Adds to a denial that the pod looks like a copy, if it does and its choice does not hold. Runs after steps and edits.
 */
void copied_class_explain(struct decision *decision);

/* True if the GPU requests of the container were dropped, because they are a LimitRange's defaults. */
bool request_is_default(const struct decision *decision, const struct container *container);
/* True if a container requests a GPU, apart from those requests. */
bool request_exists(const struct decision *decision);

/* The first part of step_scope, which needs no pod: concludes if the namespace is not opted in. Sets `required`. */
void scope_namespace(struct decision *decision);

enum { CONTAINER_NAME_SIZE = 256 };

/* Takes the next of the comma-separated names from `*names`, without the white space around it. Returns false at the
 * end.
 */
bool target_next_name(const char **names, char ret_name[CONTAINER_NAME_SIZE]);

/* Warns about what was meant for gpuslice and is not read: keys of ours that are misspelt or not in their place, keys
 * that have no effect on this pod, and annotations of other schedulers. Runs after the steps. */
void settle_unheeded(struct decision *decision);

/* Warns about or denies requests for accelerators that no slice pool offers, as the policy's otherAccelerators says.
 * Runs after the steps, for pods that get a slice and for pods that were not recognised as GPU pods. Errors:
 * ERR_NOMEM. */
MUST_CHECK int settle_accelerators(struct decision *decision, struct err *err);
