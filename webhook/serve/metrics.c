/* Series of atomic counters. Threads that count wait for each other only when a series is created. They count while a
 * page is written, so its lines may differ by a few counts, but the count of a histogram always equals that of its last
 * bucket. */
#include "serve/metrics.h"

#include "base/lock.h"
#include "base/units.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define OTHER "other"

struct series {
    char *values[EXPOSITION_LABELS_MAX + 1]; /* owned; NULL-terminated */
    atomic_uint_fast64_t number;             /* a counter's count, a gauge's bits, a histogram's sum in nanoseconds */
    atomic_uint_fast64_t buckets[];          /* of a histogram, not cumulative; the last one is above all bounds */
};

/* Series are only ever added: those below `count` are complete and never move. */
struct family {
    const struct metric *metric;
    size_t buckets;       /* 0 except for histograms */
    struct series *other; /* counts whatever has no series of its own */
    bool other_listed;    /* it was needed and is among `series` */
    atomic_size_t count;
    struct series *series[METRIC_SERIES_MAX + 1];
};

struct metrics {
    void *context;
    pthread_mutex_t mutex; /* held while a series is created */
    size_t count;
    struct family families[];
};

struct metric_page {
    struct buf *out;
    const struct metric *metric;
    bool begun; /* its head was written */
};

static void series_free(struct series *series)
{
    if (!series)
        return;
    for (size_t i = 0; series->values[i]; i++)
        free(series->values[i]);
    free(series);
}
DEFINE_AUTO(series, struct series *, series_free);

/* Returns NULL if out of memory. */
static struct series *series_new(const struct family *family, const char *const *values)
{
    AUTO(series) series = calloc(1, sizeof(*series) + family->buckets * sizeof(series->buckets[0]));
    if (!series)
        return NULL;
    for (size_t i = 0; family->metric->labels[i]; i++) {
        series->values[i] = strdup(values[i]);
        if (!series->values[i])
            return NULL;
    }
    return TAKE(series);
}

static bool series_is(const struct family *family, const struct series *series, const char *const *values)
{
    for (size_t i = 0; family->metric->labels[i]; i++) {
        if (strcmp(series->values[i], values[i]) != 0)
            return false;
    }
    return true;
}

static struct series *family_find(struct family *family, const char *const *values)
{
    size_t count = atomic_load_explicit(&family->count, memory_order_acquire);
    for (size_t i = 0; i < count; i++) {
        if (series_is(family, family->series[i], values))
            return family->series[i];
    }
    return NULL;
}

/* Call it with the mutex held. Searches first, because another thread may have created the series in the meantime. */
static struct series *family_make(struct family *family, const char *const *values)
{
    struct series *series = family_find(family, values);
    if (series)
        return series;

    size_t count = atomic_load_explicit(&family->count, memory_order_relaxed);
    if (count - family->other_listed < METRIC_SERIES_MAX)
        series = series_new(family, values);
    if (!series && family->other_listed)
        return family->other;

    if (!series) {
        series = family->other;
        family->other_listed = true;
    }

    family->series[count] = series;
    atomic_store_explicit(&family->count, count + 1, memory_order_release);
    return series;
}

static struct series *find_or_make(struct metrics *metrics, size_t id, const char *const *values)
{
    assert(id < metrics->count);
    struct family *family = &metrics->families[id];
    struct series *series = family_find(family, values);
    if (series)
        return series;
    AUTO(lock) held = lock_take(&metrics->mutex);
    return family_make(family, values);
}

/* The series "other" is created at the start, so that counting cannot fail. */
static int family_init(struct family *family, const struct metric *metric, struct err *err)
{
    static const char *const others[EXPOSITION_LABELS_MAX] = {OTHER, OTHER, OTHER, OTHER};
    family->metric = metric;
    while (metric->bounds && metric->bounds[family->buckets] > 0)
        family->buckets++;
    assert((metric->bounds != NULL) == (metric->type == METRIC_HISTOGRAM));
    family->buckets += metric->type == METRIC_HISTOGRAM;
    family->other = series_new(family, others);
    return family->other ? 0 : err_nomem(err);
}

int metrics_new(const struct metric *table, size_t count, void *context, struct metrics **ret_metrics, struct err *err)
{
    struct metrics *made = calloc(1, sizeof(*made) + count * sizeof(made->families[0]));
    if (!made)
        return err_nomem(err);

    (void)pthread_mutex_init(&made->mutex, NULL); /* cannot fail with default attributes (glibc) */
    made->context = context;
    made->count = count;

    AUTO(metrics) metrics = made;
    for (size_t i = 0; i < count; i++) {
        if (family_init(&metrics->families[i], &table[i], err) < 0)
            return -1;
    }

    *ret_metrics = TAKE(metrics);
    return 0;
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < metrics->count; i++) {
        struct family *family = &metrics->families[i];
        for (size_t j = 0; j < atomic_load(&family->count); j++)
            series_free(family->series[j]);
        if (!family->other_listed)
            series_free(family->other);
    }
    (void)pthread_mutex_destroy(&metrics->mutex);
    free(metrics);
}

