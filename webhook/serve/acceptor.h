/* One thread that accepts connections and distributes them over the pool.
 *
 * All of libmicrohttpd's pool threads poll the listening socket, and the first to wake takes everything: eight
 * connections of one client landed on one thread while the other was idle (0.9.75, poll mode). Connections handed over
 * by MHD_add_connection() are assigned to threads by their descriptor numbers, which spreads them over all threads. */
#ifndef GPUSLICE_SERVE_ACCEPTOR_H
#define GPUSLICE_SERVE_ACCEPTOR_H

#include "serve/connections.h"

#include <microhttpd.h>

struct acceptor;

/* Counts each accepted connection in `connections`, which evicts another one if there are too many, and hands it to
 * `daemon`. While too many are closing, nothing is accepted and new connections stay in the kernel's queue. `listen_fd`
 * must be non-blocking; the caller keeps ownership of all three. Errors: ERR_NOMEM, ERR_IO (no thread, no
 * descriptor). */
MUST_CHECK int acceptor_start(int listen_fd, struct connections *connections, struct MHD_Daemon *daemon,
                              struct acceptor **ret_acceptor, struct err *err);

/* Takes the connections that the kernel has already accepted, then ends the thread. */
void acceptor_free(struct acceptor *acceptor);

DEFINE_AUTO(acceptor, struct acceptor *, acceptor_free);

#endif
