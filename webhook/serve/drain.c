/* Runs the steps of a shutdown in order. Each step is implemented by the server. */
#include "serve/drain.h"

#include "base/clock.h"
#include "base/units.h"

#include <errno.h>
#include <time.h>

static void sleep_until(int64_t when_ns)
{
    const struct timespec when = clock_timespec(when_ns);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
        continue;
}

int drain(struct server *server, struct health *health, const struct drain_options *options, struct err *err)
{
    int64_t serve_until = clock_monotonic_ns() + options->serve_on_ms * NS_PER_MS;
    if (health)
        health_set_draining(health);
    sleep_until(serve_until);
    server_close_after_answers(server);
    server_stop_accepting(server);
    unsigned left = server_wait_quiet(server, clock_monotonic_ns() + options->finish_ms * NS_PER_MS);
    server_stop(server);
    if (left > 0)
        return err_set(err, ERR_UNAVAILABLE, "requests that did not finish within %u ms and were cut off: %u",
                       options->finish_ms, left);
    return 0;
}
