/* Pods that exist: `kubectl get pod -o yaml` shows a pod with what the API server, the scheduler and we have written
 * into it. Commands judge such a pod as it was at its creation. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* True if the manifest of a pod is that of one that exists: it has a uid or a status. */
bool existing_is(const json_t *pod);

/* Returns a copy of the pod as it was at its creation: without status, node, what only the API server sets in its
 * metadata, and what the scheduler and the admission plugins ServiceAccount, DefaultTolerationSeconds and Priority add.
 * Defaults, which an author could have written as well, stay. Our own
 * edits stay as well, with the record that names them. Returns NULL if out of memory. */
json_t *existing_at_creation(const json_t *pod);
