/* Shuts down without losing a request.
 *
 * 1. /readyz fails; requests are served as before for `serve_on_ms`, so that endpoints and proxies can notice.
 * 2. Every answer closes its connection ("Connection: close"), so that clients connect elsewhere.
 * 3. No new connections are accepted.
 * 4. Requests in flight are finished, and open connections may still be used until none is open, none was used for five
 * seconds, or `finish_ms` is over.
 * 5. The server stops. */
#pragma once

#include "serve/health.h"
#include "serve/server.h"

struct drain_options {
    unsigned serve_on_ms; /* for the removal of an endpoint to arrive everywhere; 5000 is usual */
    unsigned finish_ms;   /* the sum of both must be less than terminationGracePeriodSeconds */
};

/* Blocks until the server has stopped; the caller must still free it. `health`, which may be NULL, keeps serving.
 * Errors: ERR_UNAVAILABLE with the number of requests that were cut off at the deadline. */
MUST_CHECK int drain(struct server *server, struct health *health, const struct drain_options *options,
                     struct err *err);
