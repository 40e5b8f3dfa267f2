/* Counters of the running server, and the page that Prometheus reads. Does not depend on pods or policies: the metrics
 * are a constant table of the caller.
 *
 *   enum { REVIEWS, UP, METRICS };
 *   static const struct metric table[METRICS] = {
 *       [REVIEWS] = {"reviews_total", "Reviews answered.", METRIC_COUNTER, .labels = {"outcome"}},
 *       [UP] = {"up_seconds", "Age of this process.", METRIC_GAUGE, .collect = collect_age},
 *   };
 *   metrics_add(metrics, REVIEWS, METRIC_LABELS("injected"), 1);
 *
 * A metric is *kept* (counted here, atomically, from any thread) or *collected* (computed at each scrape). A series of
 * a kept metric appears with its first count and stays. Label values must come from small sets: a metric keeps at most
 * METRIC_SERIES_MAX series; further ones, and those for which there is no memory, are counted with every label
 * "other". */
#pragma once

#include "serve/exposition.h"

#include <stdint.h>

enum { METRIC_SERIES_MAX = 256 };

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metric_page; /* a page being written */

/* Adds the current samples with metric_sample(); without any, the metric is omitted. Called by the thread that writes
 * the page. */
typedef void metric_collect_fn(void *context, struct metric_page *page);

/* Returns the value of a metric without labels; NaN to omit it. Called like metric_collect_fn. */
typedef double metric_value_fn(void *context);

struct metric {
    const char *name; /* with its unit, and "_total" if it is a counter (prometheus.io/docs/practices/naming) */
    const char *help;
    enum metric_type type;
    const char *labels[EXPOSITION_LABELS_MAX + 1]; /* names, NULL-terminated */
    const double *bounds;                          /* of a histogram, in seconds: ascending, ended by 0; else NULL */
    metric_collect_fn *collect;                    /* at most one of these is set; both NULL: kept */
    metric_value_fn *value;
};

#define METRIC_LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define METRIC_NO_LABELS   ((const char *const[]){NULL})

struct metrics;

/* `table` must outlive the metrics; `context` is passed to its collect and value functions. Errors: ERR_NOMEM. */
MUST_CHECK int metrics_new(const struct metric *table, size_t count, void *context, struct metrics **ret_metrics,
                           struct err *err);
void metrics_free(struct metrics *metrics);

/* metrics_add() increases a counter (by 0: its series appears), metrics_set() sets a gauge, and metrics_observe() adds
 * to a histogram. They cannot fail. `id` is the index of the metric in the table; `values` has one text for each label
 * and is copied. */
void metrics_add(struct metrics *metrics, size_t id, const char *const *values, uint64_t count);
void metrics_set(struct metrics *metrics, size_t id, const char *const *values, double value);
void metrics_observe(struct metrics *metrics, size_t id, const char *const *values, int64_t duration_ns);

/* For collect functions: writes one sample of the metric being collected. */
void metric_sample(struct metric_page *page, const char *const *values, double value);

/* Writes the whole page, in the order of the table. Is a health_page_fn: `metrics` is the context. */
int metrics_write(void *metrics, struct buf *out, struct err *err);

DEFINE_AUTO(metrics, struct metrics *, metrics_free);
