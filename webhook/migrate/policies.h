/* Makes SlicePools, SliceClasses and a SlicePolicy equivalent to the NodePools of the migration. Private to migrate/.
 */
#pragma once

#include "migrate/pool_gpus.h"

/* Adds the policies to the outputs and hides all earlier outputs. Reports NodePools without a GPU, with several kinds
 * of GPU, or with an unknown layout, which get no SlicePool. */
void policies_from_pools(struct migration *migration);

/* Reports what happens to a field of the NodePool, at its position if the NodePool is one of today. */
void policy_report(struct migration *migration, const struct pool_draft *pool, struct node field, enum fate fate,
                   const char *format, ...) PRINTF(5, 6);
/* Returns the field of a NodePool of today; no value for other NodePools. */
struct node policy_field(const struct pool_draft *pool, const char *const path[]);

/* -- policy_sources.c -- */

/* Takes NodePools, EC2NodeClasses and NodeOverlays of today, and Helm values of NVIDIA's charts, so that they do not
 * pass through. */
void policy_sources_take(struct migration *migration);
/* Reports the node classes and overlays that no SlicePool uses (source_object.used). */
void policy_sources_report(struct migration *migration);
bool policy_source_is_overlay(const struct source_object *object);

/* -- policy_overlays.c -- */

/* Like pool_slicing(). For a NodePool of today, also uses the operator's default configuration and the NodeOverlays,
 * and reports where they disagree. */
void policy_slicing(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                    struct slicing *ret_slicing);
/* True if a NodeOverlay of the input applies to an instance type of the NodePool. */
bool policy_has_overlays(const struct migration *migration, const struct pool_draft *pool,
                         const struct pool_gpus *gpus);
/* Adds the prices of overlays to the SlicePool, and reports what else they set. */
void policy_overlays_put(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                         const struct slicing *slicing, json_t *slice_pool);

/* -- policy_nodes.c -- */

/* Adds spec.nodes (docs/policies.md) to the SlicePool, from a NodePool and its EC2NodeClass. Reports what a SlicePool
 * cannot express. */
void policy_nodes_put(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                      const struct slicing *slicing, json_t *slice_pool);
