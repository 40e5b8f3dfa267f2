/* Combines store, watch and lookup. Does not depend on HTTP or JSON. */
#include "kube/cluster_namespaces.h"

#include "base/clock.h"
#include "base/units.h"

#include <inttypes.h>
#include <string.h>

enum { RECENT_MS = 2000 };

struct cluster_namespaces {
    struct access access;
    int64_t recent_ns;
    struct client *client;
    struct namespace_store *store;
    struct live_lookup *lookup;
    struct namespace_watch *watch;
};

int cluster_namespaces_new(const struct cluster_namespaces_options *options, struct access *access,
                           struct cluster_namespaces **ret_cluster, struct err *err)
{
    AUTO(access) taken = TAKE(*access);
    AUTO(cluster_namespaces) cluster = calloc(1, sizeof(*cluster));
    if (!cluster)
        return err_nomem(err);

    cluster->access = TAKE(taken);
    cluster->recent_ns = (int64_t)(options->recent_ms ? options->recent_ms : RECENT_MS) * NS_PER_MS;
    if (client_new(&cluster->access, &cluster->client, err) < 0 || namespace_store_new(&cluster->store, err) < 0 ||
        live_lookup_new(&options->lookup, cluster->client, &cluster->lookup, err) < 0 ||
        namespace_watch_new(&options->watch, cluster->client, cluster->store, &cluster->watch, err) < 0)
        return -1;

    *ret_cluster = TAKE(cluster);
    return 0;
}

int cluster_namespaces_start(struct cluster_namespaces *cluster, struct err *err)
{
    return namespace_watch_start(cluster->watch, err);
}

void cluster_namespaces_free(struct cluster_namespaces *cluster)
{
    if (!cluster)
        return;
    namespace_watch_free(cluster->watch);
    live_lookup_free(cluster->lookup);
    namespace_store_free(cluster->store);
    client_free(cluster->client);
    access_fini(&cluster->access);
    free(cluster);
}

/* -- The source -- */

static void release_entry(void *entry)
{
    namespace_entry_unref(entry);
}

static bool is_recent(const struct cluster_namespaces *cluster, const struct namespace_entry *entry)
{
    return entry->added_ns && clock_monotonic_ns() - entry->added_ns < cluster->recent_ns;
}

static int report_unknown(const char *name, struct err *err)
{
    if (err->code == ERR_NOMEM)
        return -1;
    err->code = ERR_UNAVAILABLE; /* the pod is not invalid, whatever the cause */
    return err_wrap(err, "namespace \"%.100s\" is not known", name);
}

static int cluster_find_namespace(void *context, const char *name, int64_t deadline_ns, struct namespace_ref *ret_ref,
                                  struct err *err)
{
    const struct cluster_namespaces *cluster = context;
    AUTO(namespace_entry) entry = namespace_store_find(cluster->store, name);
    if (!entry || is_recent(cluster, entry)) {
        struct namespace_entry *live = NULL;
        struct err fault;
        if (live_lookup_get(cluster->lookup, name, deadline_ns, &live, &fault) == 0) {
            namespace_entry_unref(entry);
            entry = live;
        } else if (!entry) { /* an entry that may be outdated is better than none */
            *err = fault;
            return report_unknown(name, err);
        }
    }

    *ret_ref = (struct namespace_ref){.info = &entry->info, .held = entry, .release = release_entry};
    entry = NULL; /* *ret_ref owns the reference now */
    return 0;
}

struct namespace_source cluster_namespaces_source(struct cluster_namespaces *cluster)
{
    return (struct namespace_source){.find = cluster_find_namespace, .context = cluster};
}

/* -- Status -- */

bool cluster_namespaces_check(void *context, struct buf *ret_note)
{
    struct cluster_namespaces *cluster = context;
    struct namespace_watch_facts facts = namespace_watch_facts(cluster->watch);
    const char *origin = cluster->access.origin ? cluster->access.origin : cluster->access.server;
    if (facts.synced)
        buf_addf(ret_note, "%zu from %s", facts.count, cluster->access.server);
    else
        buf_addf(ret_note, "not all are known yet, %zu from %s (%s)", facts.count, cluster->access.server, origin);
    if (facts.last_event_ns)
        buf_addf(ret_note, ", last event %" PRId64 " s ago", (clock_monotonic_ns() - facts.last_event_ns) / NS_PER_S);
    if (facts.fault[0])
        buf_addf(ret_note, "; %s: %s", facts.following ? "followed again after" : "not followed now", facts.fault);
    return facts.synced;
}

struct namespace_watch_facts cluster_namespaces_facts(struct cluster_namespaces *cluster)
{
    return namespace_watch_facts(cluster->watch);
}

struct live_lookup_facts cluster_namespaces_lookups(struct cluster_namespaces *cluster)
{
    return live_lookup_facts(cluster->lookup);
}
