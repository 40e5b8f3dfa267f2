/* The pod that an existing pod was at its creation, for commands that judge what a cluster holds. */
#pragma once

#include "policy/set.h"

#include <jansson.h>

/* Sets *ret_pod, a new reference, to existing_at_creation() without our own edits, whatever class the record names
 * (take_back_from_object()). A pod whose fields have wrong types keeps our edits: its decision will report it. Errors:
 * ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int existing_as_created(const json_t *pod, const struct policy_set *set, json_t **ret_pod, struct err *err);
