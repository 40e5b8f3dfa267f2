/* A policy set: all policies of one directory, loaded as a whole or not at all. It is immutable and has a reference
 * count. */
#pragma once

#include "base/problems.h"
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
    struct policy *policies; /* in order of precedence: highest priority first, then by name */
    size_t policy_count;
    struct slice_settings settings; /* the set's SliceSettings; its name is NULL if there is none */
    struct strlist files;           /* the files that were read, sorted; marks point to their names */
    struct problems warnings;       /* what is allowed, but hardly meant; sorted */
    const char *prices_of; /* the version of the GPU table, whose prices are on demand in us-east-1; borrowed from it */
    char revision[REVISION_SIZE]; /* 12 hex digits of a SHA-256 over all objects, sorted by kind and name, and over the
                                     prices of the GPU table that choose among them */
    char commit[COMMIT_SIZE];     /* of the directory (see commit_find()); "" if unknown */
};

/* Loads all .yaml and .yml files below `directory`, or `directory` itself if it is a file (see file_list()). Skips
 * documents of kind SliceTest. Adds the errors of all files to `problems` and sorts them. Errors: ERR_INVALID if there
 * are problems, or no pool, class or policy; ERR_NOT_FOUND, ERR_IO, ERR_LIMIT (file_list()), ERR_NOMEM. */
MUST_CHECK int policy_set_load(const char *directory, const struct gpu_table *gpus, struct policy_set **ret_set,
                               struct problems *problems, struct err *err);

struct policy_set *policy_set_ref(struct policy_set *set);
void policy_set_unref(struct policy_set *set);

/* Returns the class of that name, or NULL. */
const struct slice_class *policy_set_class(const struct policy_set *set, const char *name);

/* Returns the policy that applies to a namespace, or NULL. Does not allocate. */
const struct policy *policy_set_match(const struct policy_set *set, const char *namespace_name,
                                      const struct keyvalues *labels);

/* Changes the mode of every policy to enforce, to see what it would do. Only before other threads use the set. */
void policy_set_enforce(struct policy_set *set);

DEFINE_AUTO(policy_set, struct policy_set *, policy_set_unref);
