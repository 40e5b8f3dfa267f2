/* The options that `mutate` and `explain` have in common, and the loop over all objects of their inputs. */
#pragma once

#include "cmd/command.h"
#include "offline/inputs.h"

/* For the --help of commands that use inputs_table. */
#define INPUTS_FILE                                                                                             \
    "FILE is a file, a folder (its .yaml, .yml and .json files) or - for standard input, with YAML documents, " \
    "JSON objects (also one after the other, as -o json prints them) or Lists of any size"

struct inputs_options {
    struct policies_options policies;
    const char *namespace_name;  /* of objects that do not name one; NULL: "default" */
    const char *namespaces_file; /* NULL: every namespace is assumed to have opted in */
    bool any_kind;               /* rewrite the templates of unknown kinds, too; an option of `mutate` only */
    bool enforce;                /* the mode of every policy counts as enforce */
    struct argument_list files;
};

/* Rows for a struct inputs_options: --policies, -n, -N, --enforce and FILE... */
extern const struct option_table inputs_table;

/* Prints one object and its decision. ERR_NOMEM and ERR_IO end the command. Any other error is reported as a problem of
 * this object, and the next one is printed. */
typedef int inputs_printer(struct inputs *inputs, const struct input *input, void *context, struct err *err);

/* Reads all objects, decides about them and prints them, then the problems. Calls `end` with a NULL input after the
 * last object; `end` may be NULL. Returns the exit status. */
int inputs_run(const struct inputs_options *options, inputs_printer *print, inputs_printer *end, void *context);
