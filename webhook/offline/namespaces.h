/* Namespaces without a cluster: those of a file or, if there is none, namespaces that are assumed to be opted in. */
#ifndef GPUSLICE_OFFLINE_NAMESPACES_H
#define GPUSLICE_OFFLINE_NAMESPACES_H

#include "policy/namespace_source.h"

/* Returns a source of `namespaces`, which must outlive the references that it gives. If `namespaces` is NULL, every
 * name is found, with the label gpuslice.dev/inject: enabled and nothing else. */
struct namespace_source offline_namespaces(struct namespaces *namespaces);

#endif
