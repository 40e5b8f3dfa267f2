/* Runs the program under test ($GPUSLICE_BIN, or build/gcc/gpuslice) and prepares what it prints for comparison. */
#pragma once

#include "tests/support/program.h"

/* Runs the program with `arguments` (ended by NULL) and `input` (NULL for none) on its standard input. Aborts if the
 * program cannot be run or does not end. */
void cli_run(const char *const arguments[], const char *input, struct program_output *ret_output);

/* Runs the program with a terminal as its standard output and error. Adds what it prints to `out`, without carriage
 * returns. Returns the exit status. Aborts like cli_run(). */
int cli_run_on_terminal(const char *const arguments[], struct buf *out);

/* Returns the text of a file of tests/cli: the expected output of `mutate` or `explain` for docs/examples and the
 * shipped policies, with REVISION for the policies' revision. free() it; aborts on failure. */
char *cli_golden(const char *name);

/* Returns `text` with each `from` replaced by `to`. free() it; aborts on failure. */
char *cli_replace(const char *text, const char *from, const char *to);

/* Sets ret_revision to the revision of the shipped policies, as `mutate` prints it. Aborts on failure. */
void cli_revision(char ret_revision[13]);

struct cli_case {
    const char *name;
    const char *arguments[8];
    const char *input;
    int status;
    const char *said[3];   /* on standard output or error */
    const char *unsaid[2]; /* on neither */
};

/* Runs the program with each. Fails the test after all, with what it printed for those that are not as they should be.
 */
void cli_check_cases(const struct cli_case *cases, size_t count);

/* What `mutate` and `explain` print on stderr when they decide without --namespaces. */
#define CLI_NO_NAMESPACES                                                                               \
    "gpuslice: no --namespaces: every namespace counts as labelled gpuslice.dev/inject=enabled and as " \
    "nothing else\n"
