/* One namespace as the API server has it: what a review needs, in one piece of memory, shared by reference count. */
#ifndef GPUSLICE_KUBE_NAMESPACE_ENTRY_H
#define GPUSLICE_KUBE_NAMESPACE_ENTRY_H

#include "base/refs.h"
#include "policy/namespaces.h"

#include <stdint.h>

/* Never changes once it was made, but for the members that are the store's. */
struct namespace_entry {
    struct namespace_info info; /* its strings and arrays lie behind the struct */
    struct refs refs;
    uint32_t hash;     /* of the name */
    uint64_t revision; /* metadata.resourceVersion; 0 if that is no number */
    int64_t news_ns;   /* CLOCK_MONOTONIC when a watch told of it as new; 0: it was there before, or is no news */
    uint32_t sync;     /* the store's writer: the last sync that saw it */
    _Atomic(struct namespace_entry *) next; /* the store's */
};

/* From the metadata of an object (meta/v1 ObjectMeta): all labels, and the annotations of gpuslice.dev/.
 * Errors: ERR_INVALID (no object, no name, values that are no strings), ERR_NOMEM. */
MUST_CHECK int namespace_entry_new(const json_t *metadata, struct namespace_entry **ret_entry, struct err *err);

struct namespace_entry *namespace_entry_ref(struct namespace_entry *entry);
void namespace_entry_unref(struct namespace_entry *entry);

/* metadata.resourceVersion as a number; 0 if it is absent or none. */
uint64_t namespace_entry_revision_of(const json_t *metadata);

uint32_t namespace_entry_hash(const char *name);

DEFINE_AUTO(namespace_entry, struct namespace_entry *, namespace_entry_unref);

#endif
