/* One thread that accepts connections and hands them on.
 *
 * libmicrohttpd's pool threads all poll the listening socket, and the one that wakes first takes what is there: eight
 * connections of one client landed on one thread, and the other idled (0.9.75, poll mode). Handed over by
 * MHD_add_connection() they are dealt out in turn. */
#ifndef GPUSLICE_SERVE_ACCEPTOR_H
#define GPUSLICE_SERVE_ACCEPTOR_H

#include "base/err.h"

#include <sys/socket.h>

struct acceptor;

/* Takes over the connected, non-blocking, close-on-exec descriptor. */
typedef void acceptor_take_fn(void *context, int fd, const struct sockaddr *address, socklen_t length);

/* `listen_fd` is non-blocking and stays the caller's. Errors: ERR_NOMEM, ERR_IO (no thread, no descriptor). */
MUST_CHECK int acceptor_start(int listen_fd, acceptor_take_fn *take, void *context, struct acceptor **ret_acceptor,
                              struct err *err);

/* Takes what the kernel has accepted by now, then ends the thread. */
void acceptor_free(struct acceptor *acceptor);

DEFINE_AUTO(acceptor, struct acceptor *, acceptor_free);

#endif
