/* A growing byte buffer with a fixed maximum.
 *
 * Single writes do not report failure. The first write that would exceed the maximum, or for which memory runs out,
 * sets `failure`; later writes are ignored. Callers check once at the end with buf_check(). A NUL that is not counted
 * follows the bytes, so `data` is a C string unless it is NULL. */
#pragma once

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* NULL until memory is needed */
    size_t length;
    size_t capacity; /* private */
    size_t maximum;  /* bytes, without the NUL */
    enum err_code failure;
    bool secret; /* set by buf_init_secret(): code that reads into or from this buffer must wipe its own copy too */
};

/* Sets up an empty buffer of at most `maximum` bytes. Does not allocate. */
void buf_init(struct buf *buf, size_t maximum);

/* Like buf_init(), for bytes that may be a key or a token: all memory that held them is wiped before it is freed, also
 * when the buffer grows. The caller must wipe what buf_take() returns. */
void buf_init_secret(struct buf *buf, size_t maximum);
void buf_fini(struct buf *buf);

/* Allocates room for `extra` more bytes at once, for when the length is known in advance. */
void buf_reserve(struct buf *buf, size_t extra);

void buf_add(struct buf *buf, const void *data, size_t length);
void buf_add_string(struct buf *buf, const char *string);
void buf_add_char(struct buf *buf, char byte);
void buf_addf(struct buf *buf, const char *format, ...) PRINTF(2, 3);

/* Adds the text as a JSON string with its quotes (RFC 8259 section 7). Each byte that is not UTF-8 becomes U+FFFD. */
void buf_add_json_string(struct buf *buf, const char *string);

/* Adds `length` bytes of the text, with `instead` for each character that must not be shown
 * (text_unprintable_length()). `length` must not cut a character. */
void buf_add_printable(struct buf *buf, const char *text, size_t length, char instead);

/* Empties the buffer and clears its failure; keeps the memory. */
void buf_reset(struct buf *buf);

/* Returns the bytes as a C string, "" if empty. Valid until the next write. */
const char *buf_text(const struct buf *buf);

/* Returns 0 if every write succeeded. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int buf_check(const struct buf *buf, struct err *err);

/* Returns the bytes as a C string, which the caller frees, and empties the buffer. Returns NULL, and keeps the bytes,
 * if a write failed or memory runs out. */
char *buf_take(struct buf *buf);

DEFINE_AUTO_FINI(buf, struct buf, buf_fini);
