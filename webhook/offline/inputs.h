/* Reads the objects of `mutate` and `explain` from files, folders and standard input, in all forms that manifest/
 * reads, and decides about one after the other. */
#pragma once

#include "admission/model/own_keys.h"
#include "offline/subjects.h"

struct input {
    const struct manifest *manifest;
    struct subject subject;
    struct judgement judgement; /* empty for a subject without a pod */
    bool is_last;               /* the last of its manifest */
    bool rewrites;              /* its pod is rewritten in the object: not one of a kind that must not be */
    const json_t
        *rewritten; /* the object with the patches of all subjects of the manifest; null if a review has none */
    const json_t *operations;        /* these patches, an array */
    const struct warnings *warnings; /* about the object itself, if it is a workload or a Namespace; NULL for all inputs
                                        of a manifest but the first */
};

struct inputs {
    /* Given by the caller; borrowed. */
    struct policy_set *set;
    struct namespaces *namespaces; /* NULL: see offline_namespaces() */
    const char *default_namespace; /* for objects that do not name one */
    char *const *paths;
    size_t path_count;
    struct problems *problems; /* problems of reading and deciding are added */
    bool any_kind;             /* rewrite the templates of unknown kinds, too */

    /* Results so far. */
    bool is_list;  /* so far, the whole input is one List */
    bool denied;   /* at least one pod was denied */
    bool judged;   /* at least one pod was decided about, so its namespace mattered */
    bool unjudged; /* at least one object that makes pods was not judged */

    /* Private. */
    size_t next_path;
    struct manifest_reader *reader; /* of the current path */
    size_t problems_before;         /* count of problems before the current path */
    bool is_unreadable;             /* a file of the current path could not be read */
    json_t *unknown;                /* by namespace that was not found: [index of its problem, objects after that] */
    struct manifest *manifest;
    struct input *made; /* the inputs of the manifest, but for those that were reported as problems */
    size_t made_count, next_made;
    json_t *rewritten, *operations;
    struct warnings warnings;
};

/* Sets *ret_input to the next pod or template and its decision, or to an object without one, or to NULL after the last.
 * The input is valid until the next call. Reports and skips a pod that cannot be parsed or decided; the other templates
 * of its object are not affected. Of the objects of an unknown namespace, reports the first, with the number of the
 * others. Errors: ERR_NOT_FOUND, ERR_IO or ERR_LIMIT
 * if a file cannot be read (the next call continues with the next file or path); ERR_NOMEM. */
MUST_CHECK int inputs_next(struct inputs *inputs, const struct input **ret_input, struct err *err);

/* Reports `failure`, an error about the subject, as a problem. */
void inputs_add_problem(struct inputs *inputs, const struct input *input, const struct err *failure);
void inputs_fini(struct inputs *inputs);

DEFINE_AUTO_FINI(inputs, struct inputs, inputs_fini);
