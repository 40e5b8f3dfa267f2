/* Counts connections and requests, and lets one thread wait until none is in flight. Thread-safe. */
#ifndef GPUSLICE_SERVE_TALLY_H
#define GPUSLICE_SERVE_TALLY_H

#include "serve/server.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct tally {
    atomic_uint_fast64_t connections, unused, requests;
    atomic_uint open, in_flight;
    atomic_bool awaited; /* a thread waits: wake it at the end of every request */
    pthread_mutex_t mutex;
    pthread_cond_t ended;
};

MUST_CHECK int tally_init(struct tally *tally, struct err *err);
void tally_fini(struct tally *tally);

void tally_connection_begins(struct tally *tally);
void tally_connection_ends(struct tally *tally, bool had_request);
void tally_request_begins(struct tally *tally);
void tally_request_ends(struct tally *tally);

struct server_counts tally_counts(const struct tally *tally);

/* See server_wait_quiet(). */
unsigned tally_wait_quiet(struct tally *tally, int64_t deadline_ns);

#endif
