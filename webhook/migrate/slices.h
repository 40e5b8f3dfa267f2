/* What a NodePool needs because its GPUs are cut: the labels that cut them, NodeOverlays, limits in slices.
 * Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_SLICES_H
#define GPUSLICE_MIGRATE_SLICES_H

#include "migrate/rules.h"

/* Gives the pools the label of the input's only sharing configuration, where it is meant for them. */
void slices_label_pools(struct migration *migration);
/* Overlays and limits of all pools; after the labels are there. */
void slices_finish_pools(struct migration *migration);

#endif
