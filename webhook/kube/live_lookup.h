/* Asks the API server for one namespace, now: for what the watch has not told yet. Thread-safe.
 *
 * Those who ask for the same name at the same time share one request. After a failure of the server the next ones fail
 * at once for a second, so that reviews do not all spend their time on a server that is not there. */
#ifndef GPUSLICE_KUBE_LIVE_LOOKUP_H
#define GPUSLICE_KUBE_LIVE_LOOKUP_H

#include "kube/client.h"
#include "kube/namespace_entry.h"

enum live_lookup_result { LIVE_FOUND, LIVE_NOT_FOUND, LIVE_FAILED };

/* 0 takes the default. */
struct live_lookup_options {
    unsigned margin_ms;  /* left of a caller's deadline for the rest of its answer: 100 */
    unsigned longest_ms; /* that a caller waits, also where it has no deadline: 2000 */
    unsigned brake_ms;   /* how long others fail at once after a failure: 1000 */
    unsigned names_max;  /* different names that are asked for at a time; more fail at once: 16 */
    void (*observe)(void *context, enum live_lookup_result result); /* one request is over; may be NULL */
    void *context;
};

struct live_lookup;

/* `client` must outlive it. */
MUST_CHECK int live_lookup_new(const struct live_lookup_options *options, struct client *client,
                               struct live_lookup **ret_lookup, struct err *err);
/* Nobody may be within live_lookup_get() any more. */
void live_lookup_free(struct live_lookup *lookup);

/* `deadline_ns` of CLOCK_MONOTONIC, 0: none. *ret_entry is a new reference. Errors: ERR_NOT_FOUND (the server says that
 * there is no such namespace), ERR_UNAVAILABLE (no answer in time, or none at all), ERR_INVALID (no name of a
 * namespace), ERR_NOMEM. */
MUST_CHECK int live_lookup_get(struct live_lookup *lookup, const char *name, int64_t deadline_ns,
                               struct namespace_entry **ret_entry, struct err *err);

struct live_lookup_facts {
    uint64_t requests; /* made since the start */
    unsigned waiting;  /* callers that wait for an answer now */
};
struct live_lookup_facts live_lookup_facts(struct live_lookup *lookup);

DEFINE_AUTO(live_lookup, struct live_lookup *, live_lookup_free);

#endif
