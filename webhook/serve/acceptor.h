/* One thread that accepts connections and hands them on.
 *
 * libmicrohttpd's pool threads all poll the listening socket, and the one that wakes first takes what is there: eight
 * connections of one client landed on one thread, and the other idled (0.9.75, poll mode). Handed over by
 * MHD_add_connection() they are dealt out in turn. */
#ifndef GPUSLICE_SERVE_ACCEPTOR_H
#define GPUSLICE_SERVE_ACCEPTOR_H

#include "serve/connections.h"

#include <microhttpd.h>

struct acceptor;

/* What is accepted is counted in `connections`, which evicts another one if there are too many, and handed to `daemon`.
 * While too many are closing nothing is accepted: what waits stays in the kernel's queue. `listen_fd` is non-blocking;
 * all three stay the caller's. Errors: ERR_NOMEM, ERR_IO (no thread, no descriptor). */
MUST_CHECK int acceptor_start(int listen_fd, struct connections *connections, struct MHD_Daemon *daemon,
                              struct acceptor **ret_acceptor, struct err *err);

/* Takes what the kernel has accepted by now, then ends the thread. */
void acceptor_free(struct acceptor *acceptor);

DEFINE_AUTO(acceptor, struct acceptor *, acceptor_free);

#endif
