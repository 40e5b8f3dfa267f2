/* Runs a program to its end, within a time, and keeps what it printed, within a size. Its group dies with it. */
#ifndef GPUSLICE_KUBE_SUBPROCESS_H
#define GPUSLICE_KUBE_SUBPROCESS_H

#include "base/buf.h"

#include <stdint.h>

struct subprocess {
    char *const *argv; /* argv[0]: with a slash a path, else looked up in PATH */
    char *const *environment;
    int64_t deadline_ns; /* CLOCK_MONOTONIC; then it is killed */
};

/* Standard input is empty. `out` takes its standard output; of its standard error only the beginning is kept, for the
 * message. Errors: ERR_NOT_FOUND (no such program), ERR_UNAVAILABLE (it failed, or was not done in time), ERR_LIMIT (it
 * printed more than `out` takes), ERR_IO, ERR_NOMEM. */
MUST_CHECK int subprocess_run(const struct subprocess *subprocess, struct buf *out, struct err *err);

#endif
