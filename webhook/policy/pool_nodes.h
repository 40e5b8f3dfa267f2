/* spec.nodes of a SlicePool: the nodes that Karpenter launches for it. The webhook uses only the taints. Shape and
 * defaults: docs/policies.md. The decoder rejects what the CRDs or the scheduler of Karpenter (1.14) would reject, and
 * nodes that could never be launched. */
#pragma once

#include "core/keyvalue.h"
#include "core/names.h"
#include "core/requirement.h"
#include "core/toleration.h"
#include "gpu/layout.h"
#include "gpu/resource.h"
#include "karpenter/names.h"

enum ami_family { AMI_AL2023, AMI_BOTTLEROCKET };

struct node_class {
    char *name;  /* of an existing node class; NULL: `gpuslice render` renders one with the pool's name */
    char *group; /* default: karpenter.k8s.aws */
    char *kind;  /* default: EC2NodeClass */
    enum ami_family family;
    char *ami_version; /* as written: "v20260917", "1.54.0"; or NULL */
    json_t *spec;      /* the inline nodeClass as written, including amiFamily, amiVersion and userData; or NULL */
    char *user_data;   /* or NULL */
};

struct slice_limit {
    char resource[GPU_RESOURCE_SIZE];
    int64_t slices;
};

struct pool_nodes {
    /* The instance types in the NodePool and its overlays, in the order of the table; empty if the table has none with
     * the pool's GPU. */
    const struct gpu_instance_type **types;
    size_t type_count;
    size_t possible_count; /* the types from type_count on are left out by default (pool_narrow_types()) */
    bool types_chosen;     /* by instanceTypes, or by a requirement on the type, its size or its number of GPUs */
    struct strlist arch;   /* default: those of the types */
    struct strlist capacity_types; /* default: on-demand */
    struct strlist zones;          /* empty: any */
    struct requirements requirements;
    struct node_class node_class;

    struct slice_limit limits[LAYOUT_ENTRIES_MAX]; /* over all nodes of the pool */
    size_t limit_count;
    char *cpu_limit;    /* or NULL */
    char *memory_limit; /* or NULL */
    int64_t node_limit; /* 0: none */

    char *consolidation_policy;
    char *consolidate_after;
    json_t *budgets;                /* as in a NodePool, or NULL */
    char *expire_after;             /* default: Karpenter's */
    char *termination_grace_period; /* or NULL */
    int64_t weight;                 /* 0: `render` derives it from the pool's position in the classes */

    struct keyvalues labels; /* in addition to the pool's labels */
    struct keyvalues annotations;
    struct taints taints;         /* in addition to the pool's taints; the pods of its classes tolerate both */
    struct taints startup_taints; /* removed once the node is ready; pods do not tolerate them */

    char *price;            /* of one instance, or NULL */
    char *price_adjustment; /* or NULL */
    int64_t overlay_weight; /* default: NODE_OVERLAY_WEIGHT */
};

void pool_nodes_fini(struct pool_nodes *nodes);

/* True if the node class is rendered and its images follow the newest release. */
bool node_class_follows_latest(const struct node_class *node_class);

/* Returns why Karpenter rejects the key as a label or requirement of a NodePool, or NULL if it accepts the key. */
const char *pool_nodes_label_restriction(const char *key);
