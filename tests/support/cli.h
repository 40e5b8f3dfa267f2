/* Single runs of the program under test ($GPUSLICE_BIN), and comparing what they print. */
#ifndef GPUSLICE_TESTS_SUPPORT_CLI_H
#define GPUSLICE_TESTS_SUPPORT_CLI_H

#include "tests/support/program.h"

/* Runs it with the arguments, ended by NULL, and `input` (NULL: nothing) on its standard input. Aborts when it cannot
 * be run, or does not end. */
void cli_run(const char *const arguments[], const char *input, struct program_output *ret_output);

/* The same with a terminal as its standard output and error; what it showed there is added to `out`, line feeds alone
 * at the ends of lines. Returns the exit status. */
int cli_run_on_terminal(const char *const arguments[], struct buf *out);

/* A file of tests/cli, what `mutate` and `explain` print about docs/examples with the shipped policies, with REVISION
 * for the policies' revision. free() it; aborts on failure. */
char *cli_golden(const char *name);

/* `text` with all of `from` replaced. free() it; aborts on failure. */
char *cli_replace(const char *text, const char *from, const char *to);

/* The shipped policies' revision, as `mutate` on docs/examples/mig-pod.yaml says it. */
void cli_revision(char ret_revision[13]);

#endif
