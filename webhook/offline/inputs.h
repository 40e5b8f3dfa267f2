/* What `mutate` and `explain` read and decide, one object at a time: files, folders and standard input in the forms of
 * manifest/. */
#ifndef GPUSLICE_OFFLINE_INPUTS_H
#define GPUSLICE_OFFLINE_INPUTS_H

#include "offline/subjects.h"

struct input {
    const struct manifest *manifest;
    struct subject subject;
    struct judgement judgement; /* of SUBJECT_OTHER it is empty */
};

struct inputs {
    /* Given, and borrowed. */
    struct policy_set *set;
    struct namespaces *namespaces; /* NULL where they are assumed */
    const char *default_namespace; /* of objects that name none */
    char *const *paths;
    size_t path_count;
    struct problems *problems; /* with what is read, and with what cannot be decided */

    /* Known by now. */
    bool is_list; /* all that is read is one List; of the first object on */
    bool denied;  /* a pod is denied */

    /* Private. */
    size_t next_path;
    struct manifest_reader *reader;
    struct manifest *manifest;
    struct input current;
};

/* The next object with its decision, valid until the next call; NULL after the last. An object that cannot be read or
 * decided is a problem, and the next one comes. Errors: ERR_NOT_FOUND, ERR_IO, ERR_LIMIT (the next call goes on with
 * the next file), ERR_NOMEM. */
MUST_CHECK int inputs_next(struct inputs *inputs, const struct input **ret_input, struct err *err);

/* Adds what went wrong with the object to the problems. */
void inputs_complain(struct inputs *inputs, const struct input *input, const struct err *failure);
void inputs_fini(struct inputs *inputs);

DEFINE_AUTO_FINI(inputs, struct inputs, inputs_fini);

#endif
