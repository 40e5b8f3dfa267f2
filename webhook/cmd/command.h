/* The subcommands. Each has a file or a folder, and a line in the table of main.c. */
#ifndef GPUSLICE_CMD_COMMAND_H
#define GPUSLICE_CMD_COMMAND_H

#include "base/problems.h"
#include "cmd/options.h"
#include "policy/namespaces.h"
#include "policy/set.h"

#include <jansson.h>
#include <limits.h>
#include <stdio.h>

/* Exit statuses: success; a denial, a failed check or findings; a usage or input error. */
enum { EXIT_OK = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2 };

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is "gpuslice NAME"; returns the exit status */
    const char *summary;
};

/* Runs the command that argv[1] names, with "PARENT NAME" for its argv[0], which argp prints in --help and in error
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
    const char *policies;     /* the folder (see policies_options_fail()); NULL: none was given or found */
    char installed[PATH_MAX]; /* where `make install` puts them: ../share/gpuslice/policies from the program's folder */
};
extern const struct option_table policies_table;

/* Prints that there are no policies. Call it if `policies` is NULL. The folder is that of --policies,
 * $GPUSLICE_POLICIES, ./policies or the installed one, in this order. Returns the exit status. */
int policies_options_fail(const struct policies_options *options);

/* Loads the GPU table and, unless `options` is NULL, the set of policies, which points into it. Returns 0, or -1 after
 * printing the errors on stderr. */
struct loaded {
    struct gpu_table *gpus;
    struct policy_set *set;
};
MUST_CHECK int command_load(const struct policies_options *options, struct loaded *ret_loaded);
void loaded_fini(struct loaded *loaded);

/* Sets *ret_namespaces to the namespaces of a file, or to NULL if `path` is NULL. Returns 0, or -1 after printing the
 * errors. */
MUST_CHECK int command_load_namespaces(const char *path, struct namespaces **ret_namespaces);

/* Sorts the problems and prints one line per problem on stderr. Returns true if there are any. */
bool command_print_problems(struct problems *problems);

/* Prints "gpuslice: <text>" on stderr and returns the exit status for the code. */
int command_fail(const struct err *err);

/* Prints the problems in order, and then what command_fail() prints, unless that would only repeat a single problem.
 * Returns the exit status. */
int command_fail_problems(struct problems *problems, const struct err *err);

/* Writes the text to stdout or stderr and empties it. Errors: ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int command_print(struct buf *text, FILE *stream, struct err *err);

/* Prints the document on stdout. Errors: ERR_NOMEM, also if it is NULL. */
MUST_CHECK int command_print_json(const json_t *document, struct err *err);

/* Returns the strings as an array, or NULL if out of memory. */
json_t *command_json_strings(const struct strlist *list);

/* True if standard output is to be coloured: it is a terminal, NO_COLOR is unset or empty, and TERM is
 * set and not "dumb". */
bool command_colour(void);

DEFINE_AUTO_FINI(loaded, struct loaded, loaded_fini);

#endif
