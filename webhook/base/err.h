/* What went wrong, said once and passed up: an error value on the caller's stack, never on the heap.
 *
 * A fallible function returns 0, or -1 with *err set and its outputs untouched; on 0 *err is untouched.
 * The code means what the caller can do about it; the text is for people. */
#ifndef GPUSLICE_BASE_ERR_H
#define GPUSLICE_BASE_ERR_H

#include "base/cleanup.h"

#include <stdbool.h>

enum err_code {
    ERR_NONE,
    ERR_INVALID,     /* the input is wrong: its author must change it */
    ERR_NOT_FOUND,   /* what was named does not exist */
    ERR_LIMIT,       /* the input is larger than this program takes */
    ERR_NOMEM,       /* out of memory: try again later */
    ERR_IO,          /* the operating system refused */
    ERR_UNAVAILABLE, /* something that we depend on does not answer: try again later */
    ERR_INTERNAL,    /* a defect of this program */
    ERR_CODES
};

enum { ERR_TEXT_SIZE = 1024 };

struct err {
    enum err_code code;
    char text[ERR_TEXT_SIZE]; /* cut, never overflown */
};

/* Both return -1, so that a failing line is one line. */
int err_set(struct err *err, enum err_code code, const char *format, ...) PRINTF(3, 4);

/* Puts "<formatted>: " before the text that is there; keeps the code. */
int err_wrap(struct err *err, const char *format, ...) PRINTF(2, 3);

/* "<what>: <strerror(errno)>" as ERR_IO, or ERR_NOT_FOUND for ENOENT, or ERR_NOMEM for ENOMEM. */
int err_errno(struct err *err, const char *format, ...) PRINTF(2, 3);

int err_nomem(struct err *err);

/* Libraries give a failed allocation other names (jansson 2.14: an invalid token; OpenSSL 3.0: a certificate that does
 * not verify), but malloc() leaves ENOMEM in errno, and what succeeds later does not clear it. Begin before the
 * library's first call; afterwards it tells whether an allocation failed on the way. */
void err_memory_begin(void);
bool err_memory_ran_out(void);

/* `result`; but -1 and ERR_NOMEM where memory ran out since err_memory_begin(), whatever the library made of it. */
int err_memory_end(int result, struct err *err);

/* The HTTP status and the process exit status (sysexits are not used: SPEC says 0, 1, 2) for a code. */
unsigned err_http_status(enum err_code code);
int err_exit_status(enum err_code code);

#endif
