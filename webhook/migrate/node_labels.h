/* `kubectl label node` lines: labels of a node go with the node, so they become labels of a NodePool's template.
 * Private to migrate/. */
#ifndef GPUSLICE_MIGRATE_NODE_LABELS_H
#define GPUSLICE_MIGRATE_NODE_LABELS_H

#include "migrate/work.h"

/* After the NodePools are made. A MIG configuration that no pool's GPU can take, but exactly one GPU of the table can,
 * gets a NodePool of its own. */
void node_labels_convert(struct migration *migration, const struct source_command *command);

#endif
