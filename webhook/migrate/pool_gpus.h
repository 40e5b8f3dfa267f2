/* Finds which GPUs a NodePool can have according to its requirements and the table of instance types, and how they are
 * shared or partitioned. Private to migrate/. */
#pragma once

#include "gpu/layout.h"
#include "migrate/work.h"

enum { POOL_TYPES_MAX = 128 };

struct pool_gpus {
    const struct gpu_model *model; /* the GPU of the first type, or NULL */
    const char *why_unknown;       /* the reason why there is no model, or NULL */
    const char *unlisted;          /* an unknown instance type, family or category that the pool names, or NULL */
    bool several;                  /* there are types with other GPUs */
    const struct gpu_instance_type *types[POOL_TYPES_MAX]; /* in the order of the table */
    size_t type_count;
};

void pool_gpus_find(const struct migration *migration, const json_t *pool, struct pool_gpus *ret_gpus);

/* A resource that one GPU of the pool offers. */
struct offer {
    char resource[GPU_RESOURCE_SIZE];
    int64_t per_gpu;
};

struct slicing {
    enum { SLICING_NONE, SLICING_SHARED, SLICING_MIG } kind;
    bool mps, rename, single;
    int64_t replicas; /* for SLICING_SHARED and shared MIG devices; otherwise 1 */
    struct layout layout;
    struct offer offers[LAYOUT_ENTRIES_MAX];
    size_t offer_count;
    const char *why_unknown; /* the reason why the layout is unknown, or NULL */
};

/* Returns the offer of that resource, or NULL. */
const struct offer *slicing_offer(const struct slicing *slicing, const char *resource);

/* Determines *ret_slicing from the labels nvidia.com/mig.config and nvidia.com/device-plugin.config of the template. */
void pool_slicing(const struct migration *migration, const json_t *pool, const struct pool_gpus *gpus,
                  struct slicing *ret_slicing);
