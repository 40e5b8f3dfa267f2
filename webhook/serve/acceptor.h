/* One thread that accepts connections and hands them on.
 *
 * libmicrohttpd's pool threads all poll the listening socket, and the one that wakes first takes what is there: eight
 * connections of one client landed on one thread, and the other idled (0.9.75, poll mode). Handed over by
 * MHD_add_connection() they are dealt out in turn. */
#ifndef GPUSLICE_SERVE_ACCEPTOR_H
#define GPUSLICE_SERVE_ACCEPTOR_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/socket.h>

struct acceptor;

/* What the thread calls; all of them on the accepting thread. */
struct acceptor_calls {
    /* Takes over the connected, non-blocking, close-on-exec descriptor. */
    void (*take)(void *context, int fd, const struct sockaddr *address, socklen_t length);
    /* False: accept nothing for some milliseconds, what waits stays in the kernel's queue. */
    bool (*has_room)(void *context);
    /* There is no descriptor left to accept with: give one back. */
    void (*starved)(void *context);
    void *context;
};

/* `listen_fd` is non-blocking and stays the caller's. Errors: ERR_NOMEM, ERR_IO (no thread, no descriptor). */
MUST_CHECK int acceptor_start(int listen_fd, const struct acceptor_calls *calls, struct acceptor **ret_acceptor,
                              struct err *err);

/* Takes what the kernel has accepted by now, then ends the thread. */
void acceptor_free(struct acceptor *acceptor);

DEFINE_AUTO(acceptor, struct acceptor *, acceptor_free);

#endif
