/* SliceClass: the slice that a pod gets. Shape and defaults: docs/policies.md. */
#pragma once

#include "core/requirement.h"
#include "policy/pool.h"

enum { CLASS_REQUIREMENTS_MAX = 64 }; /* per class, including those from the labels of its pools */

struct preference {
    int64_t weight; /* 1..100 */
    struct requirements requirements;
};

struct preferences {
    struct preference *items;
    size_t count;
};

struct env_var {
    char *name;
    char *value;
};

struct env_vars {
    struct env_var *items;
    size_t count;
};

struct slice_class {
    char *name;
    char *description; /* or NULL */
    struct mark mark;

    /* As written. */
    struct strlist pool_names;
    char *profile_name; /* or NULL */
    int64_t per_container;
    int64_t per_pod;   /* 0: no limit */
    int64_t own_price; /* micro-dollars for an hour; 0: `price` is derived */
    struct requirements own_requirements;
    struct preferences preferences;
    struct keyvalues node_selector;
    struct tolerations own_tolerations;
    char *runtime_class; /* or NULL */
    struct keyvalues labels;
    struct keyvalues annotations;
    struct env_vars env;

    /* Derived by class_resolve(); pools is NULL if the class or one of its pools is invalid. */
    const struct pool **pools; /* in order of preference */
    size_t pool_count;
    const struct mig_profile *profile; /* in the first pool; NULL without MIG */
    char resource[GPU_RESOURCE_SIZE];
    bool shared;                   /* at least one of the pools is shared */
    int64_t memory_bytes;          /* of a slice of the pool with the smallest slices */
    int64_t price;                 /* of a slice, in micro-dollars for an hour; 0: unknown */
    const struct pool *price_pool; /* whose slices have that price; NULL if it is the class's own or unknown */
    const struct gpu_instance_type *price_type; /* on whose nodes; NULL with price_pool */
    int64_t node_slices;                        /* on the largest node of its pools; 0: unknown */
    enum isolation isolation;                   /* that of the pool with the weakest */
    struct requirements requirements;           /* for the labels of the pools (sorted by key), then own_requirements */
    struct tolerations tolerations;             /* for taints and nodes.taints of the pools, then own_tolerations */
};

/* Returns the profile that the class gets from the pool, which is one of its own; NULL without MIG. */
const struct mig_profile *class_profile(const struct slice_class *slice_class, const struct pool *pool);

void class_fini(struct slice_class *slice_class);
/* Decodes a SliceClass and reports its problems. `object` is the root node of its document. */
void class_decode(const struct node *object, struct slice_class *ret_class);

/* Finds the class's pools in `pools`, which is sorted by name, and derives the remaining members. Reports problems at
 * the fields of `object`, the root node of the class's document. */
void class_resolve(const struct node *object, const struct pool *pools, size_t pool_count,
                   struct slice_class *slice_class);
