/* What the abuse tests share: `gpuslice serve` as a process, a well-behaved client next to hostile swarms, and the
 * bounds that hold for that client. Bounds on time and memory are not checked under a sanitizer, which multiplies both.
 */
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
    ABUSE_LIMIT = 4096, /* connections that serve accepts */
    ABUSE_ANSWER_MS = 1000,
    ABUSE_P99_MS = 100, /* seen on two quiet cores: 3 to 32 */
    ABUSE_BUSY = 5,     /* times as long on a machine that is also busy with other work */
    ABUSE_PERIOD_MS = 5,
    ABUSE_REVIEW_SIZE = 9 << 10,
    ABUSE_MEMORY_MAX = 256 << 20,
    ABUSE_WAIT_MS = 60000,
    ABUSE_GIVE_UP_MS = SANITIZED ? 30000 : 8000, /* a client that has to wait longer gets no answer at all */
};

enum { ABUSE_SWARMS = 12 };

/* The server of one test and its clients. It is cmocka's state, so that a test that fails leaves nothing behind. */
struct abuse {
    struct webhook *webhook;
    struct swarm *swarms[ABUSE_SWARMS];
    unsigned swarm_count;
    struct steady *steady;
    char *review; /* of ABUSE_REVIEW_SIZE */
};

/* Returns a review of `size` bytes of a pod that asks for a GPU; free() it. */
char *abuse_review(size_t size);
int abuse_setup(void **state);

/* Starts a swarm, which ends with the test or by abuse_swarms_end(). */
struct swarm *abuse_swarm(struct abuse *abuse, const struct swarm_options *options);
void abuse_swarms_end(struct abuse *abuse);
int abuse_teardown(void **state);

/* Returns a line of /proc/PID/status in bytes: VmRSS is the memory that the server uses now, VmHWM the most so far. */
size_t abuse_memory(const struct webhook *webhook, const char *name);

/* Returns how long something may take, in ms, that takes `ms` on an idle machine. */
int64_t abuse_patience(int64_t ms);

/* Posts a review on a connection of its own, or on `client` if that is not NULL. Fails the test unless the answer is
 * 200 and comes in time. */
int64_t abuse_ask(const char *when, const struct abuse *abuse, struct https_client *client);

/* Calls abuse_ask() `times` times, one after the other. */
void abuse_ask_times(const char *when, const struct abuse *abuse, struct https_client *client, unsigned times);

/* Starts the server with the arguments `more`, which NULL ends, and waits for its first answer. */
void abuse_start(struct abuse *abuse, const char *const more[]);

/* Starts the client on a connection that is kept. */
void abuse_steady(struct abuse *abuse);

/* Ends the client, whose connection must never have been closed. Returns its p99 in ms. */
double abuse_steady_end_at_any_pace(const char *when, struct abuse *abuse);

/* Ends the client, whose p99 must be within its bound. */
void abuse_steady_end(const char *when, struct abuse *abuse);

/* Ends the server by SIGTERM. Its exit status must be 0, and it must never have used too much memory. */
void abuse_end(struct abuse *abuse);

/* Skips the test if the process may not open that many files. */
void abuse_needs_descriptors(unsigned wanted);

#define ABUSE_TEST(NAME) TEST_WITH(NAME, abuse_setup, abuse_teardown)

#endif
