/* RFC 6901 JSON Pointer text. */
#ifndef GPUSLICE_JSON_POINTER_H
#define GPUSLICE_JSON_POINTER_H

#include "base/buf.h"

#include <jansson.h>

/* Adds "/" and the token with ~ written ~0 and / written ~1 (RFC 6901 section 3; in that order). */
void pointer_add_key(struct buf *pointer, const char *key);
void pointer_add_index(struct buf *pointer, size_t index);

/* Takes the next token from *cursor (which stands on '/' or on the end) and moves it on.
 * 1: a token, unescaped, is in `token`; 0: the end was reached. Errors: ERR_INVALID for text that does not start with
 * '/' or has a bad ~ escape; ERR_LIMIT, ERR_NOMEM from `token`. */
MUST_CHECK int pointer_next(const char **cursor, struct buf *token, struct err *err);

/* An array index as RFC 6901 section 4 writes it: 0, or digits without a leading zero. False for anything else. */
int pointer_index(const char *token, size_t *ret_index);

/* The value that `pointer` names in `document` (borrowed), or NULL with ERR_NOT_FOUND or ERR_INVALID. */
json_t *pointer_get(json_t *document, const char *pointer, struct err *err);

#endif
