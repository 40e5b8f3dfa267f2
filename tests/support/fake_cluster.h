/* A fake API server that stores objects by path: with resource versions that count up, compare-and-swap on PUT, JSON
 * patches, and the failures that a test orders. Thread-safe. */
#pragma once

#include "tests/support/fake_api.h"

#include <jansson.h>
#include <time.h>

struct fake_cluster;

struct fake_cluster *fake_cluster_new(void);
void fake_cluster_free(struct fake_cluster *cluster);

const char *fake_cluster_server(const struct fake_cluster *cluster);
/* Returns the text of a kubeconfig for the cluster; free() it. */
char *fake_cluster_kubeconfig(const struct fake_cluster *cluster);

/* Puts an object at its path ("/api/v1/namespaces/a/secrets/b"), as another client would. `object` is JSON text; NULL
 * removes the object. */
void fake_cluster_put(struct fake_cluster *cluster, const char *path, const char *object);
/* Returns a copy of the object, or NULL if there is none. */
json_t *fake_cluster_get(struct fake_cluster *cluster, const char *path);

/* From now on, requests of that method (NULL for all) whose target contains `part` get this HTTP status; if it
 * is 0, the connection is closed instead. Replaces the previous order; a `part` of NULL ends it. */
void fake_cluster_order(struct fake_cluster *cluster, const char *method, const char *part, unsigned status);

/* Before each of the next `times` writes whose target contains `part`, gives the object a new resource version, so that
 * a write that depends on the old one conflicts. */
void fake_cluster_race(struct fake_cluster *cluster, const char *part, unsigned times);

/* From now on, the Date header is the machine's time plus `seconds`. */
void fake_cluster_shift_clock(struct fake_cluster *cluster, int64_t seconds);

/* The first returns the number of requests of a method (NULL for all) whose target contains `part`, the second how many
 * of them were answered 200 or 201. */
unsigned fake_cluster_requests(struct fake_cluster *cluster, const char *method, const char *part);
unsigned fake_cluster_done(struct fake_cluster *cluster, const char *method, const char *part);

DEFINE_AUTO(fake_cluster, struct fake_cluster *, fake_cluster_free);
