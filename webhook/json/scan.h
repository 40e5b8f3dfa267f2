/* One pass over JSON text before any parser sees it: is it RFC 8259, to the byte?
 *
 * cJSON 1.7.15 takes more than JSON (numbers like 01, control characters in strings, broken UTF-8) and cuts strings at
 * \u0000; API servers send none of it, so whoever does gets a clear error instead of a surprise. */
#ifndef GPUSLICE_JSON_SCAN_H
#define GPUSLICE_JSON_SCAN_H

#include "base/err.h"

enum { JSON_SCAN_DEPTH = 100 }; /* levels of nesting; Kubernetes' own objects stay far below */

/* Checks that text[0..length) is exactly one JSON value with optional white space around it: grammar, UTF-8 (RFC 3629),
 * no \u0000, no lone surrogate escapes, at most JSON_SCAN_DEPTH levels. Never recurses.
 * Errors: ERR_INVALID, "byte N: what was found, what would be right", N from 0. */
MUST_CHECK int json_scan(const char *text, size_t length, struct err *err);

/* A piece of the text. */
struct json_span {
    size_t begin, end; /* end 0: none */
};

/* The same, and finds on the way the value of the first member `key` that is an object or array, brackets included: for
 * a reader who wants to leave out of the parse what nobody will look at. */
MUST_CHECK int json_scan_member(const char *text, size_t length, const char *key, struct json_span *ret_span,
                                struct err *err);

#endif
