/* The namespaces of a cluster, by name. There may be any number of readers, which never wait, and one writer: the
 * watch.
 *
 * The store is a hash table of immutable entries, so that an event replaces a single entry, however many there are. */
#pragma once

#include "kube/namespace_entry.h"

struct namespace_store;

/* Errors: ERR_NOMEM. */
MUST_CHECK int namespace_store_new(struct namespace_store **ret_store, struct err *err);
void namespace_store_free(struct namespace_store *store);

/* Returns a new reference, or NULL if the store has no such namespace. */
struct namespace_entry *namespace_store_find(struct namespace_store *store, const char *name);
size_t namespace_store_count(const struct namespace_store *store);

/* -- For the writer -- */

/* Between the begin and the end of a sync, the writer puts or keeps everything that exists. namespace_store_end_sync()
 * removes all other entries and returns their number. A second begin without an end discards the current sync. */
void namespace_store_begin_sync(struct namespace_store *store);
size_t namespace_store_end_sync(struct namespace_store *store);

/* Takes over the entry. If it replaces an entry of the same name, it gets that one's `added_ns`. */
void namespace_store_put(struct namespace_store *store, struct namespace_entry *entry);

/* If the store has the namespace in this revision (not 0), keeps it through the current sync and returns true; it need
 * not be put then. */
bool namespace_store_keep(struct namespace_store *store, const char *name, uint64_t revision);

void namespace_store_remove(struct namespace_store *store, const char *name);

DEFINE_AUTO(namespace_store, struct namespace_store *, namespace_store_free);
