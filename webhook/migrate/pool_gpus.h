/* Which GPUs a NodePool can have, by its requirements and the table of instance types; and how they are cut.
 * Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_POOL_GPUS_H
#define GPUSLICE_MIGRATE_POOL_GPUS_H

#include "gpu/layout.h"
#include "migrate/work.h"

enum { POOL_TYPES_MAX = 128 };

struct pool_gpus {
    const struct gpu_model *model; /* of the first type, or NULL */
    const char *trouble;           /* why there is none */
    const char *unlisted; /* an instance type, family or category that the pool names and nobody knows, or NULL */
    bool several;         /* more models than that one */
    const struct gpu_instance_type *types[POOL_TYPES_MAX]; /* in the order of the table */
    size_t type_count;
};

void pool_gpus_find(const struct migration *migration, const json_t *pool, struct pool_gpus *ret_gpus);

/* What one GPU of the pool offers. */
struct offer {
    char resource[GPU_RESOURCE_SIZE];
    int64_t per_gpu;
};

struct cut {
    enum { CUT_WHOLE, CUT_SHARED, CUT_MIG } kind;
    bool mps, rename, single;
    int64_t replicas; /* of CUT_SHARED, and of MIG devices that are shared too; else 1 */
    struct layout layout;
    struct offer offers[LAYOUT_ENTRIES_MAX];
    size_t offer_count;
    const char *trouble; /* why it is not known how they are cut, or NULL */
};

/* By the labels nvidia.com/mig.config and nvidia.com/device-plugin.config of its template. */
void pool_cut(const struct migration *migration, const json_t *pool, const struct pool_gpus *gpus, struct cut *ret_cut);

#endif
