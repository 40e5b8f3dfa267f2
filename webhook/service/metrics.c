/* The table of metrics, and the source of each number. Does not depend on sockets or files. */
#include "service/metrics.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/units.h"
#include "base/version.h"
#include "serve/process.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct service_metrics {
    struct metrics *metrics;
    struct server *server;              /* NULL until it is set */
    atomic_int_fast64_t watch_heard_ns; /* 0: never */
    pthread_mutex_t mutex;              /* guards the members below */
    char revision[REVISION_SIZE];
    char commit[COMMIT_SIZE];
};

/* The indexes in the table of the metrics whose values are kept; all other values are read for each page. */
enum kept {
    REVIEWS,
    SLICES,
    REQUESTS,
    DURATION,
    LOADS,
    LAST_LOAD_SUCCESSFUL,
    LAST_LOAD_SUCCESS,
    NAMESPACES,
    LOOKUP,
    CERTIFICATE,
    CA,
    ROTATIONS,
    PATCHES,
    KEPT
};

static const char *const lookup_names[LIVE_RESULTS] = {
    [LIVE_FOUND] = "found", [LIVE_NOT_FOUND] = "not_found", [LIVE_FAILED] = "failed"};

static const char *const step_names[ROTATION_STEPS] = {
    [ROTATION_NONE] = "none",   [ROTATION_BEGIN] = "begin",     [ROTATION_KEEP] = "keep",
    [ROTATION_LEAF] = "leaf",   [ROTATION_PREPARE] = "prepare", [ROTATION_PROMOTE] = "promote",
    [ROTATION_PRUNE] = "prune",
};

static const char *const write_names[WRITE_RESULTS] = {
    [WRITE_SUCCESS] = "success", [WRITE_CONFLICT] = "conflict", [WRITE_FAILURE] = "failure"};

static const char *const error_names[ERR_CODES] = {
    [ERR_NONE] = "internal",           [ERR_INVALID] = "invalid",
    [ERR_NOT_FOUND] = "not_found",     [ERR_LIMIT] = "limit",
    [ERR_NOMEM] = "no_memory",         [ERR_IO] = "io",
    [ERR_UNAVAILABLE] = "unavailable", [ERR_INTERNAL] = "internal",
};

static struct server_counts counts_of(const struct service_metrics *self)
{
    assert(self->server); /* pages are written only after service_metrics_set_server() */
    return server_counts(self->server);
}

static double requests_in_flight(void *self)
{
    return counts_of(self).requests_in_flight;
}

static double connections_open(void *self)
{
    return counts_of(self).open_connections;
}

static double connections_total(void *self)
{
    return (double)counts_of(self).connections;
}

static double connections_unused(void *self)
{
    return (double)counts_of(self).unused_connections;
}

static double bytes_held(void *self)
{
    return (double)counts_of(self).bytes_held;
}

static void collect_shut_down(void *self, struct metric_page *page)
{
    const struct server_counts counts = counts_of(self);
    metric_sample(page, METRIC_LABELS("connections"), (double)counts.shut_by_connections);
    metric_sample(page, METRIC_LABELS("bytes"), (double)counts.shut_by_bytes);
    metric_sample(page, METRIC_LABELS("time"), (double)counts.shut_by_time);
}

static void collect_policy(void *context, struct metric_page *page)
{
    struct service_metrics *self = context;
    AUTO(lock) held = lock_take(&self->mutex);
    if (self->revision[0])
        metric_sample(page, METRIC_LABELS(self->revision, self->commit), 1);
}

static double watch_age(void *context)
{
    const struct service_metrics *self = context;
    int64_t heard_ns = atomic_load(&self->watch_heard_ns);
    return heard_ns ? (double)(clock_monotonic_ns() - heard_ns) / NS_PER_S : NAN;
}

static void collect_build(void *context, struct metric_page *page)
{
    (void)context;
    metric_sample(page, METRIC_LABELS(program_version, program_commit), 1);
}

static const double duration_bounds[] = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                         0.025,   0.05,   0.1,     0.25,   0.5,   1,      0};

