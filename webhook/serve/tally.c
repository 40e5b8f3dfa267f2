/* Counts, and waits until nothing is in flight. Does not depend on HTTP. */
#include "serve/tally.h"

#include "base/clock.h"
#include "base/units.h"

#include <time.h>

enum { SETTLE_NS = NS_PER_S / 10 };

static const int64_t IDLE_NS = 5 * NS_PER_S;

int tally_init(struct tally *tally, struct err *err)
{
    *tally = (struct tally){0};
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return err_nomem(err);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int result = pthread_cond_init(&tally->ended, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (result != 0)
        return err_nomem(err);
    (void)pthread_mutex_init(&tally->mutex, NULL);
    return 0;
}

void tally_fini(struct tally *tally)
{
    (void)pthread_cond_destroy(&tally->ended);
    (void)pthread_mutex_destroy(&tally->mutex);
}

/* The counters and `awaited` are sequentially consistent: either the waiter sees the new count, or this thread sees it
 * wait. */
static void wake(struct tally *tally)
{
    if (!atomic_load(&tally->awaited))
        return;
    (void)pthread_mutex_lock(&tally->mutex);
    (void)pthread_cond_broadcast(&tally->ended);
    (void)pthread_mutex_unlock(&tally->mutex);
}

void tally_connection_begins(struct tally *tally)
{
    (void)atomic_fetch_add(&tally->connections, 1);
    (void)atomic_fetch_add(&tally->open, 1);
}

void tally_connection_ends(struct tally *tally, bool had_request)
{
    if (!had_request)
        (void)atomic_fetch_add(&tally->unused, 1);
    (void)atomic_fetch_sub(&tally->open, 1);
    wake(tally);
}

void tally_request_begins(struct tally *tally)
{
    (void)atomic_fetch_add(&tally->requests, 1);
    (void)atomic_fetch_add(&tally->in_flight, 1);
}

void tally_request_ends(struct tally *tally)
{
    (void)atomic_fetch_sub(&tally->in_flight, 1);
    wake(tally);
}

struct server_counts tally_counts(const struct tally *tally)
{
    return (struct server_counts){
        .connections = atomic_load(&tally->connections),
        .unused_connections = atomic_load(&tally->unused),
        .requests = atomic_load(&tally->requests),
        .open_connections = atomic_load(&tally->open),
        .requests_in_flight = atomic_load(&tally->in_flight),
    };
}

/* Returns how long it must have been quiet. If no connection is open, that is just long enough for an accepted one to
 * be counted. Closing an idle HTTP/1.1 connection loses a request that is on the wire, and Go does not repeat a POST;
 * after a long quiet time a request is unlikely to be on the wire. This also applies to connections without any request
 * so far: Go keeps unused ones. */
static int64_t quiet_needed(const struct server_counts *counts)
{
    return counts->open_connections > 0 ? IDLE_NS : SETTLE_NS;
}

unsigned tally_wait_quiet(struct tally *tally, int64_t deadline_ns)
{
    int64_t now = clock_monotonic_ns();
    uint64_t seen = atomic_load(&tally->requests);
    int64_t quiet_since = now;
    atomic_store(&tally->awaited, true);
    (void)pthread_mutex_lock(&tally->mutex);

    while (now < deadline_ns) {
        struct server_counts counts = tally_counts(tally);
        bool busy = counts.requests_in_flight > 0;
        if (busy || counts.requests != seen)
            quiet_since = now;
        seen = counts.requests;
        if (!busy && now - quiet_since >= quiet_needed(&counts))
            break;
        const struct timespec when = clock_timespec(clock_earlier(deadline_ns, now + SETTLE_NS));
        (void)pthread_cond_timedwait(&tally->ended, &tally->mutex, &when);
        now = clock_monotonic_ns();
    }

    (void)pthread_mutex_unlock(&tally->mutex);
    atomic_store(&tally->awaited, false);
    return atomic_load(&tally->in_flight);
}
