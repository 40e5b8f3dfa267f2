/* Checks JSON text by RFC 8259 to the byte, in one pass, before a parser reads it.
 *
 * cJSON 1.7.15 accepts more than JSON (numbers like 01, control characters in strings, broken UTF-8), and less than an
 * API server sends (it cuts strings at \u0000, recurses, and refuses numbers of more than 63 bytes). So cjson_scan()
 * rejects a text unless cJSON reads it correctly, and cjson_lean() rewrites reviews so that it does. */
#pragma once

#include "base/buf.h"

enum {
    JSON_SCAN_DEPTH = 100,     /* levels of nesting that cJSON may get; objects of Kubernetes have far fewer */
    JSON_LEAN_DEPTH = 10240,   /* levels in reviews: the API server's decoders accept 10000, and a review adds a few */
    JSON_LEAN_VALUES = 200000, /* values in reviews: each needs up to 150 bytes in a tree, however short its text */
};

/* Checks that text[0..length) is exactly one JSON value with optional white space around it: grammar, UTF-8 (RFC 3629),
 * no \u0000, no lone surrogate escapes, no number of more than 63 bytes, at most JSON_SCAN_DEPTH levels. Never
 * recurses. Errors: ERR_INVALID, "byte N: what was found, what would be right", N from 0. */
MUST_CHECK int cjson_scan(const char *text, size_t length, struct err *err);

/* Like cjson_scan(), for reviews from an API server: accepts \u0000, long numbers and JSON_LEAN_DEPTH levels. Adds to
 * `out` the text that cJSON must read instead, or nothing if cJSON can read the original. The new text differs as
 * follows:
 *  - An object or array is empty if it is the value of a key in `left_out` (4 at most, ended by NULL), at any depth, or
 *    is deeper than JSON_SCAN_DEPTH. Strings in what is left out need not be UTF-8,
 *    because the API server passes on raw JSON (fieldsV1) unchecked.
 *  - \u0000 becomes \ufffd.
 *  - A number of more than 63 bytes is rounded to a double, or is 1e999 or -1e999 if it is too large for one.
 * The new text is never longer than the original. Errors: ERR_INVALID like cjson_scan(), ERR_NOMEM, and ERR_LIMIT for
 * more than JSON_LEAN_VALUES values that are not left out. */
MUST_CHECK int cjson_lean(const char *text, size_t length, const char *const left_out[], struct buf *out,
                          struct err *err);

/* Like cjson_lean(), but reads only up to the first member `key` of an object at `depth` levels (1 is the outermost),
 * and ignores the rest of the text. Adds to `out`, which must be empty, the text up to this member, with null as its
 * value and all brackets closed. Adds nothing if there is no such member. Errors: ERR_INVALID, ERR_NOMEM. */
MUST_CHECK int cjson_head(const char *text, size_t length, const char *key, unsigned depth, struct buf *out,
                          struct err *err);