static void count_up(atomic_uint_fast64_t *number, uint64_t count)
{
    (void)atomic_fetch_add_explicit(number, count, memory_order_relaxed);
}

void metrics_add(struct metrics *metrics, size_t id, const char *const *values, uint64_t count)
{
    count_up(&find_or_make(metrics, id, values)->number, count);
}

void metrics_set(struct metrics *metrics, size_t id, const char *const *values, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    atomic_store_explicit(&find_or_make(metrics, id, values)->number, bits, memory_order_relaxed);
}

void metrics_observe(struct metrics *metrics, size_t id, const char *const *values, int64_t duration_ns)
{
    struct series *series = find_or_make(metrics, id, values);
    const double *bounds = metrics->families[id].metric->bounds;
    assert(bounds); /* only histograms have them */
    const double seconds = (double)duration_ns / NS_PER_S;
    size_t bucket = 0;
    while (bounds[bucket] > 0 && seconds > bounds[bucket])
        bucket++;
    count_up(&series->number, duration_ns > 0 ? (uint64_t)duration_ns : 0);
    count_up(&series->buckets[bucket], 1);
}

static void page_head(struct metric_page *page)
{
    static const char *const types[] = {
        [METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge", [METRIC_HISTOGRAM] = "histogram"};
    if (!page->begun)
        exposition_head(page->out, page->metric->name, types[page->metric->type], page->metric->help);
    page->begun = true;
}

void metric_sample(struct metric_page *page, const char *const *values, double value)
{
    const struct exposition_sample sample = {
        .name = page->metric->name, .names = page->metric->labels, .values = values};
    page_head(page);
    exposition_add(page->out, &sample, value);
}

/* The count is the sum of the buckets as read here, so that it equals the last bucket even if other threads count
 * meanwhile. */
static void write_histogram(struct buf *out, const struct metric *metric, struct exposition_sample sample,
                            struct series *series)
{
    uint64_t below = 0;
    double seconds = (double)atomic_load_explicit(&series->number, memory_order_relaxed) / NS_PER_S;
    sample.suffix = "_bucket";

    for (size_t i = 0;; i++) {
        char bound[EXPOSITION_NUMBER_SIZE] = "+Inf";
        if (metric->bounds[i] > 0)
            exposition_number(metric->bounds[i], bound);
        below += atomic_load_explicit(&series->buckets[i], memory_order_relaxed);
        sample.bound = bound;
        exposition_add_count(out, &sample, below);
        if (!(metric->bounds[i] > 0))
            break;
    }

    sample.bound = NULL;
    sample.suffix = "_sum";
    exposition_add(out, &sample, seconds);
    sample.suffix = "_count";
    exposition_add_count(out, &sample, below);
}

static void write_series(struct metric_page *page, struct series *series)
{
    const struct metric *metric = page->metric;
    const char *const *values = (const char *const *)series->values;
    const struct exposition_sample sample = {.name = metric->name, .names = metric->labels, .values = values};
    uint64_t number = atomic_load_explicit(&series->number, memory_order_relaxed);
    double value;
    page_head(page);

    switch (metric->type) {
    case METRIC_COUNTER:
        exposition_add_count(page->out, &sample, number);
        break;
    case METRIC_GAUGE:
        memcpy(&value, &number, sizeof(value));
        exposition_add(page->out, &sample, value);
        break;
    case METRIC_HISTOGRAM:
        write_histogram(page->out, metric, sample, series);
        break;
    }
}

int metrics_write(void *context, struct buf *out, struct err *err)
{
    struct metrics *metrics = context;
    for (size_t i = 0; i < metrics->count; i++) {
        struct family *family = &metrics->families[i];
        struct metric_page page = {.out = out, .metric = family->metric};
        size_t count = atomic_load_explicit(&family->count, memory_order_acquire);
        if (family->metric->collect)
            family->metric->collect(metrics->context, &page);
        double value = family->metric->value ? family->metric->value(metrics->context) : NAN;
        if (!isnan(value))
            metric_sample(&page, METRIC_NO_LABELS, value);
        for (size_t j = 0; j < count; j++)
            write_series(&page, family->series[j]);
    }
    return buf_check(out, err);
}
