/* Makes SlicePools, SliceClasses and a SlicePolicy equivalent to the NodePools of the migration. Private to migrate/.
 */
#ifndef GPUSLICE_MIGRATE_POLICIES_H
#define GPUSLICE_MIGRATE_POLICIES_H

#include "migrate/work.h"

/* Adds the policies to the outputs and hides all earlier outputs. Reports NodePools without a GPU, with several kinds
 * of GPU, or with an unknown layout, which get no SlicePool. */
void policies_from_pools(struct migration *migration);

#endif
