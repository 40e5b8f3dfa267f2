/* The end without losing a request.
 *
 * 1. /readyz fails; requests are served as before for `serve_on_ms`, until endpoints and proxies know.
 * 2. Every answer says "Connection: close", so that clients move on.
 * 3. No new connections.
 * 4. What is in flight is finished, and open connections may be used once more until none is open or nobody did for
 * five seconds, or until `finish_ms` are over.
 * 5. The server stops. */
#ifndef GPUSLICE_SERVE_DRAIN_H
#define GPUSLICE_SERVE_DRAIN_H

#include "serve/health.h"
#include "serve/server.h"

struct drain_options {
    unsigned serve_on_ms; /* as long as an endpoint's removal takes to arrive everywhere; 5000 is usual */
    unsigned finish_ms;   /* both together: less than terminationGracePeriodSeconds */
};

/* Blocks until the server has stopped; it still has to be freed. `health` may be NULL; it serves on. -1, with
 * ERR_UNAVAILABLE and their number, when requests were cut off at the deadline. */
MUST_CHECK int drain(struct server *server, struct health *health, const struct drain_options *options,
                     struct err *err);

#endif
