/* serve/metrics: pages, byte for byte; the limit on series; counting from many threads. */
#include "serve/metrics.h"

#include "serve/process.h"
#include "tests/support/check.h"

#include <math.h>
#include <pthread.h>

enum { PAGE_MAX = 1 << 20, THREADS = 8, ROUNDS = 20000, MS_NS = 1000000 };

enum { REVIEWS, SERVED, AGE, DURATION };

static void collect_revision(void *context, struct metric_page *page)
{
    const char *revision = context;
    if (*revision)
        metric_sample(page, METRIC_LABELS(revision), 1);
}

static const double bounds[] = {0.001, 0.01, 1, 0};

static const struct metric table[] = {
    [REVIEWS] = {"reviews_total", "Reviews.", METRIC_COUNTER, .labels = {"outcome", "reason"}},
    [SERVED] = {"served_total", "Served.", .type = METRIC_COUNTER},
    [AGE] = {"age_seconds", "Age.", METRIC_GAUGE, .labels = {"what"}},
    [DURATION] = {"duration_seconds", "Duration.", METRIC_HISTOGRAM, .labels = {"path"}, .bounds = bounds},
    {"policy_info", "Policy.", METRIC_GAUGE, .labels = {"revision"}, .collect = collect_revision},
};

static struct metrics *make(char *revision)
{
    struct metrics *metrics = NULL;
    struct err err = {0};
    check_success("metrics_new", metrics_new(table, ARRAY_SIZE(table), revision, &metrics, &err), &err);
    return metrics;
}

static void check_page(const char *name, struct metrics *metrics, const char *expected)
{
    struct err err = {0};
    AUTO(buf) page;
    buf_init(&page, PAGE_MAX);
    check_success(name, metrics_write(metrics, &page, &err), &err);
    check_text(name, buf_text(&page), expected);
}

TEST(page__nothing_counted__is_empty)
{
    char revision[] = "";
    AUTO(metrics) metrics = make(revision);
    check_page("nothing", metrics, "");
}

TEST(page__one_of_each__in_the_order_of_the_table)
{
    char revision[] = "5f0c2a9be1d4";
    AUTO(metrics) metrics = make(revision);
    metrics_set(metrics, AGE, METRIC_LABELS("watch"), 1.5);
    metrics_set(metrics, AGE, METRIC_LABELS("watch"), 0.25);
    metrics_add(metrics, REVIEWS, METRIC_LABELS("injected", "injected"), 1);
    metrics_add(metrics, REVIEWS, METRIC_LABELS("denied", "no_\"class\""), 0);
    metrics_add(metrics, REVIEWS, METRIC_LABELS("injected", "injected"), 2);
    metrics_add(metrics, SERVED, METRIC_NO_LABELS, 3);
    check_page("page", metrics,
               "# HELP reviews_total Reviews.\n"
               "# TYPE reviews_total counter\n"
               "reviews_total{outcome=\"injected\",reason=\"injected\"} 3\n"
               "reviews_total{outcome=\"denied\",reason=\"no_\\\"class\\\"\"} 0\n"
               "# HELP served_total Served.\n"
               "# TYPE served_total counter\n"
               "served_total 3\n"
               "# HELP age_seconds Age.\n"
               "# TYPE age_seconds gauge\n"
               "age_seconds{what=\"watch\"} 0.25\n"
               "# HELP policy_info Policy.\n"
               "# TYPE policy_info gauge\n"
               "policy_info{revision=\"5f0c2a9be1d4\"} 1\n");
}

TEST(series__labels_with_equal_joined_text__are_two)
{
    char revision[] = "";
    AUTO(metrics) metrics = make(revision);
    metrics_add(metrics, REVIEWS, METRIC_LABELS("ab", "c"), 1);
    metrics_add(metrics, REVIEWS, METRIC_LABELS("a", "bc"), 2);
    check_page("two", metrics,
               "# HELP reviews_total Reviews.\n"
               "# TYPE reviews_total counter\n"
               "reviews_total{outcome=\"ab\",reason=\"c\"} 1\n"
               "reviews_total{outcome=\"a\",reason=\"bc\"} 2\n");
}

