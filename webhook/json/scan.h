/* One pass over JSON text before any parser sees it, which checks RFC 8259 to the byte.
 *
 * cJSON 1.7.15 takes more than JSON (numbers like 01, control characters in strings, broken UTF-8), and less than what
 * an API server sends (it cuts strings at \u0000, recurses, and refuses numbers of 64 digits). So texts that people
 * write are rejected unless cJSON reads them correctly, and reviews are rewritten to fit it. */
#ifndef GPUSLICE_JSON_SCAN_H
#define GPUSLICE_JSON_SCAN_H

#include "base/buf.h"

enum {
    JSON_SCAN_DEPTH = 100,     /* levels of nesting that cJSON parses; objects of Kubernetes have far fewer */
    JSON_LEAN_DEPTH = 10240,   /* levels in reviews: the API server's decoders accept 10000, and a review adds a few */
    JSON_LEAN_VALUES = 200000, /* values in reviews: each needs up to 150 bytes in a tree, however short its text */
};

/* Checks that text[0..length) is exactly one JSON value with optional white space around it: grammar, UTF-8 (RFC 3629),
 * no \u0000, no lone surrogate escapes, no number of more than 63 bytes, at most JSON_SCAN_DEPTH levels. Never
 * recurses.
 * Errors: ERR_INVALID, "byte N: what was found, what would be right", N from 0. */
MUST_CHECK int cjson_scan(const char *text, size_t length, struct err *err);

/* The same for what an API server sends: accepts \u0000 and JSON_LEAN_DEPTH levels. Adds to `out` the text that cJSON
 * must read instead, or nothing if that is the original. It differs as follows:
 *  - objects and arrays that are the value of a key in `left_out` (4 at most, ended by NULL), at any depth, and
 *    those deeper than JSON_SCAN_DEPTH are empty; strings in them need not be UTF-8 (raw JSON that the API server
 *    passes on, as fieldsV1, may have such);
 *  - \u0000 is \ufffd;
 *  - a number of more than 63 bytes is rounded to a double.
 * `out` is never longer than the text. Errors: as above, ERR_NOMEM, and ERR_LIMIT for more than JSON_LEAN_VALUES values
 * that are not left out. */
MUST_CHECK int cjson_lean(const char *text, size_t length, const char *const left_out[], struct buf *out,
                          struct err *err);

/* Reads up to the first member `key` of an object at `depth` levels (1 is the outermost), and adds to `out` what
 * precedes it, with null as its value and the brackets closed. Ignores the rest of the text. Adds nothing if there is
 * no such member. Errors: as above. */
MUST_CHECK int cjson_head(const char *text, size_t length, const char *key, unsigned depth, struct buf *out,
                          struct err *err);

#endif
