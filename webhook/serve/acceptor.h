/* A listening socket, and the thread that accepts its connections and distributes them over the pool.
 *
 * All of libmicrohttpd's pool threads poll the listening socket, and the first to wake takes everything: eight
 * connections of one client landed on one thread while the other was idle (0.9.75, poll mode). Connections handed over
 * by MHD_add_connection() are assigned to threads by their descriptor numbers, which spreads them over all threads. */
#pragma once

#include "serve/connections.h"

#include <microhttpd.h>

struct acceptor;

/* Listens on `address` (serve/listen.h). Adds each accepted connection to `connections`, which evicts another if there
 * are too many. Then hands the accepted connection to `daemon`. While too many are closing, nothing is accepted and new
 * connections stay in the kernel's queue. `connections` and `daemon` must outlive the acceptor. Errors: those of
 * listen_open(), ERR_IO (no thread, no descriptor). */
MUST_CHECK int acceptor_start(const char *address, int backlog, struct connections *connections,
                              struct MHD_Daemon *daemon, struct acceptor **ret_acceptor, struct err *err);

/* Returns the port that it listens on. */
unsigned acceptor_port(const struct acceptor *acceptor);

/* Ends the thread, accepts the connections in the kernel's queue while there is room, and closes the socket. */
void acceptor_free(struct acceptor *acceptor);

DEFINE_AUTO(acceptor, struct acceptor *, acceptor_free);
