/* The namespaces of a cluster as a source for reviews: the watch's store, and a live request for what the watch may not
 * have reported yet: a namespace that is not in the store, or one that was created within the last two seconds, whose
 * labels and annotations may still be being written.
 *
 *   cluster_namespaces_new(&options, &access, &cluster, err)   takes over the access
 *   engine_set_source(engine, cluster_namespaces_source(cluster))
 *   cluster_namespaces_start(cluster, err)
 *
 * A known namespace is answered from the store even if the API server is unreachable. An unknown one is then
 * ERR_UNAVAILABLE: an HTTP 500, so that failurePolicy decides. */
#ifndef GPUSLICE_KUBE_CLUSTER_NAMESPACES_H
#define GPUSLICE_KUBE_CLUSTER_NAMESPACES_H

#include "kube/live_lookup.h"
#include "kube/namespace_watch.h"
#include "policy/namespace_source.h"

struct cluster_namespaces_options {
    struct namespace_watch_options watch;
    struct live_lookup_options lookup;
    unsigned recent_ms; /* how long a new namespace is looked up live: 2000 */
};

struct cluster_namespaces;

/* Takes over the content of `access` and empties it, even on failure. Errors: those of client_new(), ERR_IO. */
MUST_CHECK int cluster_namespaces_new(const struct cluster_namespaces_options *options, struct access *access,
                                      struct cluster_namespaces **ret_cluster, struct err *err);
/* Starts the watch. Errors: ERR_IO. */
MUST_CHECK int cluster_namespaces_start(struct cluster_namespaces *cluster, struct err *err);
/* Call it when no thread uses its source any more. */
void cluster_namespaces_free(struct cluster_namespaces *cluster);

/* Returns a source that is valid as long as the cluster. It can be used before the start and before everything is
 * known. */
struct namespace_source cluster_namespaces_source(struct cluster_namespaces *cluster);

/* For /readyz (a health_check_fn): ready once all namespaces have been known. */
bool cluster_namespaces_check(void *cluster, struct buf *ret_note);

struct namespace_watch_facts cluster_namespaces_facts(struct cluster_namespaces *cluster);
struct live_lookup_facts cluster_namespaces_lookups(struct cluster_namespaces *cluster);

DEFINE_AUTO(cluster_namespaces, struct cluster_namespaces *, cluster_namespaces_free);

#endif
