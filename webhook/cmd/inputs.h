/* What `mutate` and `explain` have in common: their options, and everything that these lead to, read and decided. */
#ifndef GPUSLICE_CMD_INPUTS_H
#define GPUSLICE_CMD_INPUTS_H

#include "cmd/command.h"
#include "offline/subjects.h"

struct inputs_options {
    struct policies_options policies;
    const char *namespace_name;  /* of objects that name none */
    const char *namespaces_file; /* NULL: every namespace counts as one that has opted in */
    char **files;
    int file_count;
};

/* Takes --policies, -n, -N and FILE...; the child of a command's argp, with child_inputs[0] a struct inputs_options. */
extern const struct argp inputs_argp;

struct inputs {
    struct loaded loaded;
    struct namespaces *namespaces; /* NULL where they are assumed */
    struct subjects subjects;
    struct judgement *judgements; /* one for each subject; of SUBJECT_OTHER it stays zeroed */
    bool colour;                  /* for mutate_print_diff(); the caller's to set */
};

/* Reads all files and decides about all subjects, so that all that is wrong with them is said, not only the first. 0,
 * or -1 after it printed on stderr; then the exit status is EXIT_USAGE. */
MUST_CHECK int inputs_read(const struct inputs_options *options, struct inputs *ret_inputs);
void inputs_fini(struct inputs *inputs);

/* Was any pod refused? */
bool inputs_denied(const struct inputs *inputs);
bool judgement_denies(const struct judgement *judgement);

DEFINE_AUTO_FINI(inputs, struct inputs, inputs_fini);

#endif
