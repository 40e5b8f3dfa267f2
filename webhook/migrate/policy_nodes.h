/* Makes spec.nodes of a SlicePool from a NodePool and its EC2NodeClass. Private to migrate/. Shape: docs/policies.md.
 */
#ifndef GPUSLICE_MIGRATE_POLICY_NODES_H
#define GPUSLICE_MIGRATE_POLICY_NODES_H

#include "migrate/pool_gpus.h"

/* Adds spec.nodes to the SlicePool, and reports what a SlicePool cannot express. */
void policy_nodes_put(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                      const struct cut *cut, json_t *slice_pool);

#endif
