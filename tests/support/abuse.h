/* What the abuse tests share: `gpuslice serve` as a process, a client that behaves beside the swarm that does not, and
 * the bounds that hold for it. Bounds on time and memory are not held under a sanitizer, which multiplies both. */
#ifndef GPUSLICE_TESTS_SUPPORT_ABUSE_H
#define GPUSLICE_TESTS_SUPPORT_ABUSE_H

#include "base/clock.h"
#include "tests/support/check.h"
#include "tests/support/steady.h"
#include "tests/support/swarm.h"
#include "tests/support/temp_dir.h"

#include <signal.h>

enum {
    ABUSE_MS_NS = 1000000,
    ABUSE_LIMIT = 4096, /* connections that serve takes */
    ABUSE_ANSWER_MS = 1000,
    ABUSE_P99_MS = 100, /* seen on two quiet cores: 3 to 32 */
    ABUSE_BUSY = 5,     /* times as long on a machine that has more to do than this */
    ABUSE_PERIOD_MS = 5,
    ABUSE_REVIEW_SIZE = 9 << 10,
    ABUSE_MEMORY_MAX = 256 << 20,
    ABUSE_WAIT_MS = 60000,
    ABUSE_GIVE_UP_MS = SANITIZED ? 30000 : 8000, /* a client that waits for longer gets no answer at all */
};

enum { ABUSE_SWARMS = 12 };

/* One test's server and all that it does to it; cmocka's state, so that a test that fails leaves nothing behind. */
struct abuse {
    struct webhook *webhook;
    struct swarm *swarms[ABUSE_SWARMS];
    unsigned swarm_count;
    struct steady *steady;
    char *review; /* of ABUSE_REVIEW_SIZE */
};

/* A review of `size` bytes of a pod that asks for a GPU; free() it. */
char *abuse_review(size_t size);
int abuse_setup(void **state);

/* The swarm is stopped with the test, or by abuse_swarms_end(). */
struct swarm *abuse_swarm(struct abuse *abuse, const struct swarm_options *options);
void abuse_swarms_end(struct abuse *abuse);
int abuse_teardown(void **state);

/* The line of /proc/PID/status in bytes; VmRSS is what it has in memory now, VmHWM the most so far. */
size_t abuse_memory(const struct webhook *webhook, const char *name);

/* How long something may take that takes `ms` on a machine that does nothing else. */
int64_t abuse_patience(int64_t ms);

/* Posts on a connection of its own, or on `client`. Fails the test unless 200 comes in time. */
int64_t abuse_ask(const char *when, const struct abuse *abuse, struct https_client *client);

/* So many times, one after the other; each on a connection of its own, or all on `client`. */
void abuse_ask_times(const char *when, const struct abuse *abuse, struct https_client *client, unsigned times);

/* `more` are further arguments, NULL at their end; it has answered once. */
void abuse_start(struct abuse *abuse, const char *const more[]);

/* A client on a kept connection begins. */
void abuse_steady(struct abuse *abuse);

/* And ends: its connection was never cut off. Returns its p99. */
double abuse_steady_end_at_any_pace(const char *when, struct abuse *abuse);

/* And it hardly noticed the others. */
void abuse_steady_end(const char *when, struct abuse *abuse);

/* SIGTERM ends it well, and it never had too much in memory. */
void abuse_end(struct abuse *abuse);

/* Skips the test where the process may not open so many files. */
void abuse_needs_descriptors(unsigned wanted);

#define ABUSE_TEST(NAME) TEST_WITH(NAME, abuse_setup, abuse_teardown)

#endif
