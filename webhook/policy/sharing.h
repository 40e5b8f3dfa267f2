/* spec.sharing of a SlicePool: how each GPU is shared or partitioned. Private to policy/. */
#pragma once

#include "policy/pool.h"

/* Decodes the member sharing of `spec` into the members sharing, replicas, rename, strategy and layout of the pool.
 * What depends on the GPU is checked only if pool->gpu is not NULL. `gpus` is for suggestions. Sources:
 * k8s-device-plugin v0.20.0 api/config/v1/{sharing,replicas}.go and internal/plugin/mps.go; MIG user guide. */
void sharing_decode(const struct node *spec, const struct gpu_table *gpus, struct pool *pool);

/* Adds the names of the profiles in the pool's layout: "1g.5gb, 2g.10gb". */
void sharing_profiles_text(const struct pool *pool, struct buf *out);
