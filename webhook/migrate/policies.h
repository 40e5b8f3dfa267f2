/* Makes SlicePools, SliceClasses and a SlicePolicy equivalent to the NodePools of the migration. Private to migrate/.
 */
#pragma once

#include "migrate/pool_gpus.h"

/* Adds the policies to the outputs and hides all earlier outputs. Reports NodePools without a GPU, with several kinds
 * of GPU, or with an unknown layout, which get no SlicePool. */
void policies_from_pools(struct migration *migration);

/* -- policy_nodes.c -- */

/* Adds spec.nodes (docs/policies.md) to the SlicePool, from a NodePool and its EC2NodeClass. Reports what a SlicePool
 * cannot express. */
void policy_nodes_put(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                      const struct slicing *slicing, json_t *slice_pool);
