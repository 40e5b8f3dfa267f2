/* Base64 (RFC 4648 section 4), as Go's encoding/json writes []byte. */
#pragma once

#include "base/buf.h"

#include <jansson.h>

/* Adds the bytes as padded text. Failures are left to buf_check(). */
void base64_add(struct buf *out, const char *data, size_t length);

/* Returns the text in base64 as a JSON string, or NULL if out of memory. */
json_t *base64_string(const char *text);

/* Adds the decoded bytes of `text`; after an error a part of them may have been added. Errors: ERR_INVALID; other
 * failures are left to buf_check(). */
MUST_CHECK int base64_decode(const char *text, struct buf *out, struct err *err);
