/* The steps of a decision, one file each, in the order in which decide() takes them (admission/routes.c). Each sees
 * what the ones before found, and concludes (decision_allow, decision_deny) or leaves the reason unset. Errors:
 * ERR_NOMEM, and ERR_INVALID in step_scope. */
#ifndef GPUSLICE_ADMISSION_STEPS_STEPS_H
#define GPUSLICE_ADMISSION_STEPS_STEPS_H

#include "admission/model/decision.h"

MUST_CHECK decision_step step_scope;        /* whether the pod is our business */
MUST_CHECK decision_step step_match_policy; /* the policy of the namespace */
MUST_CHECK decision_step step_choose_class; /* the class of the pod */
/* Between the two steps on claims stands that on pods without a class: a policy that denies claims denies them to such
 * pods too. */
MUST_CHECK decision_step step_deny_claims;
MUST_CHECK decision_step step_no_class;
MUST_CHECK decision_step step_keep_claims;
MUST_CHECK decision_step step_read_record;  /* what an earlier round wrote */
MUST_CHECK decision_step step_find_target;  /* which container gets the slice where none asks */
MUST_CHECK decision_step step_count_demand; /* how many slices each container gets */
MUST_CHECK decision_step step_check_limits; /* whether the class gives that many */

/* The first part of step_scope, which needs no pod: whether the namespace takes part. Sets `required`. */
void scope_namespace(struct decision *decision);

/* Warns of or denies requests for what no slice pool offers, by the policy's otherAccelerators. For pods with and
 * without a slice: it comes after the steps, whatever they concluded. */
MUST_CHECK int settle_accelerators(struct decision *decision, struct err *err);

#endif
