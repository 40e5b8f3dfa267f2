/* Namespaces without a cluster: those of a snapshot. Without a snapshot, every name is assumed to be that of a
 * namespace that is opted in. */
#pragma once

#include "policy/namespaces.h"

/* Returns a source that finds the namespaces in `namespaces`, which must outlive all references to them. If
 * `namespaces` is NULL, the source finds a namespace of every name, with only the label gpuslice.dev/inject:
 * enabled. */
struct namespace_source offline_namespaces(struct namespaces *namespaces);
