/* Explains a decision, for people: which rule of which file produced each value, what the value replaced, and which
 * other policies matched. */
#pragma once

#include "admission/model/decision.h"

#include <jansson.h>

/* Adds lines indented by two spaces. `pod` is the pod before any edit. Failed writes are noted in the buffer; other
 * errors: ERR_NOMEM, ERR_INTERNAL (the patch does not apply to the pod). */
MUST_CHECK int explain_decision(const struct decision *decision, const json_t *pod, struct buf *out, struct err *err);

/* Adds what would happen to a pod if it were created today, as it reads after "it would": "get class t4-third", "be
 * denied [too_many_slices]". */
void explain_today(const struct decision *decision, struct buf *out);
