/* Functions that the files of spec.nodes share. Private to policy/. */
#ifndef GPUSLICE_POLICY_POOL_NODES_PARTS_H
#define GPUSLICE_POLICY_POOL_NODES_PARTS_H

#include "policy/pool.h"

/* Decodes spec.nodes of `spec`, which may be absent, and fills in all defaults. The labels and taints of `pool` must be
 * known. If `valid`, its GPU and sharing are known as well, and whatever depends on them is checked. */
void pool_nodes_decode(const struct node *spec, bool valid, const struct gpu_table *gpus, struct pool *pool);

/* pool_nodes_types.c: fills types and arch from instanceTypes, arch and requirements. `nodes` is NULL if it is absent.
 */
void pool_nodes_decode_types(const struct node *spec, const struct node *nodes, const struct gpu_table *gpus,
                             struct pool *pool);

/* pool_nodes_class.c. The first decodes nodeClass; `target` is a struct node_class. The second checks it against the
 * AMI family and what Bottlerocket supports. */
void decode_node_class(const struct node *node, void *target);
void node_class_check(const struct node *nodes, const struct pool *pool);
void node_class_fini(struct node_class *node_class);

/* pool_nodes_limits.c. The first decodes limits; `target` is a struct pool_nodes. The second resolves the limits of
 * slices. */
void decode_limits(const struct node *node, void *target);
void limits_check(const struct node *nodes, struct pool *pool);

/* pool_nodes.c: decodes an array of values that Karpenter knows for a label of nodes, without duplicates. */
void decode_label_values(const struct node *node, const char *label, struct strlist *values);

#endif
