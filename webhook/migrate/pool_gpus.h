/* Finds which GPUs a NodePool can have according to its requirements and the table of instance types, and how they are
 * shared or partitioned. Private to migrate/. */
#pragma once

#include "core/requirement.h"
#include "gpu/layout.h"
#include "migrate/work.h"

enum { POOL_TYPES_MAX = 128, POOL_FRACTIONS_MAX = 32 };

struct pool_gpus {
    const struct gpu_model *model; /* the GPU of the first type, or NULL */
    const char *why_unknown;       /* the reason why there is no model, or NULL */
    bool without_gpu;              /* its requirements admit only instance types without NVIDIA GPUs */
    bool open;                     /* its requirements do not restrict the instance types */
    const char *unlisted;          /* an unknown instance type, family or category that the pool names, or NULL */
    bool several;                  /* there are types with other GPUs */
    const struct gpu_instance_type *types[POOL_TYPES_MAX]; /* in the order of the table */
    size_t type_count;
    const struct gpu_model *fraction_model; /* the GPU of which `fractions` have a share, or NULL */
    const struct gpu_instance_type *fractions[POOL_FRACTIONS_MAX]; /* further types, which have a share of a GPU */
    size_t fraction_count;
};

/* Returns the number of GPUs of the type that pods see: one if it has a share of a GPU. */
static inline unsigned pool_type_gpus(const struct gpu_instance_type *type)
{
    return type->gpu_count > 0 ? type->gpu_count : 1;
}

void pool_gpus_find(const struct migration *migration, const json_t *pool, struct pool_gpus *ret_gpus);

/* Calls `visit` for each requirement of a list until it returns false. Skips those that are malformed. Returns what the
 * last call returned, or true. */
typedef bool requirement_visitor(const struct requirement *requirement, void *context);
bool requirements_visit(const json_t *list, requirement_visitor *visit, void *context);

/* A resource that one GPU of the pool offers. */
struct offer {
    char resource[GPU_RESOURCE_SIZE];
    int64_t per_gpu;
};

struct slicing {
    enum { SLICING_NONE, SLICING_SHARED, SLICING_MIG } kind;
    bool mps, rename, single;
    bool packed;      /* shares fill one GPU before the next */
    int64_t replicas; /* for SLICING_SHARED and shared MIG devices; otherwise 1 */
    struct layout layout;
    struct offer offers[LAYOUT_ENTRIES_MAX];
    size_t offer_count;
    const char *why_unknown; /* the reason why the layout is unknown, or NULL */
};

/* Returns the offer of that resource, or NULL. */
const struct offer *slicing_offer(const struct slicing *slicing, const char *resource);

/* Adds what one GPU offers under the name of the profile (NULL: of whole GPUs). */
void slicing_add_offer(struct slicing *slicing, const char *profile, bool rename, int64_t per_gpu);

/* Determines *ret_slicing from the labels nvidia.com/mig.config and nvidia.com/device-plugin.config of the template; on
 * Bottlerocket, from the user data. */
void pool_slicing(const struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                  struct slicing *ret_slicing);

/* True if the node class of the NodePool is in the result and is for Bottlerocket. */
bool pool_is_bottlerocket(const struct pool_draft *pool);
