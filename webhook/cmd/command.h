/* The subcommands. Each has a file or a folder, and a line in the table of main.c. */
#ifndef GPUSLICE_CMD_COMMAND_H
#define GPUSLICE_CMD_COMMAND_H

#include "base/problems.h"
#include "cmd/options.h"
#include "policy/namespaces.h"
#include "policy/set.h"

#include <limits.h>

/* Exit statuses: success; a denial, a failed check or findings; a usage or input error. */
enum { EXIT_OK = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2 };

struct command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv); /* argv[0] is "gpuslice NAME"; returns the exit status */
};

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

/* Loads the set and the GPU table that it points into. Returns 0, or -1 after printing the errors on stderr. */
struct loaded {
    struct gpu_table *gpus;
    struct policy_set *set;
};
MUST_CHECK int command_load(const struct policies_options *options, struct loaded *ret_loaded);
void loaded_fini(struct loaded *loaded);

/* Sets *ret_namespaces to the namespaces of a file, or to NULL if `path` is NULL. Returns 0, or -1 after printing the
 * errors. */
MUST_CHECK int command_load_namespaces(const char *path, struct namespaces **ret_namespaces);

/* Prints one line per problem on stderr. */
void command_print_problems(const struct problems *problems);

/* Prints "gpuslice: <text>" on stderr and returns the exit status for the code. */
int command_fail(const struct err *err);

/* Prints the problems in order, and then what command_fail() prints, unless that would only repeat a single problem.
 * Returns the exit status. */
int command_fail_problems(struct problems *problems, const struct err *err);

/* True if output to that file descriptor is to be coloured: it is a terminal, NO_COLOR is unset or empty, and TERM is
 * set and not "dumb". */
bool command_colour(int fd);

DEFINE_AUTO_FINI(loaded, struct loaded, loaded_fini);

#endif
