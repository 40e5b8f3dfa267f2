/* Splits a stream of bytes into lines of limited length.
 *
 *   struct lines lines;
 *   lines_init(&lines, 4 * MIB);
 *   lines_feed(&lines, bytes, length, each, context, err)   as bytes arrive
 *   lines_end(&lines, err)                                  at the end */
#ifndef GPUSLICE_KUBE_LINES_H
#define GPUSLICE_KUBE_LINES_H

#include "base/buf.h"

struct lines {
    struct buf pending; /* the incomplete last line */
    size_t maximum;
};

/* Called with one line, without its line feed and not NUL-terminated. A result of -1 ends the feeding. Empty lines are
 * skipped. */
typedef int lines_each_fn(void *context, const char *line, size_t length, struct err *err);

/* `maximum` is the number of bytes that a line may have. Allocates nothing. */
void lines_init(struct lines *lines, size_t maximum);
void lines_fini(struct lines *lines);

/* Discards the incomplete line; keeps its memory. */
void lines_reset(struct lines *lines);

/* Calls `each` for every line that is now complete. Errors: ERR_LIMIT for a line over the maximum, ERR_NOMEM, those of
 * `each`. Call lines_reset() after an error. */
MUST_CHECK int lines_feed(struct lines *lines, const char *bytes, size_t length, lines_each_fn *each, void *context,
                          struct err *err);

/* Call it at the end of the stream. Errors: ERR_UNAVAILABLE if the stream ended within a line. */
MUST_CHECK int lines_end(const struct lines *lines, struct err *err);

DEFINE_AUTO_FINI(lines, struct lines, lines_fini);

#endif
