/* What the abuse tests share: `gpuslice serve` as a process, a well-behaved client next to hostile swarms, and the
 * bounds that hold for that client. Under a sanitizer, which multiplies time and memory, the bounds are not checked. */
#pragma once

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
    ABUSE_P99_MS = 100, /* 3 to 32 were seen on two idle cores */
    ABUSE_BUSY = 5,     /* factor for time bounds on a machine that is busy with other work */
    ABUSE_PERIOD_MS = 5,
    ABUSE_REVIEW_SIZE = 9 << 10,
    ABUSE_MEMORY_MAX = 256 << 20,
    ABUSE_WAIT_MS = 60000,
    ABUSE_GIVE_UP_MS = SANITIZED ? 30000 : 8000, /* the client's time limit */
};

enum { ABUSE_SWARMS = 12 };

/* The server of one test and its clients. This struct is cmocka's state, so that the teardown ends server and clients
 * even if the test fails. */
struct abuse {
    struct webhook *webhook;
    struct swarm *swarms[ABUSE_SWARMS];
    unsigned swarm_count;
    struct steady *steady;
    char *review; /* ABUSE_REVIEW_SIZE bytes */
};

/* Returns a review, `size` bytes long, of a pod that asks for a GPU; free() it. */
char *abuse_review(size_t size);
int abuse_setup(void **state);

/* Starts a swarm. abuse_swarms_end() or the teardown ends all of them. */
struct swarm *abuse_swarm(struct abuse *abuse, const struct swarm_options *options);
void abuse_swarms_end(struct abuse *abuse);
int abuse_teardown(void **state);

/* Returns the value, in bytes, of a line of /proc/PID/status: VmRSS is the memory that the server uses now, VmHWM the
 * most so far. */
size_t abuse_memory(const struct webhook *webhook, const char *name);

/* Returns `ms`, or ABUSE_BUSY times that if the load of the machine is over twice the number of its CPUs. */
int64_t abuse_patience(int64_t ms);

/* Posts the review on `client`, or on a new connection if that is NULL. Fails the test unless the answer is 200 and
 * comes within abuse_patience(ABUSE_ANSWER_MS). Returns the milliseconds that it took. */
int64_t abuse_ask(const char *when, const struct abuse *abuse, struct https_client *client);

/* Calls abuse_ask() `times` times, one after the other. */
void abuse_ask_times(const char *when, const struct abuse *abuse, struct https_client *client, unsigned times);

/* Starts the server with the further arguments `more` (ended by NULL) and checks its first answer. */
void abuse_start(struct abuse *abuse, const char *const more[]);

/* Starts the steady client (steady.h). */
void abuse_steady(struct abuse *abuse);

/* Ends the steady client. Fails the test if any of its requests failed. Returns its p99 in ms. */
double abuse_steady_end_at_any_pace(const char *when, struct abuse *abuse);

/* Like abuse_steady_end_at_any_pace(); fails the test too if the p99 is over abuse_patience(ABUSE_P99_MS). */
void abuse_steady_end(const char *when, struct abuse *abuse);

/* Ends the server by SIGTERM. Fails the test unless its exit status is 0 and it never used over ABUSE_MEMORY_MAX. */
void abuse_end(struct abuse *abuse);

/* Skips the test if the process cannot have `wanted` open files. */
void abuse_needs_descriptors(unsigned wanted);

#define ABUSE_TEST(NAME) TEST_WITH(NAME, abuse_setup, abuse_teardown)
