/* Splits a stream of bytes into lines of limited length. A buffer keeps the incomplete last line; its maximum is that
 * of a line.
 *
 *   buf_init(&pending, 4 * MIB);
 *   lines_feed(&pending, bytes, length, each, context, err)   as bytes arrive
 *   lines_end(&pending, err)                                  at the end
 *   buf_reset(&pending)                                       after an error, or before another stream */
#ifndef GPUSLICE_KUBE_LINES_H
#define GPUSLICE_KUBE_LINES_H

#include "base/buf.h"

/* Called with one line, without its line feed and not NUL-terminated. A result of -1 ends the feeding. Empty lines are
 * skipped. */
typedef int lines_each_fn(void *context, const char *line, size_t length, struct err *err);

/* Calls `each` for every line that is now complete. Errors: ERR_LIMIT for a line over the maximum, ERR_NOMEM, those of
 * `each`. */
MUST_CHECK int lines_feed(struct buf *pending, const char *bytes, size_t length, lines_each_fn *each, void *context,
                          struct err *err);

/* Errors: ERR_UNAVAILABLE if the stream ended within a line. */
MUST_CHECK int lines_end(const struct buf *pending, struct err *err);

#endif
