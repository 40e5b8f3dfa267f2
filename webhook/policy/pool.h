/* SlicePool: nodes whose GPUs are all shared or partitioned in the same way. Shape and defaults: docs/policies.md. */
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
    int64_t replicas; /* slices per GPU or per MIG device; 1 if not shared */
    bool rename;
    enum mig_strategy strategy;
    struct layout layout;
    struct keyvalues labels; /* identify its nodes */
    struct taints taints;
    struct pool_nodes nodes; /* used by the node side only, not by admission */
};

void pool_fini(struct pool *pool);

/* Decodes and checks one SlicePool document (`object` is its root node) and fills in defaults. Resolves spec.gpu in
 * `gpus`. Problems are reported. */
void pool_decode(const struct node *object, const struct gpu_table *gpus, struct pool *ret_pool);

/* Sets *ret_name to the extended resource that the pool's nodes offer for `profile` (NULL unless MIG). */
void pool_resource(const struct pool *pool, const struct mig_profile *profile, char ret_name[GPU_RESOURCE_SIZE]);

/* Returns the GPU memory of one slice in bytes. In shared pools this is a planning figure, not an enforced limit. */
int64_t pool_slice_memory(const struct pool *pool, const struct mig_profile *profile);

/* True for time-slicing and MPS, where a container can have at most one slice. */
bool pool_is_shared(const struct pool *pool);
bool pool_is_mig(const struct pool *pool);

struct pool_offer {
    char resource[GPU_RESOURCE_SIZE];
    int64_t per_gpu;
};

/* Sets the resources that the device plugin registers for each GPU of the pool's nodes, in the order of the layout, and
 * returns their number. The plugin registers no other nvidia.com/gpu* or nvidia.com/mig-*. */
size_t pool_offers(const struct pool *pool, struct pool_offer ret_offers[LAYOUT_ENTRIES_MAX]);

/* True if slices are advertised as nvidia.com/gpu, like whole GPUs. */
bool pool_offers_whole_name(const struct pool *pool);

/* True if a ConfigMap configures the device plugin. False on Bottlerocket, which uses settings. */
bool pool_has_plugin_config(const struct pool *pool);

/* True if a pod that requests nvidia.com/gpu could get a whole GPU before the layout is active, so that a startup taint
 * must keep the pod off the node. False on Bottlerocket, which partitions GPUs before the kubelet starts. */
bool pool_needs_layout_taint(const struct pool *pool);

#endif