/* A duration equal to a bound is in its bucket (le: less or equal); one above all bounds is in +Inf alone. */
TEST(histogram__durations__buckets_are_cumulative)
{
    static const int64_t durations[] = {0, MS_NS, MS_NS + 1, 10 * MS_NS, 500 * MS_NS, 1500 * (int64_t)MS_NS};
    char revision[] = "";
    AUTO(metrics) metrics = make(revision);
    for (size_t i = 0; i < ARRAY_SIZE(durations); i++)
        metrics_observe(metrics, DURATION, METRIC_LABELS("/mutate"), durations[i]);
    check_page("histogram", metrics,
               "# HELP duration_seconds Duration.\n"
               "# TYPE duration_seconds histogram\n"
               "duration_seconds_bucket{path=\"/mutate\",le=\"0.001\"} 2\n"
               "duration_seconds_bucket{path=\"/mutate\",le=\"0.01\"} 4\n"
               "duration_seconds_bucket{path=\"/mutate\",le=\"1\"} 5\n"
               "duration_seconds_bucket{path=\"/mutate\",le=\"+Inf\"} 6\n"
               "duration_seconds_sum{path=\"/mutate\"} 2.012000001\n"
               "duration_seconds_count{path=\"/mutate\"} 6\n");
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

TEST(series__more_than_the_limit__are_counted_as_other)
{
    char revision[] = "";
    AUTO(metrics) metrics = make(revision);
    struct err err = {0};
    AUTO(buf) page;
    buf_init(&page, PAGE_MAX);
    for (size_t i = 0; i < METRIC_SERIES_MAX + 10; i++) {
        char what[32];
        (void)snprintf(what, sizeof(what), "class-%zu", i);
        metrics_add(metrics, REVIEWS, METRIC_LABELS("injected", what), 1);
    }
    metrics_add(metrics, REVIEWS, METRIC_LABELS("injected", "class-0"),
                1); /* a known series is still counted as itself */
    check_success("page", metrics_write(metrics, &page, &err), &err);
    assert_int_equal(count_of(buf_text(&page), "\nreviews_total{"), METRIC_SERIES_MAX + 1);
    assert_non_null(strstr(buf_text(&page), "\nreviews_total{outcome=\"injected\",reason=\"class-0\"} 2\n"));
    assert_non_null(strstr(buf_text(&page), "\nreviews_total{outcome=\"injected\",reason=\"class-255\"} 1\n"));
    assert_null(strstr(buf_text(&page), "class-256"));
    assert_non_null(strstr(buf_text(&page), "\nreviews_total{outcome=\"other\",reason=\"other\"} 10\n"));
}

static void *count_much(void *context)
{
    struct metrics *metrics = context;
    for (int i = 0; i < ROUNDS; i++) {
        char what[16];
        (void)snprintf(what, sizeof(what), "%d", i % 50);
        metrics_add(metrics, REVIEWS, METRIC_LABELS("injected", what), 1);
        metrics_observe(metrics, DURATION, METRIC_LABELS("/mutate"), MS_NS);
    }
    return NULL;
}

TEST(count__from_many_threads__loses_nothing)
{
    char revision[] = "";
    AUTO(metrics) metrics = make(revision);
    struct err err = {0};
    pthread_t threads[THREADS];
    char line[128];
    AUTO(buf) page;
    buf_init(&page, PAGE_MAX);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, metrics), 0);
    check_success("a page meanwhile", metrics_write(metrics, &page, &err), &err);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    buf_reset(&page);
    check_success("page", metrics_write(metrics, &page, &err), &err);
    assert_int_equal(count_of(buf_text(&page), "\nreviews_total{"), 50);
    (void)snprintf(line, sizeof(line), "reason=\"49\"} %d\n", THREADS * ROUNDS / 50);
    assert_non_null(strstr(buf_text(&page), line));
    (void)snprintf(line, sizeof(line), "duration_seconds_count{path=\"/mutate\"} %d\n", THREADS * ROUNDS);
    assert_non_null(strstr(buf_text(&page), line));
}

TEST(page__buffer_too_small__is_an_error)
{
    char revision[] = "1";
    AUTO(metrics) metrics = make(revision);
    struct err err = {0};
    AUTO(buf) page;
    buf_init(&page, 20);
    assert_int_equal(metrics_write(metrics, &page, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
}

TEST(process__standard_names__all_have_a_sensible_value)
{
    static const struct metric process[] = {PROCESS_METRICS};
    static const struct {
        const char *line;
        double least, most;
    } cases[] = {
        {"\nprocess_cpu_seconds_total ", 0, 1000},       {"\nprocess_start_time_seconds ", 1.7e9, 1e11},
        {"\nprocess_virtual_memory_bytes ", 1e6, 1e15},  {"\nprocess_virtual_memory_max_bytes ", 1e6, (double)INFINITY},
        {"\nprocess_resident_memory_bytes ", 1e5, 1e12}, {"\nprocess_open_fds ", 3, 100},
        {"\nprocess_max_fds ", 16, (double)INFINITY},
    };
    AUTO(metrics) metrics = NULL;
    struct err err = {0};
    AUTO(buf) page;
    buf_init(&page, PAGE_MAX);
    check_success("new", metrics_new(process, ARRAY_SIZE(process), NULL, &metrics, &err), &err);
    check_success("page", metrics_write(metrics, &page, &err), &err);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *line = strstr(buf_text(&page), cases[i].line);
        double value = line ? strtod(line + strlen(cases[i].line), NULL) : -1;
        if (!(value >= cases[i].least && value <= cases[i].most))
            fail_msg("%s: %g in\n%s", cases[i].line, value, buf_text(&page));
    }
}
