/* Converts `kubectl label node` lines: the labels of a node are lost with it, so they become labels of a NodePool's
 * template. Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_NODE_LABELS_H
#define GPUSLICE_MIGRATE_NODE_LABELS_H

#include "migrate/work.h"

/* Converts one line. Call it after the NodePools are made. A MIG configuration that fits no pool, but exactly one GPU
 * of the table, gets a NodePool of its own. */
void node_labels_convert(struct migration *migration, const struct source_command *command);

#endif
