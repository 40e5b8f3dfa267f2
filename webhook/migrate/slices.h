/* Adds what a NodePool with shared or partitioned GPUs needs: labels that select the layout, NodeOverlays, limits in
 * slices. Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_SLICES_H
#define GPUSLICE_MIGRATE_SLICES_H

#include "migrate/rules.h"

/* Adds the label of the input's only sharing configuration to the pools that it is meant for, and marks the
 * configurations that pools select. */
void slices_label_pools(struct migration *migration);
/* Adds overlays and converts the limits of all pools. Call it after the labels are added. */
void slices_finish_pools(struct migration *migration);

#endif
