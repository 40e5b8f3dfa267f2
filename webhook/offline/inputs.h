/* Reads the objects of `mutate` and `explain` from files, folders and standard input, in all forms that manifest/
 * reads, and decides about one after the other. */
#pragma once

#include "offline/subjects.h"

struct input {
    const struct manifest *manifest;
    struct subject subject;
    struct judgement judgement; /* empty for SUBJECT_OTHER */
};

struct inputs {
    /* Given by the caller; borrowed. */
    struct policy_set *set;
    struct namespaces *namespaces; /* NULL: see offline_namespaces() */
    const char *default_namespace; /* for objects that do not name one */
    char *const *paths;
    size_t path_count;
    struct problems *problems; /* problems of reading and deciding are added */

    /* Results so far. */
    bool is_list; /* so far, the whole input is one List */
    bool denied;  /* at least one pod was denied */

    /* Private. */
    size_t next_path;
    struct manifest_reader *reader; /* of the current path */
    size_t problems_before;         /* count of problems before the current path */
    bool is_unreadable;             /* a file of the current path could not be read */
    struct manifest *manifest;
    struct input current;
};

/* Sets *ret_input to the next object and its decision, or to NULL after the last object. The input is valid until the
 * next call. Reports and skips an object that cannot be parsed or decided. Errors: ERR_NOT_FOUND, ERR_IO or ERR_LIMIT
 * if a file cannot be read (the next call continues with the next file or path); ERR_NOMEM. */
MUST_CHECK int inputs_next(struct inputs *inputs, const struct input **ret_input, struct err *err);

/* Reports `failure`, an error about the object, as a problem. */
void inputs_add_problem(struct inputs *inputs, const struct input *input, const struct err *failure);
void inputs_fini(struct inputs *inputs);

DEFINE_AUTO_FINI(inputs, struct inputs, inputs_fini);
