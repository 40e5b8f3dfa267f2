/* The namespaces of a cluster as a source for reviews. Most come from the watch's store. A namespace is looked up live
 * if it is not in the store, or if the watch reported it as new within the last two seconds, because its creator may
 * still be adding labels and annotations.
 *
 *   cluster_namespaces_new(&options, &access, &cluster, err)   takes over the access
 *   engine_set_source(engine, cluster_namespaces_source(cluster))
 *   cluster_namespaces_start(cluster, err)
 *
 * If the API server is unreachable, known namespaces still come from the store. An unknown one is ERR_UNAVAILABLE,
 * which becomes an HTTP 500, so that failurePolicy decides. */
#pragma once

#include "kube/live_lookup.h"
#include "kube/namespace_watch.h"
#include "policy/namespaces.h"

struct cluster_namespaces_options {
    struct namespace_watch_options watch;
    struct live_lookup_options lookup;
    unsigned recent_ms; /* how long a namespace is looked up live after the watch reported it as new; 0: 2000 */
};

struct cluster_namespaces;

/* Takes over the content of `access` and empties it, even on failure. Errors: those of client_new(), ERR_IO. */
MUST_CHECK int cluster_namespaces_new(const struct cluster_namespaces_options *options, struct access *access,
                                      struct cluster_namespaces **ret_cluster, struct err *err);
/* Starts the watch. Errors: ERR_IO. */
MUST_CHECK int cluster_namespaces_start(struct cluster_namespaces *cluster, struct err *err);
/* Call it when no thread uses the cluster's source any more. */
void cluster_namespaces_free(struct cluster_namespaces *cluster);

/* Returns a source that is valid as long as the cluster. It can be used before the watch has started and before it
 * knows all namespaces. */
struct namespace_source cluster_namespaces_source(struct cluster_namespaces *cluster);

/* For /readyz (a health_check_fn): true once all namespaces have been known at some time. */
bool cluster_namespaces_check(void *cluster, struct buf *ret_note);

struct namespace_watch_facts cluster_namespaces_facts(struct cluster_namespaces *cluster);
struct live_lookup_facts cluster_namespaces_lookups(struct cluster_namespaces *cluster);

DEFINE_AUTO(cluster_namespaces, struct cluster_namespaces *, cluster_namespaces_free);
