/* Namespaces for a laptop, where none are given: a pod's own namespace counts as one that has opted in. */
#ifndef GPUSLICE_OFFLINE_ASSUMED_NAMESPACES_H
#define GPUSLICE_OFFLINE_ASSUMED_NAMESPACES_H

#include "policy/namespaces.h"

/* A snapshot of one namespace of that name with the label gpuslice.dev/inject: enabled and nothing else. Errors:
 * ERR_NOMEM. */
MUST_CHECK int assumed_namespaces_new(const char *name, struct namespaces **ret_namespaces, struct err *err);

#endif
