/* What would pass instead of what is denied, for the end of a denial: "set the pod's annotation gpuslice.dev/class to
 * "h100-1g10gb" ...". A remedy holds: a pod that follows it is admitted, unless something else about it is denied
 * too. */
#pragma once

#include "admission/model/decision.h"

/* What a denial says where remedy_ask() writes "" and no class takes the pod. */
#define REMEDY_NONE "no GPU request passes here, because pods may not choose a class (podChoice: false)"

enum { REMEDY_OWN_SIZE = 400, REMEDY_SIZE = 700 };

/* Writes a remedy that leaves the requests of the pod as they are: an allowed class that takes them, named with the
 * annotation that chooses it, which is the pod's where the policy lets pods choose, else the namespace's. Classes with
 * the requested resource come first, then the cheaper or smaller ones. Joins it with `own`, a remedy that the caller
 * knows to hold ("remove that placement"); `own` may be "". Writes "" if there is neither. Call it before edits change
 * the pod's placement. Errors: ERR_NOMEM. */
MUST_CHECK int remedy_join(const struct decision_input *in, const struct decision_findings *found, const char *own,
                           char ret_text[REMEDY_SIZE], struct err *err);

/* Like remedy_join(), for an `own` that keeps the class of `found` ("ask for at most 1"): leaves it out if another
 * class takes the pod and the pod's placement contradicts that of `found`. */
MUST_CHECK int remedy_write(const struct decision_input *in, const struct decision_findings *found, const char *own,
                            char ret_text[REMEDY_SIZE], struct err *err);

/* Writes how a pod of the class of `found` asks for one slice: "ask for nvidia.com/gpu: "1", which is a third of a
 * T4 with 5Gi (slice class "t4-third")". `count` is the number of containers that the denial is
 * about. Writes "" if no
 * request can pass. Errors: ERR_NOMEM. */
MUST_CHECK int remedy_ask(const struct decision_input *in, const struct decision_findings *found, size_t count,
                          char ret_text[REMEDY_OWN_SIZE], struct err *err);

/* Sets *ret_sum to the pod's quantity if each container that asks for a GPU asked for `most` at most, and for
 * `mended` where its quantity is invalid. Errors: ERR_NOMEM. */
MUST_CHECK int remedy_sum(const struct decision_input *in, const struct decision_findings *found, int64_t most,
                          int64_t mended, int64_t *ret_sum, struct err *err);
