/* What `mutate` and `explain` have in common: their options, and the loop over all objects of their inputs. */
#ifndef GPUSLICE_CMD_INPUTS_H
#define GPUSLICE_CMD_INPUTS_H

#include "cmd/command.h"
#include "offline/inputs.h"

/* For the --help of commands that use inputs_table. */
#define INPUTS_FILE                                                                                             \
    "FILE is a file, a folder (its .yaml, .yml and .json files) or - for standard input, with YAML documents, " \
    "JSON objects (also one after the other, as -o json prints them) or Lists of any size"

struct inputs_options {
    struct policies_options policies;
    const char *namespace_name;  /* for objects that do not name one; NULL: default */
    const char *namespaces_file; /* NULL: every namespace counts as opted in */
    struct option_arguments files;
};

/* --policies, -n, -N and FILE..., for a struct inputs_options. */
extern const struct option_table inputs_table;

/* Prints one object and its decision. An error becomes a problem of this object, and the others are still printed,
 * except that ERR_NOMEM, and ERR_IO of the output, end the command. */
typedef int inputs_printer(struct inputs *inputs, const struct input *input, void *context, struct err *err);

/* Reads, decides and prints all inputs, and then the problems. Calls `end` after the last object, unless it is NULL.
 * Returns the exit status. */
int inputs_run(const struct inputs_options *options, inputs_printer *print, inputs_printer *end, void *context);

#endif
