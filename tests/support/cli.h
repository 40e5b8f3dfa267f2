/* Runs the program under test ($GPUSLICE_BIN), and prepares what it prints for comparison. */
#ifndef GPUSLICE_TESTS_SUPPORT_CLI_H
#define GPUSLICE_TESTS_SUPPORT_CLI_H

#include "tests/support/program.h"

/* Runs it with the arguments, ended by NULL, and `input` (NULL for none) on its standard input. Aborts if it cannot be
 * run or does not end. */
void cli_run(const char *const arguments[], const char *input, struct program_output *ret_output);

/* Like cli_run(), with a terminal as its standard output and error. Adds what it prints there to `out`, with lines that
 * end with a line feed only. Returns the exit status. */
int cli_run_on_terminal(const char *const arguments[], struct buf *out);

/* Returns a file of tests/cli: what `mutate` and `explain` print about docs/examples with the shipped policies, with
 * REVISION in place of the policies' revision. free() it; aborts on failure. */
char *cli_golden(const char *name);

/* Returns `text` with each `from` replaced. free() it; aborts on failure. */
char *cli_replace(const char *text, const char *from, const char *to);

/* Writes the shipped policies' revision, as `mutate` prints it for docs/examples/mig-pod.yaml. */
void cli_revision(char ret_revision[13]);

#endif
