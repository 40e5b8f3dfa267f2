/* Splits a stream of bytes into lines of limited length. The caller's buffer holds the incomplete last line; its
 * maximum is the maximum length of a line.
 *
 *   buf_init(&pending, 4 * MIB);
 *   lines_feed(&pending, bytes, length, each, context, err)   as bytes arrive
 *   lines_end(&pending, err)                                  at the end
 *   buf_reset(&pending)                                       after an error, or before another stream */
#pragma once

#include "base/buf.h"

/* Called with each line that is not empty, without its line feed and not NUL-terminated. If it returns -1, lines_feed()
 * fails at once. */
typedef int lines_each_fn(void *context, const char *line, size_t length, struct err *err);

/* Calls `each` for every line that is now complete. Errors: ERR_LIMIT for a line over the maximum, ERR_NOMEM, those of
 * `each`. */
MUST_CHECK int lines_feed(struct buf *pending, const char *bytes, size_t length, lines_each_fn *each, void *context,
                          struct err *err);

/* Checks that no line is incomplete. Errors: ERR_UNAVAILABLE if the stream ended within a line. */
MUST_CHECK int lines_end(const struct buf *pending, struct err *err);
