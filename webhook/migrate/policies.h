/* SlicePools, SliceClasses and a SlicePolicy equivalent to the NodePools of the migration. Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_POLICIES_H
#define GPUSLICE_MIGRATE_POLICIES_H

#include "migrate/work.h"

/* Replaces the outputs. Reports pools without a GPU, and pools with an unknown layout. */
void policies_from_pools(struct migration *migration);

#endif
