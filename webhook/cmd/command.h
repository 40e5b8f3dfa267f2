/* The subcommands, and what several of them use. Each subcommand has a file or a folder, and a line in the table of
 * main.c. */
#pragma once

#include "base/problems.h"
#include "cmd/options.h"
#include "policy/namespaces.h"
#include "policy/set.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>

/* Exit statuses. EXIT_FINDINGS: a denial, a failed check or findings. EXIT_USAGE: a usage or input error. */
enum { EXIT_OK = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2 };

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is "gpuslice NAME"; returns the exit status */
    const char *summary;
};

/* Runs the command that argv[1] names. Passes "PARENT NAME" as its argv[0], which argp prints in --help and in error
 * messages. Returns its exit status, or -1 if there is no such command. */
int command_run(const struct command *commands, size_t count, const char *parent, int argc, char **argv);

int command_serve(int argc, char **argv);
int command_mutate(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_lint(int argc, char **argv);
int command_test(int argc, char **argv);
int command_classes(int argc, char **argv);
int command_gpu(int argc, char **argv);
int command_migrate(int argc, char **argv);
int command_render(int argc, char **argv);
int command_certs(int argc, char **argv);
int command_version(int argc, char **argv);

/* The options of every command that reads policies. */
struct policies_options {
    const char *policies;     /* --policies, $GPUSLICE_POLICIES, ./policies or `installed`, in this order; NULL: none */
    char installed[PATH_MAX]; /* ../share/gpuslice/policies from the program's folder, where `make install` puts them */
};
extern const struct option_table policies_table;

/* Prints that no policies were found. Call it if options->policies is NULL. Returns the exit status. */
int policies_options_fail(const struct policies_options *options);

/* Loads the GPU table and the policy set, which has pointers into the table. If `options` is NULL, loads only the table
 * and sets `set` to NULL. Prints the set's warnings on stderr. Returns 0, or -1 after printing the errors there. */
struct loaded {
    struct gpu_table *gpus;
    struct policy_set *set;
};
MUST_CHECK int command_load(const struct policies_options *options, struct loaded *ret_loaded);
void loaded_fini(struct loaded *loaded);

/* Sets *ret_namespaces to what namespaces_load() reads from `path`, or to NULL if `path` is NULL. Returns 0, or -1
 * after printing the errors on stderr. */
MUST_CHECK int command_load_namespaces(const char *path, struct namespaces **ret_namespaces);

/* Says on stderr what an answer without --namespaces assumes: with them it may be another one. */
void command_note_assumed_namespaces(void);

/* Sorts the problems and prints each on a line of stderr. Returns true if there are any, or if memory ran out. */
bool command_print_problems(struct problems *problems);

/* Prints "gpuslice: <text of the error>" on stderr. Returns the exit status for its code. */
int command_fail(const struct err *err);

/* Prints the problems as command_print_problems() does, then the error as command_fail() does. Leaves the error out if
 * it only repeats a single problem. Returns the exit status for the error's code. */
int command_fail_problems(struct problems *problems, const struct err *err);

/* Writes `text` to stdout or stderr, flushes the stream and empties `text`. Errors: ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int command_print(struct buf *text, FILE *stream, struct err *err);

/* Prints the document on stdout. Errors: ERR_NOMEM, also if `document` is NULL. */
MUST_CHECK int command_print_json(const json_t *document, struct err *err);

/* True if standard output is to be coloured: it is a terminal, NO_COLOR is unset or empty, and TERM is
 * set and not "dumb". */
bool command_colour(void);

DEFINE_AUTO_FINI(loaded, struct loaded, loaded_fini);
