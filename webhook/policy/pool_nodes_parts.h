/* Functions that the files of spec.nodes share. Private to policy/. */
#pragma once

#include "policy/pool.h"

/* Decodes the optional member `nodes` of `spec` and fills in defaults. The labels and taints of `pool` must have been
 * decoded. `valid` means that its GPU and sharing are valid; otherwise nothing that depends on them is checked. */
void pool_nodes_decode(const struct node *spec, bool valid, const struct gpu_table *gpus, struct pool *pool);

/* pool_nodes_types.c: fills in types and arch from instanceTypes, arch and requirements. `nodes` is NULL if `spec` has
 * no such member. */
void pool_nodes_decode_types(const struct node *spec, const struct node *nodes, const struct gpu_table *gpus,
                             struct pool *pool);

/* pool_nodes_class.c. The first decodes nodeClass; `target` is a struct node_class. The second checks the AMI alias
 * against amiFamily, and whether Bottlerocket can partition GPUs into the pool's layout. */
void decode_node_class(const struct node *node, void *target);
void node_class_check(const struct node *nodes, const struct pool *pool);
void node_class_fini(struct node_class *node_class);

/* pool_nodes_limits.c. The first decodes limits except limits.slices; `target` is a struct pool_nodes. The second
 * decodes limits.slices, for which the pool's GPU and sharing must be valid. */
void decode_limits(const struct node *node, void *target);
void slice_limits_decode(const struct node *nodes, struct pool *pool);

/* pool_taints.c: checks spec.taints and spec.nodes.taints, which the pods of the pool's classes tolerate, and
 * spec.nodes.startupTaints. */
void pool_taints_check(const struct node *spec, const struct pool *pool);

/* pool_nodes.c: decodes an array of values that Karpenter knows for the label. Keeps each value once. */
void decode_label_values(const struct node *node, const char *label, struct strlist *values);