static const struct metric table[] = {
    [REVIEWS] = {"gpuslice_reviews_total", "Reviews by outcome.", METRIC_COUNTER,
                 .labels = {"path", "outcome", "reason", "dry_run"}},
    [SLICES] = {"gpuslice_slices_injected_total", "Slices written into pods, dry runs not counted.", METRIC_COUNTER,
                .labels = {"class"}},
    [REQUESTS] = {"gpuslice_requests_total", "HTTPS requests by status.", METRIC_COUNTER, .labels = {"path", "status"}},
    [DURATION] = {"gpuslice_request_duration_seconds", "Seconds from the request line to the end of the answer.",
                  METRIC_HISTOGRAM, .labels = {"path"}, .bounds = duration_bounds},
    [LOADS] = {"gpuslice_loads_total", "Loads of policies, namespaces, certificate and client-ca.", METRIC_COUNTER,
               .labels = {"what", "result"}},
    [LAST_LOAD_SUCCESSFUL] = {"gpuslice_last_load_successful",
                              "1 if the last load succeeded, 0 if it failed and changed nothing.", METRIC_GAUGE,
                              .labels = {"what"}},
    [LAST_LOAD_SUCCESS] = {"gpuslice_last_load_success_timestamp_seconds", "When the last successful load was.",
                           METRIC_GAUGE, .labels = {"what"}},
    [NAMESPACES] = {"gpuslice_namespaces_cached", "Namespaces that are known.", .type = METRIC_GAUGE},
    [LOOKUP] = {"gpuslice_namespace_lookups_total", "Namespaces looked up at the API server, by result.",
                METRIC_COUNTER, .labels = {"result"}},
    [CERTIFICATE] = {"gpuslice_certificate_expiry_timestamp_seconds", "When the serving certificate expires.",
                     .type = METRIC_GAUGE},
    [CA] = {"gpuslice_certificate_authority_expiry_timestamp_seconds",
            "When the CA of the serving certificate expires.", .type = METRIC_GAUGE},
    [ROTATIONS] = {"gpuslice_certificate_rotations_total", "Writes of the Secret with the certificates, by step.",
                   METRIC_COUNTER, .labels = {"step", "result"}},
    [PATCHES] = {"gpuslice_webhook_configuration_patches_total", "Patches of caBundles.", METRIC_COUNTER,
                 .labels = {"result"}},
    {"gpuslice_namespace_watch_age_seconds", "Seconds since the watch on namespaces heard from the API server.",
     METRIC_GAUGE, .value = watch_age},
    {"gpuslice_policy_info", "The policies in use.", METRIC_GAUGE, .labels = {"revision", "commit"},
     .collect = collect_policy},
    {"gpuslice_requests_in_flight", "Requests that have not been answered yet.", METRIC_GAUGE,
     .value = requests_in_flight},
    {"gpuslice_connections_open", "Open connections.", METRIC_GAUGE, .value = connections_open},
    {"gpuslice_connections_total", "Connections accepted.", METRIC_COUNTER, .value = connections_total},
    {"gpuslice_connections_unused_total", "Connections that ended without a request, such as failed handshakes.",
     METRIC_COUNTER, .value = connections_unused},
    {"gpuslice_connections_shut_down_total", "Connections shut down because a limit was reached.", METRIC_COUNTER,
     .labels = {"limit"}, .collect = collect_shut_down},
    {"gpuslice_held_bytes", "Bytes of bodies that have arrived and of answers that clients have not read yet.",
     METRIC_GAUGE, .value = bytes_held},
    {"gpuslice_build_info", "The version that this program was built from.", METRIC_GAUGE,
     .labels = {"version", "commit"}, .collect = collect_build},
    PROCESS_METRICS,
};

int service_metrics_new(struct service_metrics **ret_metrics, struct err *err)
{
    static const char *const loaded[] = {"policies", "namespaces", "certificate"};
    struct service_metrics *made = calloc(1, sizeof(*made));
    if (!made)
        return err_nomem(err);

    (void)pthread_mutex_init(&made->mutex, NULL); /* cannot fail with default attributes (glibc) */
    AUTO(service_metrics) metrics = made;
    if (metrics_new(table, ARRAY_SIZE(table), metrics, &metrics->metrics, err) < 0)
        return -1;

    /* Series used by alerts must exist before their first event: rate() does not see the step from no series to 1. */
    for (size_t i = 0; i < ARRAY_SIZE(loaded); i++) {
        metrics_add(metrics->metrics, LOADS, METRIC_LABELS(loaded[i], "success"), 0);
        metrics_add(metrics->metrics, LOADS, METRIC_LABELS(loaded[i], "failure"), 0);
    }

    for (size_t i = 0; i < LIVE_RESULTS; i++)
        metrics_add(metrics->metrics, LOOKUP, METRIC_LABELS(lookup_names[i]), 0);

    for (unsigned i = 0; i < WRITE_RESULTS; i++) {
        metrics_add(metrics->metrics, PATCHES, METRIC_LABELS(write_names[i]), 0);
        for (unsigned step = ROTATION_BEGIN; step < ROTATION_STEPS; step++)
            metrics_add(metrics->metrics, ROTATIONS, METRIC_LABELS(step_names[step], write_names[i]), 0);
    }

    *ret_metrics = TAKE(metrics);
    return 0;
}

