/* The hash table. Does not depend on the network. Only the watch writes to it. */
#include "kube/namespace_store.h"

#include "kube/readers.h"

#include <string.h>

enum { BUCKETS = 16384 }; /* 128 KiB; with 100,000 namespaces, chains have six entries on average */

struct namespace_store {
    struct readers readers;
    atomic_size_t count;
    uint32_t sync; /* used by the writer */
    _Atomic(struct namespace_entry *) buckets[BUCKETS];
};

typedef _Atomic(struct namespace_entry *) entry_link;

int namespace_store_new(struct namespace_store **ret_store, struct err *err)
{
    struct namespace_store *store = calloc(1, sizeof(*store));
    if (!store)
        return err_nomem(err);
    *ret_store = store;
    return 0;
}

void namespace_store_free(struct namespace_store *store)
{
    for (size_t i = 0; store && i < BUCKETS; i++) {
        struct namespace_entry *entry = atomic_load(&store->buckets[i]);
        while (entry) {
            struct namespace_entry *next = atomic_load(&entry->next);
            namespace_entry_unref(entry);
            entry = next;
        }
    }
    free(store);
}

static bool is_named(const struct namespace_entry *entry, uint32_t hash, const char *name)
{
    return entry->hash == hash && strcmp(entry->info.name, name) == 0;
}

struct namespace_entry *namespace_store_find(struct namespace_store *store, const char *name)
{
    uint32_t hash = namespace_entry_hash(name);
    unsigned side = readers_enter(&store->readers);
    struct namespace_entry *entry = atomic_load(&store->buckets[hash % BUCKETS]);
    while (entry && !is_named(entry, hash, name))
        entry = atomic_load(&entry->next);
    if (entry)
        (void)namespace_entry_ref(entry);
    readers_leave(&store->readers, side);
    return entry;
}

size_t namespace_store_count(const struct namespace_store *store)
{
    return atomic_load(&store->count);
}

/* Returns the link to the entry of that name, or the NULL link at the end of its chain. */
static entry_link *find_link(struct namespace_store *store, uint32_t hash, const char *name)
{
    entry_link *at = &store->buckets[hash % BUCKETS];
    struct namespace_entry *entry = atomic_load(at);
    while (entry && !is_named(entry, hash, name)) {
        at = &entry->next;
        entry = atomic_load(at);
    }
    return at;
}

/* Replaces `old` by `fresh`, or removes it if `fresh` is NULL. `old` keeps its link, so that readers that are at it
 * continue with its successor. */
static void replace(struct namespace_store *store, entry_link *at, struct namespace_entry *old,
                    struct namespace_entry *fresh)
{
    atomic_store(at, fresh ? fresh : atomic_load(&old->next));
    readers_wait(&store->readers);
    namespace_entry_unref(old);
}

void namespace_store_put(struct namespace_store *store, struct namespace_entry *entry)
{
    entry_link *at = find_link(store, entry->hash, entry->info.name);
    struct namespace_entry *old = atomic_load(at);
    entry->sync = store->sync;
    if (!old) {
        atomic_store(at, entry);
        (void)atomic_fetch_add(&store->count, 1);
        return;
    }
    entry->added_ns = old->added_ns;
    atomic_store(&entry->next, atomic_load(&old->next));
    replace(store, at, old, entry);
}

bool namespace_store_keep(struct namespace_store *store, const char *name, uint64_t revision)
{
    struct namespace_entry *entry = atomic_load(find_link(store, namespace_entry_hash(name), name));
    if (!entry || revision == 0 || entry->revision != revision)
        return false;
    entry->sync = store->sync;
    return true;
}

static void remove_at(struct namespace_store *store, entry_link *at)
{
    (void)atomic_fetch_sub(&store->count, 1);
    replace(store, at, atomic_load(at), NULL);
}

void namespace_store_remove(struct namespace_store *store, const char *name)
{
    entry_link *at = find_link(store, namespace_entry_hash(name), name);
    if (atomic_load(at))
        remove_at(store, at);
}

void namespace_store_begin_sync(struct namespace_store *store)
{
    store->sync++;
}

size_t namespace_store_end_sync(struct namespace_store *store)
{
    size_t removed = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        entry_link *at = &store->buckets[i];
        struct namespace_entry *entry;
        while ((entry = atomic_load(at))) {
            if (entry->sync == store->sync) {
                at = &entry->next;
            } else {
                remove_at(store, at);
                removed++;
            }
        }
    }

    return removed;
}
