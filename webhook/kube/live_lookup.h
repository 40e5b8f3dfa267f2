/* Looks up single namespaces at the API server, for reviews that the watch's store cannot serve. Thread-safe.
 *
 * Concurrent lookups of the same name share one request. After a failure of the server, lookups fail immediately for
 * one second (a circuit breaker), so that reviews do not all spend their time on an unreachable server. */
#pragma once

#include "kube/client.h"
#include "kube/namespace_entry.h"

enum live_lookup_result { LIVE_FOUND, LIVE_NOT_FOUND, LIVE_FAILED, LIVE_RESULTS };

/* A number that is 0 has its default, which its comment names. */
struct live_lookup_options {
    unsigned margin_ms;  /* kept free before a caller's deadline for the rest of its answer: 100 */
    unsigned longest_ms; /* the longest wait of a caller, even without a deadline: 2000 */
    unsigned breaker_ms; /* how long lookups fail immediately after a failure: 1000 */
    unsigned names_max;  /* names looked up at the same time; lookups of other names fail immediately: 16 */
    void (*observe)(void *context, enum live_lookup_result result); /* called after each request; may be NULL */
    void *context;
};

struct live_lookup;

/* `client` must outlive the lookup. Errors: ERR_NOMEM. */
MUST_CHECK int live_lookup_new(const struct live_lookup_options *options, struct client *client,
                               struct live_lookup **ret_lookup, struct err *err);
/* Call it when no thread is in live_lookup_get() any more. */
void live_lookup_free(struct live_lookup *lookup);

/* Sets *ret_entry to a new reference. `deadline_ns` is CLOCK_MONOTONIC; 0: none. Errors: ERR_NOT_FOUND (the server
 * reports that the namespace does not exist), ERR_UNAVAILABLE (no answer in time, too many names at once, or a failure
 * less than breaker_ms ago), ERR_INVALID (the name, or the object's metadata), those of client_fetch(), ERR_NOMEM. */
MUST_CHECK int live_lookup_get(struct live_lookup *lookup, const char *name, int64_t deadline_ns,
                               struct namespace_entry **ret_entry, struct err *err);

struct live_lookup_facts {
    uint64_t requests; /* sent since the start */
    unsigned waiting;  /* callers now waiting for an answer */
};
struct live_lookup_facts live_lookup_facts(struct live_lookup *lookup);

DEFINE_AUTO(live_lookup, struct live_lookup *, live_lookup_free);
