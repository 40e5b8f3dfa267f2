/* The order of a shutdown. Knows the steps, not how they are done. */
#include "serve/drain.h"

#include "base/clock.h"

#include <errno.h>
#include <time.h>

enum { MS_NS = 1000000, SECOND_NS = 1000000000 };

static void wait_until(int64_t when_ns)
{
    struct timespec when = {.tv_sec = when_ns / SECOND_NS, .tv_nsec = when_ns % SECOND_NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR)
        continue;
}

int drain(struct server *server, struct health *health, const struct drain_options *options, struct err *err)
{
    int64_t serve_until = clock_monotonic_ns() + (int64_t)options->serve_on_ms * MS_NS;
    if (health)
        health_set_draining(health);
    wait_until(serve_until);
    server_close_after_answers(server);
    server_stop_accepting(server);
    unsigned left = server_wait_quiet(server, clock_monotonic_ns() + (int64_t)options->finish_ms * MS_NS);
    server_stop(server);
    if (left > 0)
        return err_set(err, ERR_UNAVAILABLE, "requests cut off because they were not finished within %u ms: %u",
                       options->finish_ms, left);
    return 0;
}
