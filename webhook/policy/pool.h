/* SlicePool: nodes whose GPUs are all cut the same way. Shape and defaults: docs/policies.md. */
#ifndef GPUSLICE_POLICY_POOL_H
#define GPUSLICE_POLICY_POOL_H

#include "core/keyvalue.h"
#include "core/toleration.h"
#include "gpu/layout.h"
#include "gpu/resource.h"
#include "policy/pool_nodes.h"

enum sharing { SHARING_WHOLE, SHARING_TIME_SLICING, SHARING_MPS, SHARING_MIG, SHARING_MIG_TIME_SLICING };
enum mig_strategy { MIG_MIXED, MIG_SINGLE };

struct pool {
    char *name;
    struct mark mark;            /* of metadata.name; the file is owned by the policy set */
    const struct gpu_model *gpu; /* NULL only while loading a broken set */
    enum sharing sharing;
    int64_t replicas; /* per GPU, or per MIG device; 1 when not shared */
    bool rename;
    enum mig_strategy strategy;
    struct layout layout;
    struct keyvalues labels; /* what tells its nodes apart */
    struct taints taints;
    struct pool_nodes nodes; /* for the node side; admission never reads it */
};

void pool_fini(struct pool *pool);

/* Decodes and checks one SlicePool document (root node); defaults filled in. `gpus` is for spec.gpu. Problems are
 * reported. */
void pool_decode(const struct node *object, const struct gpu_table *gpus, struct pool *ret_pool);

/* The extended resource that its nodes offer for `profile` (NULL unless MIG). */
void pool_resource(const struct pool *pool, const struct mig_profile *profile, char ret_name[GPU_RESOURCE_SIZE]);

/* Bytes of GPU memory of one slice; for shared pools a share, not a wall. */
int64_t pool_slice_memory(const struct pool *pool, const struct mig_profile *profile);

/* Time-slicing or MPS: a container can hold one slice at most. */
bool pool_is_shared(const struct pool *pool);
bool pool_is_mig(const struct pool *pool);

struct pool_offer {
    char resource[GPU_RESOURCE_SIZE];
    int64_t per_gpu;
};

/* What the device plugin registers for each GPU of its nodes, in the layout's order; nothing else of nvidia.com/gpu*
 * and nvidia.com/mig-*. Returns how many. */
size_t pool_offers(const struct pool *pool, struct pool_offer ret_offers[LAYOUT_ENTRIES_MAX]);

/* Are its slices called as whole GPUs are? */
bool pool_offers_whole_name(const struct pool *pool);

/* Is the device plugin told by its ConfigMap how to cut? Not on Bottlerocket, which takes settings. */
bool pool_has_plugin_config(const struct pool *pool);

/* Could a pod that asks for nvidia.com/gpu get an uncut GPU before the layout is active? A startup taint keeps it off.
 * Not on Bottlerocket, which cuts before the kubelet starts. */
bool pool_needs_layout_taint(const struct pool *pool);

#endif
