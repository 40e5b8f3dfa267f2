/* A decision in words: value by value, which rule of which file gave it, what it replaced, which policies lost. For
 * people; not on the way of a request. */
#ifndef GPUSLICE_ADMISSION_EXPLAIN_H
#define GPUSLICE_ADMISSION_EXPLAIN_H

#include "admission/model/decision.h"

#include <jansson.h>

/* Adds lines indented by two spaces. `pod` is the pod as it came. Failures are the buffer's; other errors: ERR_NOMEM,
 * ERR_INTERNAL (the patch does not apply to the pod). */
MUST_CHECK int explain_decision(const struct decision *decision, const json_t *pod, struct buf *out, struct err *err);

#endif
