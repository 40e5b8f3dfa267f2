/* Splits a stream of bytes into lines that have a maximum.
 *
 *   struct lines lines;
 *   lines_init(&lines, 4 * MIB);
 *   lines_feed(&lines, bytes, length, each, context, err)   as bytes come
 *   lines_end(&lines, err)                                  when no more will */
#ifndef GPUSLICE_KUBE_LINES_H
#define GPUSLICE_KUBE_LINES_H

#include "base/buf.h"

struct lines {
    struct buf pending; /* of a line that is not complete yet */
    size_t maximum;
};

/* One line without its line feed; not NUL-terminated. -1 ends the feeding. Empty lines are left out. */
typedef int lines_each_fn(void *context, const char *line, size_t length, struct err *err);

/* `maximum` in bytes of one line. No allocation is made. */
void lines_init(struct lines *lines, size_t maximum);
void lines_fini(struct lines *lines);

/* Forgets the incomplete line; keeps its memory. */
void lines_reset(struct lines *lines);

/* Calls `each` for every line that is complete now. Errors: ERR_LIMIT for a line over the maximum, ERR_NOMEM, those of
 * `each`. After an error: reset. */
MUST_CHECK int lines_feed(struct lines *lines, const char *bytes, size_t length, lines_each_fn *each, void *context,
                          struct err *err);

/* ERR_UNAVAILABLE if the stream ended within a line. */
MUST_CHECK int lines_end(const struct lines *lines, struct err *err);

DEFINE_AUTO_FINI(lines, struct lines, lines_fini);

#endif
