/* Namespaces without a cluster: those of a file, or if there is none, each pod's namespace as one that is opted in. */
#ifndef GPUSLICE_OFFLINE_NAMESPACES_H
#define GPUSLICE_OFFLINE_NAMESPACES_H

#include "policy/namespace_source.h"

/* Returns a source of `namespaces`, which must outlive whatever is found in it. NULL: every name is found, with the
 * label gpuslice.dev/inject: enabled and nothing else. */
struct namespace_source offline_namespaces(struct namespaces *namespaces);

#endif
