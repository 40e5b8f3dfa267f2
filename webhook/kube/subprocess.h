/* Runs a program within limits on time and output. If it exceeds one of them and has not ended, its process group is
 * killed. */
#pragma once

#include "base/buf.h"

#include <stdint.h>

struct subprocess {
    char *const *argv; /* argv[0] is a path if it has a slash, otherwise looked up in PATH */
    char *const *environment;
    int64_t deadline_ns; /* CLOCK_MONOTONIC; a program that still runs then, or whose output is still open, is killed */
};

/* Runs the program and waits for its end. Its standard input is empty. Standard output goes to `out`; only the
 * beginning of standard error is kept, for the message. Errors: ERR_NOT_FOUND (no such program), ERR_UNAVAILABLE (the
 * program failed or did not finish in time), ERR_LIMIT (it printed more than fits into `out`), ERR_IO, ERR_NOMEM. */
MUST_CHECK int subprocess_run(const struct subprocess *subprocess, struct buf *out, struct err *err);
