/* A policy set: everything that one directory says, loaded whole or not at all, immutable, shared by reference count.
 */
#ifndef GPUSLICE_POLICY_SET_H
#define GPUSLICE_POLICY_SET_H

#include "base/refs.h"
#include "policy/policy.h"
#include "policy/settings.h"

enum { REVISION_SIZE = 13, COMMIT_SIZE = 41 };

struct policy_set {
    struct refs refs;
    struct pool *pools; /* sorted by name */
    size_t pool_count;
    struct slice_class *classes; /* sorted by name */
    size_t class_count;
    struct policy *policies; /* in the order of precedence: highest priority first, then by name */
    size_t policy_count;
    struct slice_settings settings; /* of the set's SliceSettings; without one its name is NULL */
    struct strlist files;           /* read, sorted; marks point into it */
    char revision[REVISION_SIZE]; /* 12 hex digits: SHA-256 over the objects in canonical form, sorted by kind and name
                                   */
    char commit[COMMIT_SIZE];     /* of the git checkout or git-sync link that holds the directory; "" if none */
};

/* Loads all .yaml and .yml files below `directory` (see file_list()). Documents of kind SliceTest are skipped. All
 * errors go to `problems` (sorted). Errors: ERR_INVALID if there are any, or no object at all; ERR_NOT_FOUND, ERR_IO,
 * ERR_LIMIT (file_list()), ERR_NOMEM. */
MUST_CHECK int policy_set_load(const char *directory, const struct gpu_table *gpus, struct policy_set **ret_set,
                               struct problems *problems, struct err *err);

struct policy_set *policy_set_ref(struct policy_set *set);
void policy_set_unref(struct policy_set *set);

/* Returns NULL if there is none. Binary search. */
const struct slice_class *policy_set_class(const struct policy_set *set, const char *name);

/* Returns the policy that applies to a namespace, or NULL. Uses compiled patterns and allocates nothing. */
const struct policy *policy_set_match(const struct policy_set *set, const char *namespace_name,
                                      const struct keyvalues *labels);

DEFINE_AUTO(policy_set, struct policy_set *, policy_set_unref);

#endif
