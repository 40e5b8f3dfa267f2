/* The node side as the manifests describe it: what Karpenter can launch, and what NVIDIA's software will register on
 * those nodes.
 *
 * Sources: Karpenter v1.14.1 (pkg/controllers/nodeoverlay, pkg/scheduling, pkg/controllers/provisioning/scheduling),
 * NVIDIA k8s-device-plugin v0.20.0 (api/config/v1, internal/rm), mig-parted v0.15.0 (api/spec/v1), gpu-operator v26.7.
 * All memory is in the model's arena, except that of taints. */
#pragma once

#include "core/names.h"
#include "core/toleration.h"
#include "karpenter/instance.h"
#include "karpenter/names.h"
#include "lint/model/needs.h"
#include "nvidia/bottlerocket.h"
#include "nvidia/names.h"
#include "policy/set.h"

enum { AMOUNTS_MAX = 24, REPLICAS_UNKNOWN = -1 };

/* Quantities of GPU resources on one node. */
struct amount {
    char resource[GPU_RESOURCE_SIZE];
    int64_t count;
};
struct amounts {
    struct amount items[AMOUNTS_MAX];
    size_t count;
};

struct overlay {
    const struct manifest *object;
    const char *title; /* "NodeOverlay/a100-8gpu" */
    int64_t weight;
    struct needs needs;
    struct node capacity;
    const char *fault; /* the reason why Karpenter rejects it (RuntimeValidation), or NULL */
    const struct overlay
        *rival; /* the overlay because of which Karpenter rejects this one entirely (Conflict), or NULL */
    const struct need *invisible; /* the need whose key only a NodePool's requirements have, or NULL */
    size_t matches;               /* number of machines that it applies to, in all NodePools */
};

/* One instance type that a NodePool can launch. */
struct machine {
    struct instance type;
    struct amounts capacity;   /* as Karpenter simulates it, with overlays applied */
    bool gpus_unknown;         /* its number of GPUs is neither in the table nor in an overlay */
    struct amounts registered; /* as the device plugin will register it */
    bool registered_known;
};

struct plugin_share {
    char resource[GPU_RESOURCE_SIZE]; /* with its domain */
    int64_t replicas;                 /* REPLICAS_UNKNOWN only on Bottlerocket */
    struct node node;
};

enum plugin_sharing { PLUGIN_WHOLE, PLUGIN_TIME_SLICING, PLUGIN_MPS };

/* One key of a device plugin's ConfigMap, the settings of a Bottlerocket node, or an unreadable config of mig-parted.
 */
struct plugin_config {
    const struct manifest *object;
    const char *title; /* "ConfigMap/gpuslice-device-plugin" */
    const char *key;   /* "userData" for Bottlerocket, "" for mig-parted */
    struct node text;  /* the value of the ConfigMap, or the user data */
    struct node root;  /* the document in it; without a value if it is empty, unreadable, or user data */
    const char *fault;
    const char *strategy; /* flags.migStrategy; "" if absent */
    enum plugin_sharing sharing;
    bool rename;
    bool allows_more; /* failRequestsGreaterThanOne is false; also if it is absent and MPS is not used */
    struct plugin_share *shares;
    size_t share_count;
};

struct mig_entry {
    struct node node;
    struct node devices; /* mig-devices */
    bool enabled;
    bool filtered; /* it has a device-filter, so its GPUs are not known here */
    int64_t gpus;  /* the number of the node's GPUs that it is for; 0: all */
};

/* A member of mig-configs. */
struct mig_config {
    const struct manifest *object;
    const char *title;
    const char *name;
    struct node node;
    struct mig_entry *entries;
    size_t entry_count;
};

/* An entire mig-parted config, and the title of its ConfigMap. */
struct mig_document {
    struct node root;
    const char *title;
};

/* Helm values of the GPU Operator, or the spec of a ClusterPolicy. */
struct operator_values {
    struct node node;
    const char *title;
    const char *plugin_config, *plugin_default;
    const char *mig_config;
    const char *strategy; /* mig.strategy; "" if absent */
    bool has_strategy;
};

struct node_pool {
    const struct manifest *object;
    const char *name;
    const char *title;                   /* "NodePool/t4-thirds" */
    struct node spec, labels, node_spec; /* spec; template.metadata.labels; template.spec */
    struct needs needs;                  /* from its name, labels, requirements */
    size_t visible;                      /* the number of needs, from the first, that overlays see */
    struct taints taints, startup_taints;
    struct node taint_nodes, startup_taint_nodes; /* the arrays */
    int64_t weight;
    struct machine *machines;
    size_t machine_count;
    bool any_type;                                /* none of its needs restricts the GPUs of its instance types */
    const struct need *unlisted;                  /* the need that names an unknown family or category, or NULL */
    const struct pool *slice_pool;                /* the SlicePool whose labels its nodes have, or NULL */
    const struct pool *namesake;                  /* the SlicePool with the same name, or NULL */
    const struct plugin_config *plugin;           /* the config that the device plugin reads on its nodes, or NULL */
    const struct mig_config *mig;                 /* the config that mig-manager applies, or NULL */
    bool bottlerocket;                            /* its node class is in the manifests and has that AMI family */
    const struct bottlerocket_settings *settings; /* in the user data of that node class; NULL if unreadable */
    struct node user_data;                        /* where they are */
};

