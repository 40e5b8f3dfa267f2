/* Namespaces for a laptop: those of a file, or where none are given a pod's own namespace as one that has opted in. */
#ifndef GPUSLICE_OFFLINE_NAMESPACES_H
#define GPUSLICE_OFFLINE_NAMESPACES_H

#include "policy/namespace_source.h"

/* A source of those of `namespaces`, which must outlive what is found. NULL: each name is found, with the label
 * gpuslice.dev/inject: enabled and nothing else. */
struct namespace_source offline_namespaces(struct namespaces *namespaces);

#endif
