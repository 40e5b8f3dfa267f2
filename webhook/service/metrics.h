/* The metrics of `serve`, and its page /metrics. docs/metrics.md lists them. No metric is labelled by pod or namespace,
 * and no label contains free text from a client: all values come from a fixed set or from the policies. Thread-safe;
 * nothing can fail after service_metrics_new(). */
#pragma once

#include "admission/engine.h"
#include "kube/live_lookup.h"
#include "serve/health.h"
#include "serve/server.h"
#include "service/cluster_certificates.h"

#include <time.h>

struct service_metrics;

/* Errors: ERR_NOMEM. */
MUST_CHECK int service_metrics_new(struct service_metrics **ret_metrics, struct err *err);
void service_metrics_free(struct service_metrics *metrics);

/* Returns the page for struct health_options. */
struct health_page service_metrics_page(struct service_metrics *metrics);

/* Count a review that was answered, and one that failed. `path` is the path of a route. */
void service_metrics_review(struct service_metrics *metrics, const char *path, const struct answer_facts *facts);
void service_metrics_review_failed(struct service_metrics *metrics, const char *path, const struct err *err);

/* Counts a finished request (server_options.observe). */
void service_metrics_request(struct service_metrics *metrics, const struct server_outcome *outcome);

/* Sets the server whose connections are counted. Call it before the health listener starts; the server must outlive the
 * listener. */
void service_metrics_set_server(struct service_metrics *metrics, struct server *server);

/* Counts a load of `what`: "policies", "namespaces", "certificate" or "client-ca". `now` is CLOCK_REALTIME. */
void service_metrics_load(struct service_metrics *metrics, const char *what, bool good, time_t now);

/* Set what is in use from now on. */
void service_metrics_set_policies(struct service_metrics *metrics, const struct policy_set *set);
void service_metrics_set_namespaces(struct service_metrics *metrics, size_t count);
void service_metrics_set_certificate(struct service_metrics *metrics, time_t not_after);
void service_metrics_set_ca(struct service_metrics *metrics, time_t not_after);

/* Count a write of the Secret, and a patch of a webhook configuration, successful or not. */
void service_metrics_rotation(struct service_metrics *metrics, enum rotation_step step, enum write_result result);
void service_metrics_patch(struct service_metrics *metrics, enum write_result result);

/* Notes that the namespace watch received something from the API server, and how many namespaces it knows now
 * (namespace_watch_options.heard). Before the first call, the page has no age of the watch. */
void service_metrics_watch_heard(void *metrics, size_t count);

/* Counts a lookup of one namespace at the API server (live_lookup_options.observe). */
void service_metrics_lookup(void *metrics, enum live_lookup_result result);

DEFINE_AUTO(service_metrics, struct service_metrics *, service_metrics_free);
