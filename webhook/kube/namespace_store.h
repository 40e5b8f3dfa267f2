/* The namespaces of a cluster, by name. There may be any number of readers, which never wait, and one writer, the
 * watch.
 *
 * A hash table of immutable entries: an event replaces a single entry, however many there are. */
#ifndef GPUSLICE_KUBE_NAMESPACE_STORE_H
#define GPUSLICE_KUBE_NAMESPACE_STORE_H

#include "kube/namespace_entry.h"

struct namespace_store;

MUST_CHECK int namespace_store_new(struct namespace_store **ret_store, struct err *err);
void namespace_store_free(struct namespace_store *store);

/* Returns a new reference, or NULL if there is none. */
struct namespace_entry *namespace_store_find(struct namespace_store *store, const char *name);
size_t namespace_store_count(const struct namespace_store *store);

/* -- For the writer -- */

/* Between the begin and the end of a sync everything that exists is put or kept; the end removes the rest and returns
 * its number. A second begin without an end discards the current sync. */
void namespace_store_begin_sync(struct namespace_store *store);
size_t namespace_store_end_sync(struct namespace_store *store);

/* Takes over the entry. Replaces an entry of that name, whose `added_ns` is kept. */
void namespace_store_put(struct namespace_store *store, struct namespace_entry *entry);

/* True if this revision (not 0) is already there, so that it need not be put. */
bool namespace_store_keep(struct namespace_store *store, const char *name, uint64_t revision);

void namespace_store_remove(struct namespace_store *store, const char *name);

DEFINE_AUTO(namespace_store, struct namespace_store *, namespace_store_free);

#endif