void service_metrics_free(struct service_metrics *metrics)
{
    if (!metrics)
        return;
    metrics_free(metrics->metrics);
    (void)pthread_mutex_destroy(&metrics->mutex);
    free(metrics);
}

struct health_page service_metrics_page(struct service_metrics *metrics)
{
    return (struct health_page){
        .path = "/metrics", .type = EXPOSITION_TYPE, .write = metrics_write, .context = metrics->metrics};
}

void service_metrics_review(struct service_metrics *metrics, const char *path, const struct answer_facts *facts)
{
    metrics_add(metrics->metrics, REVIEWS,
                METRIC_LABELS(path, facts->decision, facts->reason, facts->dry_run ? "true" : "false"), 1);
    if (facts->slices > 0 && !facts->dry_run)
        metrics_add(metrics->metrics, SLICES, METRIC_LABELS(facts->class_name), (uint64_t)facts->slices);
}

void service_metrics_review_failed(struct service_metrics *metrics, const char *path, const struct err *err)
{
    metrics_add(metrics->metrics, REVIEWS, METRIC_LABELS(path, "error", error_names[err->code], "false"), 1);
}

void service_metrics_request(struct service_metrics *metrics, const struct server_outcome *outcome)
{
    const char *path = outcome->path ? outcome->path : "other";
    char status[16] = "aborted";
    if (outcome->status)
        (void)snprintf(status, sizeof(status), "%u", outcome->status);
    metrics_add(metrics->metrics, REQUESTS, METRIC_LABELS(path, status), 1);
    if (outcome->status)
        metrics_observe(metrics->metrics, DURATION, METRIC_LABELS(path), outcome->duration_ns);
}

void service_metrics_set_server(struct service_metrics *metrics, struct server *server)
{
    metrics->server = server;
}

void service_metrics_load(struct service_metrics *metrics, const char *what, bool good, time_t now)
{
    metrics_add(metrics->metrics, LOADS, METRIC_LABELS(what, good ? "success" : "failure"), 1);
    metrics_set(metrics->metrics, LAST_LOAD_SUCCESSFUL, METRIC_LABELS(what), good);
    if (good)
        metrics_set(metrics->metrics, LAST_LOAD_SUCCESS, METRIC_LABELS(what), (double)now);
}

void service_metrics_set_policies(struct service_metrics *metrics, const struct policy_set *set)
{
    (void)pthread_mutex_lock(&metrics->mutex);
    memcpy(metrics->revision, set->revision, sizeof(metrics->revision));
    memcpy(metrics->commit, set->commit, sizeof(metrics->commit));
    (void)pthread_mutex_unlock(&metrics->mutex);
    for (size_t i = 0; i < set->class_count; i++)
        metrics_add(metrics->metrics, SLICES, METRIC_LABELS(set->classes[i].name), 0);
}

void service_metrics_set_namespaces(struct service_metrics *metrics, size_t count)
{
    metrics_set(metrics->metrics, NAMESPACES, METRIC_NO_LABELS, (double)count);
}

void service_metrics_set_certificate(struct service_metrics *metrics, time_t not_after)
{
    metrics_set(metrics->metrics, CERTIFICATE, METRIC_NO_LABELS, (double)not_after);
}

void service_metrics_set_ca(struct service_metrics *metrics, time_t not_after)
{
    metrics_set(metrics->metrics, CA, METRIC_NO_LABELS, (double)not_after);
}

void service_metrics_rotation(struct service_metrics *metrics, enum rotation_step step, enum write_result result)
{
    metrics_add(metrics->metrics, ROTATIONS, METRIC_LABELS(step_names[step], write_names[result]), 1);
}

void service_metrics_patch(struct service_metrics *metrics, enum write_result result)
{
    metrics_add(metrics->metrics, PATCHES, METRIC_LABELS(write_names[result]), 1);
}

void service_metrics_watch_heard(void *context, size_t count)
{
    struct service_metrics *metrics = context;
    atomic_store(&metrics->watch_heard_ns, clock_monotonic_ns());
    service_metrics_set_namespaces(metrics, count);
}

void service_metrics_lookup(void *context, enum live_lookup_result result)
{
    struct service_metrics *metrics = context;
    metrics_add(metrics->metrics, LOOKUP, METRIC_LABELS(lookup_names[result]), 1);
}
