/* Writes AdmissionReview responses (admission.k8s.io/v1) as text, field by field. */
#pragma once

#include "admission/decide.h"

enum { ANSWER_MAX = 8 * 1024 * 1024 }; /* bytes: a patch of PATCH_MAX in base64, and room for the rest */

/* Writes the answer to a decision. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int answer_decision(const struct decision *decision, struct buf *out, struct err *err);

/* Writes an answer that allows the object with warnings, for /advise: no patch, no audit annotations. */
MUST_CHECK int answer_warnings(const char *uid, const struct warnings *warnings, struct buf *out, struct err *err);
