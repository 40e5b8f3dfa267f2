/* Runs programs for tests, with a deadline. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <sys/types.h>

struct program_output {
    int status; /* exit status; 128 + N if signal N ended the program */
    struct buf out, errors;
};

/* Runs argv (argv[0] is a path, the last element NULL) to its end; kills it if it takes longer than timeout_ms. Errors:
 * ERR_NOT_FOUND, ERR_IO (also if it was killed), ERR_LIMIT (64 MiB of output), ERR_NOMEM. */
MUST_CHECK int program_run(const char *const argv[], int timeout_ms, struct program_output *ret_output,
                           struct err *err);
void program_output_fini(struct program_output *output);

/* A program that keeps running. Its stdout and stderr go to the file `log`. */
struct program {
    pid_t pid;
    int pidfd; /* -1 if none */
};
MUST_CHECK int program_start(const char *const argv[], const char *log, struct program *ret_program, struct err *err);

/* True if the program has ended. */
bool program_has_ended(const struct program *program);

/* Sends SIGTERM, and SIGKILL if the program does not end in time (ERR_IO). *ret_status is as in program_output. */
MUST_CHECK int program_stop(struct program *program, int timeout_ms, int *ret_status, struct err *err);

DEFINE_AUTO_FINI(program_output, struct program_output, program_output_fini);
