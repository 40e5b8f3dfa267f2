/* A fake API server that keeps objects: Secrets and webhook configurations, with resource versions that count up,
 * compare-and-swap on PUT, JSON patches, and the refusals that a test orders. Thread-safe. */
#ifndef GPUSLICE_TESTS_SUPPORT_FAKE_CLUSTER_H
#define GPUSLICE_TESTS_SUPPORT_FAKE_CLUSTER_H

#include "tests/support/fake_api.h"

#include <jansson.h>
#include <time.h>

struct fake_cluster;

struct fake_cluster *fake_cluster_new(void);
void fake_cluster_free(struct fake_cluster *cluster);

const char *fake_cluster_server(const struct fake_cluster *cluster);
/* The text of a kubeconfig for it; free() it. */
char *fake_cluster_kubeconfig(const struct fake_cluster *cluster);

/* Puts an object at its path ("/api/v1/namespaces/a/secrets/b"), as somebody else would; JSON text. NULL removes it. */
void fake_cluster_put(struct fake_cluster *cluster, const char *path, const char *object);
/* The object, a new reference; NULL: there is none. */
json_t *fake_cluster_get(struct fake_cluster *cluster, const char *path);

/* From now on requests of that method (NULL: all) whose target contains `part` are answered so: an HTTP status, or 0
 * for a cut connection. Replaces the last order; part NULL ends it. */
void fake_cluster_order(struct fake_cluster *cluster, const char *method, const char *part, unsigned status);

/* Before the next write that succeeds otherwise, somebody else changes the object: it conflicts. So many times. */
void fake_cluster_race(struct fake_cluster *cluster, const char *part, unsigned times);

/* What the Date header says from now on: the machine's time and so much. */
void fake_cluster_shift_clock(struct fake_cluster *cluster, int64_t seconds);

/* Requests of a method (NULL: all) whose target contains `part`, and how many of them were answered 200 or 201. */
unsigned fake_cluster_requests(struct fake_cluster *cluster, const char *method, const char *part);
unsigned fake_cluster_done(struct fake_cluster *cluster, const char *method, const char *part);

DEFINE_AUTO(fake_cluster, struct fake_cluster *, fake_cluster_free);

#endif
