/* SlicePool: nodes whose GPUs are all shared or partitioned in the same way. Shape and defaults: docs/policies.md. */
#pragma once

#include "core/keyvalue.h"
#include "core/toleration.h"
#include "gpu/layout.h"
#include "gpu/resource.h"
#include "policy/pool_nodes.h"

enum sharing { SHARING_WHOLE, SHARING_TIME_SLICING, SHARING_MPS, SHARING_MIG, SHARING_MIG_TIME_SLICING };
enum mig_strategy { MIG_MIXED, MIG_SINGLE };
enum share_allocation { SHARE_DISTRIBUTED, SHARE_PACKED };

/* What keeps the pods on one GPU apart, the weakest first. */
enum isolation { ISOLATION_NONE, ISOLATION_MEMORY_AND_THREADS, ISOLATION_HARDWARE };

struct pool {
    char *name;
    struct mark mark;            /* of metadata.name; borrows the file's name from the policy set */
    const struct gpu_model *gpu; /* NULL if the pool is invalid; then loading the set fails */
    enum sharing sharing;
    int64_t replicas;                 /* slices of each GPU or MIG device; 1 if they are not shared */
    bool rename;                      /* .shared is appended to the names of the resources */
    enum share_allocation allocation; /* from which of a node's shared GPUs a container gets its slice */
    enum mig_strategy strategy;
    struct layout layout;    /* empty without MIG */
    struct keyvalues labels; /* those by which its nodes are recognized */
    struct taints taints;
    struct pool_nodes nodes; /* for `gpuslice render` and `lint`; the webhook uses only nodes.taints */
};

void pool_fini(struct pool *pool);

/* Decodes a SlicePool, fills in its defaults and reports its problems. `object` is the root node of its document. Finds
 * spec.gpu in `gpus`. */
void pool_decode(const struct node *object, const struct gpu_table *gpus, struct pool *ret_pool);

/* Sets *ret_name to the extended resource that the pool's nodes offer for the profile; `profile` is NULL without
 * MIG. */
void pool_resource(const struct pool *pool, const struct mig_profile *profile, char ret_name[GPU_RESOURCE_SIZE]);

/* True if nodes of the type have the pool's GPU, and share it as the pool's other nodes do: whole GPUs, or shares of
 * the same size (g6f). */
bool pool_takes(const struct pool *pool, const struct gpu_instance_type *type);

/* True if the pool's nodes have a share of one GPU instead of whole ones. Karpenter counts no nvidia.com/gpu there. */
bool pool_has_fractions(const struct pool *pool);

/* Leaves instance types with several GPUs out of a pool that shares GPUs and does not choose its types, if types with
 * one GPU cost no more per GPU: Karpenter packs as many pods as it can into one node, and would buy a large node for a
 * few more pods than a GPU has slices. */
void pool_narrow_types(struct pool *pool);

/* Returns the GPU memory of one slice in bytes; `profile` is NULL without MIG. Nothing enforces this figure in pools
 * with time-slicing. */
int64_t pool_slice_memory(const struct pool *pool, const struct mig_profile *profile);

/* True for MPS and for time-slicing, also of MIG devices. A container can have at most one slice of such a pool. */
bool pool_is_shared(const struct pool *pool);
bool pool_is_mig(const struct pool *pool);

/* With time-slicing nothing keeps pods apart. The device plugin limits what each MPS client may use of the memory and
 * the threads of a GPU. */
enum isolation pool_isolation(const struct pool *pool);

/* Returns "none", "memory and threads" or "hardware". */
const char *isolation_text(enum isolation isolation);

struct pool_offer {
    char resource[GPU_RESOURCE_SIZE];
    int64_t per_gpu; /* slices of one GPU */
};

/* Sets ret_offers to the resources that the device plugin registers on the pool's nodes, in the order of the layout,
 * and returns their number. The plugin registers no other nvidia.com/gpu* or nvidia.com/mig-*. */
size_t pool_offers(const struct pool *pool, struct pool_offer ret_offers[LAYOUT_ENTRIES_MAX]);

/* True if slices are advertised as nvidia.com/gpu, like whole GPUs. */
bool pool_offers_whole_name(const struct pool *pool);

/* True if a ConfigMap configures the device plugin. False for whole GPUs, and on Bottlerocket, where settings in the
 * user data configure it. */
bool pool_has_plugin_config(const struct pool *pool);

/* True if a pod that requests nvidia.com/gpu could get a whole GPU before the GPUs are shared or partitioned, so that a
 * startup taint must keep the pod off the node. False on Bottlerocket, which partitions GPUs before the kubelet
 * starts. */
bool pool_needs_layout_taint(const struct pool *pool);
