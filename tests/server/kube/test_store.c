/* kube/namespace_store: one writer and several readers at once, mainly for ThreadSanitizer and AddressSanitizer. */
#include "tests/support/kube_fixture.h"

#include <stdatomic.h>

enum { READERS = 4, NAMES = 64, ROUNDS = 20000 };

struct fixture {
    struct namespace_store *store;
    atomic_bool over;
    atomic_uint found;
};

/* The entry's annotation equals its revision: if a reader sees them differ, the entry is torn. */
static struct namespace_entry *entry_of(unsigned number, unsigned revision)
{
    char text[256];
    struct namespace_entry *entry = NULL;
    struct err err;
    (void)snprintf(text, sizeof(text),
                   JSON({"name":"n%u","resourceVersion":"%u","annotations":{"gpuslice.dev/class":"%u"}}), number,
                   revision, revision);
    AUTO(json) metadata = json_loads(text, 0, NULL);
    kube_must(namespace_entry_new(metadata, &entry, &err), &err);
    return entry;
}

static void *read_all(void *context)
{
    struct fixture *fixture = context;
    for (unsigned i = 0; !atomic_load(&fixture->over); i++) {
        char name[16];
        char revision[16];
        (void)snprintf(name, sizeof(name), "n%u", i % NAMES);
        AUTO(namespace_entry) entry = namespace_store_find(fixture->store, name);
        if (!entry)
            continue;
        (void)snprintf(revision, sizeof(revision), "%u", (unsigned)entry->revision);
        if (strcmp(entry->info.name, name) != 0 ||
            strcmp(keyvalues_get(&entry->info.annotations, "gpuslice.dev/class"), revision) != 0)
            abort();
        (void)atomic_fetch_add(&fixture->found, 1);
    }
    return NULL;
}

static void write_round(struct namespace_store *store, unsigned round)
{
    char name[16];
    unsigned number = round * 7 % NAMES;
    (void)snprintf(name, sizeof(name), "n%u", number);
    if (round % 5 == 4)
        namespace_store_remove(store, name);
    else
        namespace_store_put(store, entry_of(number, round));
    if (round % 1000 != 999)
        return;
    namespace_store_begin_sync(store);
    for (unsigned i = 0; i < NAMES / 2; i++)
        namespace_store_put(store, entry_of(i, round));
    (void)namespace_store_end_sync(store);
    assert_int_equal(namespace_store_count(store), NAMES / 2);
}

TEST(readers__while_a_writer_changes_entries__see_whole_ones)
{
    static struct fixture fixture;
    pthread_t threads[READERS];
    struct err err;
    kube_must(namespace_store_new(&fixture.store, &err), &err);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all, &fixture), 0);
    for (unsigned round = 0; round < ROUNDS; round++)
        write_round(fixture.store, round);
    while (atomic_load(&fixture.found) == 0) /* on a busy machine the readers may not have found anything yet */
        (void)sched_yield();
    atomic_store(&fixture.over, true);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    namespace_store_free(fixture.store);
}

TEST(entry__that_is_replaced__is_valid_while_referenced)
{
    AUTO(namespace_store) store = NULL;
    struct err err;
    kube_must(namespace_store_new(&store, &err), &err);
    namespace_store_put(store, entry_of(1, 10));
    AUTO(namespace_entry) held = namespace_store_find(store, "n1");
    namespace_store_put(store, entry_of(1, 11));
    AUTO(namespace_entry) fresh = namespace_store_find(store, "n1");
    namespace_store_remove(store, "n1");
    assert_string_equal(keyvalues_get(&held->info.annotations, "gpuslice.dev/class"), "10");
    assert_string_equal(keyvalues_get(&fresh->info.annotations, "gpuslice.dev/class"), "11");
    assert_null(namespace_store_find(store, "n1"));
    assert_int_equal(namespace_store_count(store), 0);
}

TEST(sync__entries_neither_put_nor_kept__are_removed)
{
    AUTO(namespace_store) store = NULL;
    struct err err;
    kube_must(namespace_store_new(&store, &err), &err);
    for (unsigned i = 0; i < 4; i++)
        namespace_store_put(store, entry_of(i, 10));
    namespace_store_begin_sync(store);
    assert_true(namespace_store_keep(store, "n0", 10));
    assert_false(namespace_store_keep(store, "n1", 11)); /* another revision: it must be put */
    namespace_store_put(store, entry_of(1, 11));
    assert_false(namespace_store_keep(store, "n9", 10));
    assert_false(namespace_store_keep(store, "n2", 0));
    assert_int_equal(namespace_store_end_sync(store), 2);
    assert_int_equal(namespace_store_count(store), 2);
    assert_null(namespace_store_find(store, "n2"));
}
