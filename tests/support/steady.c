#include "tests/support/steady.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum { MS_NS = 1000000, S_NS = 1000000000, TIMEOUT_MS = 10000, ANSWERS_MAX = 100000, PERCENT = 99 };

struct steady {
    const char *review;
    int64_t period_ns;
    struct https_client *client;
    pthread_t thread;
    atomic_bool stop;
    unsigned answers;
    int64_t *waited_ns; /* of each answer */
    int result;
    struct err err;
};

static void sleep_until(int64_t when_ns)
{
    const struct timespec when = {.tv_sec = when_ns / S_NS, .tv_nsec = when_ns % S_NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) != 0)
        ;
}

static int post_once(struct steady *steady, struct http_reply *reply)
{
    int64_t began_ns = clock_monotonic_ns();
    if (webhook_post(steady->client, steady->review, reply, &steady->err) < 0)
        return err_wrap(&steady->err, "after %u answers", steady->answers);
    if (reply->status != 200 || reply->closes)
        return err_set(&steady->err, ERR_IO, "answer %u is %u %.200s", steady->answers, reply->status,
                       buf_text(&reply->body));
    steady->waited_ns[steady->answers++] = clock_monotonic_ns() - began_ns;
    return 0;
}

static void *steady_main(void *context)
{
    struct steady *steady = context;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    while (steady->result == 0 && steady->answers < ANSWERS_MAX && !atomic_load(&steady->stop)) {
        int64_t next_ns = clock_monotonic_ns() + steady->period_ns;
        steady->result = post_once(steady, &reply);
        sleep_until(next_ns);
    }
    return NULL;
}

int steady_start(const struct webhook *webhook, const char *review, int period_ms, struct steady **ret_steady,
                 struct err *err)
{
    const struct https_options options = {
        .port = webhook->port, .ca_pem = webhook->ca, .name = "localhost", .timeout_ms = TIMEOUT_MS};
    struct https_client *client = NULL;
    if (https_connect(&options, &client, err) < 0)
        return -1;
    struct steady *steady = calloc(1, sizeof(*steady));
    int64_t *waited_ns = calloc(ANSWERS_MAX, sizeof(*waited_ns));
    if (!steady || !waited_ns)
        abort();
    *steady = (struct steady){
        .review = review, .period_ns = (int64_t)period_ms * MS_NS, .client = client, .waited_ns = waited_ns};
    if (pthread_create(&steady->thread, NULL, steady_main, steady) != 0)
        abort();
    *ret_steady = steady;
    return 0;
}

static int compare(const void *left, const void *right)
{
    const int64_t *a = left;
    const int64_t *b = right;
    return (*a > *b) - (*a < *b);
}

int steady_stop(struct steady *steady, struct steady_result *ret_result, struct err *err)
{
    atomic_store(&steady->stop, true);
    (void)pthread_join(steady->thread, NULL);
    int result = steady->result;
    unsigned count = steady->answers;
    if (result < 0)
        *err = steady->err;
    qsort(steady->waited_ns, count, sizeof(*steady->waited_ns), compare);
    if (result == 0 && count > 0)
        *ret_result = (struct steady_result){.answers = count,
                                             .p99_ms = (double)steady->waited_ns[(size_t)count * PERCENT / 100] / MS_NS,
                                             .max_ms = (double)steady->waited_ns[count - 1] / MS_NS};
    https_close(steady->client);
    free(steady->waited_ns);
    free(steady);
    return result;
}
