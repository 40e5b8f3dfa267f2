/* What `mutate` and `explain` have in common: their options, and the way through all that these lead to. */
#ifndef GPUSLICE_CMD_INPUTS_H
#define GPUSLICE_CMD_INPUTS_H

#include "cmd/command.h"
#include "offline/inputs.h"

/* For the --help of commands that take FILE... of inputs_argp. */
#define INPUTS_FILE                                                                                             \
    "FILE is a file, a folder (its .yaml, .yml and .json files) or - for standard input, with YAML documents, " \
    "JSON objects (also one after the other, as -o json prints them) or Lists of any size"

struct inputs_options {
    struct policies_options policies;
    const char *namespace_name;  /* of objects that name none */
    const char *namespaces_file; /* NULL: every namespace counts as one that has opted in */
    char **files;
    int file_count;
};

/* Takes --policies, -n, -N and FILE...; the child of a command's argp, with child_inputs[0] a struct inputs_options. */
extern const struct argp inputs_argp;

/* Prints one object and its decision. Errors are problems of that object, and the others are printed; but ERR_NOMEM,
 * and ERR_IO of the output, end the command. */
typedef int inputs_printer(struct inputs *inputs, const struct input *input, void *context, struct err *err);

/* Reads and decides all inputs and prints each, then what was wrong. After the last object, `end` is called (NULL:
 * nothing is). Returns the exit status. */
int inputs_run(const struct inputs_options *options, inputs_printer *print, inputs_printer *end, void *context);

/* Writes the text to the stream and empties it. Errors: ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int inputs_flush(struct buf *text, FILE *stream, const char *name, struct err *err);

#endif
