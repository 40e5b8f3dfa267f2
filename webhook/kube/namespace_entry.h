/* The part of a namespace that a review needs, in a single allocation with a reference count. */
#pragma once

#include "base/refs.h"
#include "policy/namespaces.h"

#include <stdint.h>

/* Immutable once it is in the store, except for refs, sync and next. */
struct namespace_entry {
    struct namespace_info info; /* its strings and arrays follow the struct in memory */
    struct refs refs;
    uint32_t hash;                          /* of the name */
    uint64_t revision;                      /* metadata.resourceVersion; 0 if that is not a number */
    int64_t added_ns;                       /* CLOCK_MONOTONIC when the watch reported it as new; 0: it did not */
    uint32_t sync;                          /* used by the store's writer: the last sync that put or kept it */
    _Atomic(struct namespace_entry *) next; /* used by the store */
};

/* Creates an entry from an object's metadata (meta/v1 ObjectMeta), with all labels and the annotations below
 * gpuslice.dev/. Errors: ERR_INVALID (not an object, no valid name, a label or annotation that is not a string),
 * ERR_NOMEM. */
MUST_CHECK int namespace_entry_new(const json_t *metadata, struct namespace_entry **ret_entry, struct err *err);

struct namespace_entry *namespace_entry_ref(struct namespace_entry *entry);
void namespace_entry_unref(struct namespace_entry *entry);

/* Returns metadata.resourceVersion as a number; 0 if it is absent or not a number. */
uint64_t namespace_entry_revision_of(const json_t *metadata);

uint32_t namespace_entry_hash(const char *name);

DEFINE_AUTO(namespace_entry, struct namespace_entry *, namespace_entry_unref);
