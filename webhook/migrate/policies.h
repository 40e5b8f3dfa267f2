/* SlicePools, SliceClasses and a SlicePolicy that say what the NodePools of the migration say. Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_POLICIES_H
#define GPUSLICE_MIGRATE_POLICIES_H

#include "migrate/work.h"

/* Replaces the outputs. Pools without a GPU, or of which it is not known how they are cut, are reported. */
void policies_from_pools(struct migration *migration);

#endif
