/* RFC 6901 JSON Pointer text. */
#pragma once

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

/* Adds "/" and the key with ~ written ~0 and / written ~1 (RFC 6901 section 3). */
void pointer_add_key(struct buf *pointer, const char *key);
void pointer_add_index(struct buf *pointer, size_t index);

/* Takes the next token from *cursor (which points to '/' or to the end) and advances it.
 * Returns 1 if there is one, unescaped in `token`, and 0 at the end. Errors: ERR_INVALID for text that does not start
 * with '/' or has a bad ~ escape; ERR_LIMIT, ERR_NOMEM from `token`. */
MUST_CHECK int pointer_next(const char **cursor, struct buf *token, struct err *err);

/* Parses an array index as RFC 6901 section 4 writes it: 0, or digits without a leading zero. Returns false for other
 * text, and for a number over SIZE_MAX. */
MUST_CHECK bool pointer_index(const char *token, size_t *ret_index);

/* Returns the value that `pointer` names in `document` (borrowed), or NULL. Errors: ERR_NOT_FOUND, ERR_INVALID,
 * ERR_LIMIT, ERR_NOMEM. */
json_t *pointer_get(json_t *document, const char *pointer, struct err *err);
