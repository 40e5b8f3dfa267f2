/* The namespaces of a cluster as a source for reviews: the watch's store, and a live request for what the watch may not
 * have told yet. That is a namespace that is not in the store, and one that was made within the last two seconds, whose
 * labels and annotations may just be being written.
 *
 *   cluster_namespaces_new(&options, &access, &cluster, err)   takes the access over
 *   engine_set_source(engine, cluster_namespaces_source(cluster))
 *   cluster_namespaces_start(cluster, err)
 *
 * A namespace that is known is answered from the store whatever becomes of the API server; one that is not known, while
 * the server cannot be asked, is ERR_UNAVAILABLE: an HTTP 500, so that failurePolicy decides. */
#ifndef GPUSLICE_KUBE_CLUSTER_NAMESPACES_H
#define GPUSLICE_KUBE_CLUSTER_NAMESPACES_H

#include "kube/live_lookup.h"
#include "kube/namespace_watch.h"
#include "policy/namespace_source.h"

struct cluster_namespaces_options {
    struct namespace_watch_options watch;
    struct live_lookup_options lookup;
    unsigned young_ms; /* how long a new namespace is asked for live: 2000 */
};

struct cluster_namespaces;

/* Takes what `access` holds over, and empties it; on failure too. Errors: ERR_NOMEM, ERR_IO, ERR_INVALID. */
MUST_CHECK int cluster_namespaces_new(const struct cluster_namespaces_options *options, struct access *access,
                                      struct cluster_namespaces **ret_cluster, struct err *err);
/* Begins to watch. Errors: ERR_IO. */
MUST_CHECK int cluster_namespaces_start(struct cluster_namespaces *cluster, struct err *err);
/* Nobody may be in its source any more. */
void cluster_namespaces_free(struct cluster_namespaces *cluster);

/* Valid as long as the cluster. Usable before the start, and before everything is known. */
struct namespace_source cluster_namespaces_source(struct cluster_namespaces *cluster);

/* For /readyz (a health_check_fn): ready as soon as all namespaces were known once. */
bool cluster_namespaces_check(void *cluster, struct buf *ret_note);

struct namespace_watch_facts cluster_namespaces_facts(struct cluster_namespaces *cluster);
struct live_lookup_facts cluster_namespaces_lookups(struct cluster_namespaces *cluster);

DEFINE_AUTO(cluster_namespaces, struct cluster_namespaces *, cluster_namespaces_free);

#endif
