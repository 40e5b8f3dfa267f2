/* The steps of a decision, SPEC section 4, in the order in which decide() takes them. Each looks at what the ones
 * before found, and concludes (decision_allow, decision_deny) or leaves the reason unset. Errors: ERR_NOMEM, and
 * ERR_INVALID in scope. */
#ifndef GPUSLICE_ADMISSION_STEPS_STEPS_H
#define GPUSLICE_ADMISSION_STEPS_STEPS_H

#include "admission/model/decision.h"

/* scope.c: is this pod our business at all? */
MUST_CHECK int step_scope(struct decision *decision, struct err *err);
/* Its first part, which needs no pod: does the namespace take part? Sets `required`. */
void scope_namespace(struct decision *decision);
/* choose.c: which policy decides for the namespace, which class for the pod? */
MUST_CHECK int step_match_policy(struct decision *decision, struct err *err);
MUST_CHECK int step_choose_class(struct decision *decision, struct err *err);
/* claims.c: dynamic resource allocation. Between its two halves stands no_class: a policy that denies claims denies
 * them to pods without a class too. */
MUST_CHECK int step_deny_claims(struct decision *decision, struct err *err);
MUST_CHECK int step_no_class(struct decision *decision, struct err *err);
MUST_CHECK int step_keep_claims(struct decision *decision, struct err *err);
/* record.c: what an earlier round wrote. */
MUST_CHECK int step_read_record(struct decision *decision, struct err *err);
/* target.c: who gets the slice when nobody asks? */
MUST_CHECK int step_find_target(struct decision *decision, struct err *err);
/* demand.c: how many slices does each container get? */
MUST_CHECK int step_count_demand(struct decision *decision, struct err *err);
MUST_CHECK int step_check_limits(struct decision *decision, struct err *err);

/* accelerators.c: does the pod ask for what no slice pool offers? Asked of pods with and without a slice, so it comes
 * after the steps, whatever they concluded, and warns or denies by the policy's otherAccelerators. */
MUST_CHECK int settle_accelerators(struct decision *decision, struct err *err);

#endif
