/* What is counted while the server runs, and the page that Prometheus reads. Knows no pod and no policy: what there is
 * to count is a constant table of whoever makes it.
 *
 *   enum { REVIEWS, UP, METRICS };
 *   static const struct metric table[METRICS] = {
 *       [REVIEWS] = {"reviews_total", "Reviews answered.", METRIC_COUNTER, .labels = {"outcome"}},
 *       [UP] = {"up_seconds", "Age of this process.", METRIC_GAUGE, .collect = collect_age},
 *   };
 *   metrics_add(metrics, REVIEWS, METRIC_LABELS("injected"), 1);
 *
 * A metric is *kept* (counted here, atomically, from any thread) or *collected* (asked for at each scrape). A series of
 * a kept metric appears with its first count and stays. Label values must come from small sets: a metric keeps at most
 * METRIC_SERIES_MAX series; what would be one more, or finds no memory, is counted with every label "other". */
#ifndef GPUSLICE_SERVE_METRICS_H
#define GPUSLICE_SERVE_METRICS_H

#include "serve/exposition.h"

#include <stdint.h>

enum { METRIC_SERIES_MAX = 256, METRIC_BUCKETS_MAX = 16 };

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_page; /* the page while it is written */

/* Adds the samples that there are now, by metric_sample(); none: the metric is left out. Called by the thread that
 * writes the page. */
typedef void metric_collect_fn(void *context, struct metric_page *page);

struct metric {
    const char *name; /* with its unit, and "_total" if it is a counter (prometheus.io/docs/practices/naming) */
    const char *help;
    enum metric_type type;
    const char *labels[EXPOSITION_LABELS_MAX + 1]; /* names, NULL-terminated */
    const double *bounds;                          /* of a histogram in seconds: ascending, ended by a 0 */
    metric_collect_fn *collect;                    /* NULL: kept */
};

#define METRIC_LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define METRIC_NO_LABELS   ((const char *const[]){NULL})

struct metrics;

/* `table` must outlive the metrics; `context` goes to its collect functions. Errors: ERR_NOMEM. */
MUST_CHECK int metrics_new(const struct metric *table, size_t count, void *context, struct metrics **ret_metrics,
                           struct err *err);
void metrics_free(struct metrics *metrics);

/* `id` is the metric's place in the table; `values` has one text for each of its labels and is copied. None can fail.
 * A counter counts up; 0 makes its series appear. */
void metrics_add(struct metrics *metrics, size_t id, const char *const *values, uint64_t count);
void metrics_set(struct metrics *metrics, size_t id, const char *const *values, double value);
void metrics_observe(struct metrics *metrics, size_t id, const char *const *values, int64_t duration_ns);

/* For collect functions: one sample of the metric that is being collected. */
void metric_sample(struct metric_page *page, const char *const *values, double value);

/* The whole page, in the order of the table. A health_page_fn: `metrics` is the context. */
int metrics_write(void *metrics, struct buf *out, struct err *err);

DEFINE_AUTO(metrics, struct metrics *, metrics_free);

#endif
