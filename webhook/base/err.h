/* An error value. It allocates nothing, and is usually on the caller's stack.
 *
 * A fallible function returns 0, or -1 with *err set and, unless its header says otherwise, its outputs unchanged. *err
 * has a meaning only after -1. The code says what the caller can do about the error; the text is for people. */
#pragma once

#include "base/cleanup.h"

#include <stdbool.h>

enum err_code {
    ERR_NONE,
    ERR_INVALID,     /* the input is wrong: its author must change it */
    ERR_NOT_FOUND,   /* the named thing does not exist */
    ERR_LIMIT,       /* the input is larger than this program accepts */
    ERR_NOMEM,       /* out of memory: try again later */
    ERR_IO,          /* the operating system refused */
    ERR_UNAVAILABLE, /* a dependency does not answer: try again later */
    ERR_INTERNAL,    /* a defect of this program */
    ERR_CODES
};

enum { ERR_TEXT_SIZE = 1024 };

struct err {
    enum err_code code;
    char text[ERR_TEXT_SIZE]; /* truncated if it is too long */
};

/* These functions return -1, so that a failure can be reported and returned in one line. */
int err_set(struct err *err, enum err_code code, const char *format, ...) PRINTF(3, 4);

/* Prepends "<formatted>: " to the text; keeps the code. */
int err_wrap(struct err *err, const char *format, ...) PRINTF(2, 3);

/* Sets "<formatted>: <strerror(errno)>" with ERR_NOT_FOUND for ENOENT, ERR_NOMEM for ENOMEM, and otherwise ERR_IO. */
int err_errno(struct err *err, const char *format, ...) PRINTF(2, 3);

int err_nomem(struct err *err);

/* Some libraries report a failed allocation as something else (jansson 2.14 as an invalid token, OpenSSL 3.0 as a
 * certificate that does not verify), but malloc() sets errno to ENOMEM and later successes do not clear it. Call
 * err_memory_begin() before the library's first call; err_memory_ran_out() then returns true if an allocation has
 * failed since. */
void err_memory_begin(void);
bool err_memory_ran_out(void);

/* Returns -1 with ERR_NOMEM if memory ran out since err_memory_begin(), else `result`. */
int err_memory_end(int result, struct err *err);

/* Return the HTTP status for a code, and the exit status of the process: 0 for ERR_NONE, else 2. */
unsigned err_http_status(enum err_code code);
int err_exit_status(enum err_code code);
