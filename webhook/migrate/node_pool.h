/* Makes a NodePool of karpenter.sh/v1 from a Provisioner, from a NodeTemplate of old guides that no Provisioner uses,
 * or from a NodePool of v1beta1. Private to migrate/. */
#pragma once

#include "migrate/rules.h"

/* Source: karpenter.sh/v1alpha5, which added os, arch, capacity type and instance categories by default. */
void node_pool_from_provisioner(struct migration *migration, struct source_object *object);
void node_pool_from_beta(struct migration *migration, struct source_object *object);
/* Does nothing if a Provisioner has used the template, or if it describes no nodes. */
void node_pool_from_template(struct migration *migration, struct source_object *object);

/* Adds a NodePool to the result. Returns NULL when out of memory. */
struct pool_draft *node_pool_add(struct migration *migration, const char *name);
/* Adds the NodePool that the object becomes, and reports it if the result already has one of that name. Returns NULL
 * when out of memory. */
struct pool_draft *node_pool_new(struct migration *migration, struct source_object *object);
/* Returns the NodePool of that name, or NULL. `name` ends at a comma or at its NUL. */
struct pool_draft *node_pool_find(const struct migration *migration, const char *name);
void node_pool_set_class(struct migration *migration, struct pool_draft *pool, const char *class_name);

/* If the NodePool has no value at `path`, writes `value` there, and adds it with the reason to the comments and the
 * report. */
void node_pool_default(struct migration *migration, struct pool_draft *pool, const char *path, const char *value,
                       const char *why);

/* Reports the nodeClassRef of the new NodePool. */
void rule_class_ref(struct draft *draft, const struct node *node, const struct rule *rule);
/* Converts all limits but that of nvidia.com/gpu, which slices.c converts. */
void rule_pool_limits(struct draft *draft, const struct node *node, const struct rule *rule);

/* -- node_labels.c -- */

/* Converts a `kubectl label node` line: the labels of a node are lost with it, so they become labels of a NodePool's
 * template. Call it after the NodePools are made. A MIG configuration that fits no pool, but exactly one GPU of the
 * table, gets a NodePool of its own. */
void node_labels_convert(struct migration *migration, const struct source_command *command);

/* -- slices.c: what NodePools with shared or partitioned GPUs need -- */

/* Adds the label of the input's only sharing configuration to the pools that it is meant for, and marks the
 * configurations that pools select. */
void slices_label_pools(struct migration *migration);
/* Adds the overlays of all pools and the operator's MIG strategy, and converts the limits of nvidia.com/gpu. Call it
 * after the labels are added. */
void slices_finish_pools(struct migration *migration);
