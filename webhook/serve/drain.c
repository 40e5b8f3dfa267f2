/* Runs the steps of a shutdown in order. */
#include "serve/drain.h"

#include "base/clock.h"
#include "serve/acceptor.h"
#include "serve/server_state.h"

#include <errno.h>
#include <time.h>

enum { LOOK_MS = 10, SETTLE_MS = 100, IDLE_MS = 5000 };

static void sleep_until(int64_t when_ns)
{
    const struct timespec when = clock_timespec(when_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
        continue;
}

/* Returns how long there must have been no request. If no connection is open, that is just long enough for an accepted
 * connection to be counted. Closing an idle HTTP/1.1 connection loses a request that is on the wire, and Go does not
 * repeat a POST; after a long quiet time a request is unlikely to be on the wire. This also applies to connections
 * without any request so far: Go keeps unused connections. */
static int64_t quiet_needed_ns(const struct server_counts *counts)
{
    return (counts->open_connections > 0 ? IDLE_MS : SETTLE_MS) * NS_PER_MS;
}

/* Waits until there has been no request for quiet_needed_ns(), at the latest until the deadline. Returns the number of
 * requests in flight. */
static unsigned wait_quiet(struct server *server, int64_t deadline_ns)
{
    uint64_t seen = server_counts(server).requests;
    int64_t quiet_since_ns = clock_monotonic_ns();
    for (;;) {
        const struct server_counts counts = server_counts(server);
        int64_t now_ns = clock_monotonic_ns();
        if (counts.requests_in_flight > 0 || counts.requests != seen)
            quiet_since_ns = now_ns;
        seen = counts.requests;
        if (now_ns >= deadline_ns || now_ns - quiet_since_ns >= quiet_needed_ns(&counts))
            return counts.requests_in_flight;
        sleep_until(clock_earlier(deadline_ns, now_ns + LOOK_MS * NS_PER_MS));
    }
}

int drain(struct server *server, struct health *health, const struct drain_options *options, struct err *err)
{
    int64_t serve_until = clock_monotonic_ns() + options->serve_on_ms * NS_PER_MS;
    if (health)
        health_set_draining(health);
    sleep_until(serve_until);

    atomic_store(&server->closing, true);
    acceptor_free(TAKE(server->acceptor));
    unsigned left = wait_quiet(server, clock_monotonic_ns() + options->finish_ms * NS_PER_MS);
    server_stop(server);
    if (left > 0)
        return err_set(err, ERR_UNAVAILABLE, "requests that did not finish within %u ms and were cut off: %u",
                       options->finish_ms, left);
    return 0;
}