struct model {
    struct arena arena;
    const struct gpu_names *gpu_names; /* those of the policy set; NULL: only the built-in names */
    struct node_pool *node_pools;      /* by weight, highest first, then by name */
    size_t node_pool_count;
    struct overlay
        *overlays; /* in the order in which Karpenter applies them: by descending weight, then descending name */
    size_t overlay_count;
    struct plugin_config *plugins;
    size_t plugin_count;
    struct mig_config *migs;
    size_t mig_count;
    struct operator_values *operators;
    size_t operator_count;
    struct mig_document *mig_documents;
    size_t mig_document_count;
};

#define FOREACH_NODE_POOL(model, item)                       \
    for (const struct node_pool *item = (model)->node_pools; \
         item && item < (model)->node_pools + (model)->node_pool_count; item++)
#define FOREACH_MACHINE(node_pool, item)                     \
    for (const struct machine *item = (node_pool)->machines; \
         item && item < (node_pool)->machines + (node_pool)->machine_count; item++)

/* Builds the model of `sources`, which must outlive it, in the zeroed *model. `policies` may be NULL. Errors:
 * ERR_NOMEM. */
MUST_CHECK int model_build(struct model *model, struct sources *sources, const struct gpu_table *gpus,
                           const struct policy_set *policies, struct err *err);
void model_fini(struct model *model);

/* Returns the node of metadata.name, or that of the object if it has no name. */
struct node lint_object_name_node(const struct manifest *object);
/* Returns a title such as "NodePool/name". */
const char *object_title(struct arena *arena, const struct manifest *object);

/* True if the class uses the pool; false if `slice_class` is NULL. */
bool class_uses(const struct slice_class *slice_class, const struct pool *pool);

/* Returns the first taint with that key, effect and value (NULL: any), or NULL if there is none. */
const struct taint *taints_find(const struct taints *taints, const char *key, const char *effect, const char *value);

/* True unless one of `needs` rules out the instance type. */
bool instance_meets(const struct instance *instance, const struct needs *needs);

/* Return the amount of the resource; NULL or 0 if there is none. */
const struct amount *amounts_find(const struct amounts *amounts, const char *resource);
int64_t amounts_get(const struct amounts *amounts, const char *resource);
/* amounts_add() adds to the amount (at most INT64_MAX), and amounts_set() replaces it. A new resource is ignored if
 * there are AMOUNTS_MAX already, or if its name does not fit. */
void amounts_add(struct amounts *amounts, const char *resource, int64_t count);
void amounts_set(struct amounts *amounts, const char *resource, int64_t count);

/* Reads a quantity, rounded up to whole units. Returns false if the value is not a quantity. */
bool node_quantity(struct node node, int64_t *ret_quantity);

/* Sets *ret_amounts to what a node with `gpu_count` GPUs offers according to the SlicePool. */
void pool_amounts(const struct pool *pool, unsigned gpu_count, struct amounts *ret_amounts);

/* model_overlays.c: reads overlays and applies them to all machines. Only overlay_matches() is used outside of model/.
 */
void model_read_overlay(struct model *model, const struct manifest *object);
void model_apply_overlays(struct model *model);
bool overlay_matches(const struct overlay *overlay, const struct node_pool *node_pool, const struct machine *machine);
/* model_nvidia.c and model_bottlerocket.c: read ConfigMaps, values and user data, and find what applies to each
 * NodePool. */
void model_read_operator(struct model *model, const struct manifest *object);
/* Reads the configs in the data of an object. Call it after model_read_operator() for all objects, because the
 * operator's values determine the purpose of ConfigMaps. Errors: ERR_NOMEM. */
MUST_CHECK int model_read_data(struct model *model, struct sources *sources, const struct manifest *object,
                               struct err *err);
void model_read_bottlerocket(struct model *model, const struct sources *sources, struct node_pool *node_pool);
void model_register(struct model *model);
bool plugin_is_mounted(const struct model *model, const struct plugin_config *config);
/* Returns the GPU of the first machine to which `config` (a plugin_config or mig_config) applies, or NULL. */
const struct gpu_model *model_gpu_of(const struct model *model, const void *config);
const struct plugin_config *model_plugin(const struct model *model, const char *key);
const struct mig_config *model_mig(const struct model *model, const char *name);

DEFINE_AUTO_FINI(model, struct model, model_fini);
