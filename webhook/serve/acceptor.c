/* The accepting thread: accepts sockets and hands them over. Does not depend on TLS or HTTP. */
#include "serve/acceptor.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/keeper.h"
#include "serve/listen.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    ACCEPTOR_AT_ONCE = 8192, /* more than the backlog holds; after this many the thread checks whether to stop */
    ACCEPTOR_PAUSE_MS = 10,  /* enough for a connection that was shut down to end */
};

struct acceptor {
    int listen_fd; /* -1: none yet */
    struct connections *connections;
    struct MHD_Daemon *daemon;
    struct keeper *keeper;
};

/* True if a connection is waiting. When descriptors have run out, accept4() fails even if none is, because it reserves
 * a descriptor first. */
static bool has_waiting(const struct acceptor *acceptor)
{
    struct pollfd fd = {.fd = acceptor->listen_fd, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

/* Takes ownership of the connected descriptor and hands it to libmicrohttpd. */
static void hand_over_connection(const struct acceptor *acceptor, int fd, const struct sockaddr *address,
                                 socklen_t length)
{
    struct err err;
    if (connections_add(acceptor->connections, fd, clock_monotonic_ns(), &err) < 0) {
        LOG(LOG_WARN, "connection refused", LOG_STR("fault", err.text));
        (void)close(fd);
        return;
    }
    if (MHD_add_connection(acceptor->daemon, fd, address, length) == MHD_YES)
        return;
    LOG(LOG_WARN, "connection refused", LOG_STR("fault", "libmicrohttpd does not take it (memory?)"));
    connections_drop(acceptor->connections, fd); /* libmicrohttpd has closed it */
}

/* Accepts all waiting connections. Returns false if none can be accepted for now: too many are closing, or descriptors
 * or memory have run out. */
static bool accept_all(struct acceptor *acceptor)
{
    for (int i = 0; i < ACCEPTOR_AT_ONCE; i++) {
        if (!connections_have_room(acceptor->connections))
            return false;

        struct sockaddr_storage address;
        socklen_t length = sizeof(address);
        int fd = accept4(acceptor->listen_fd, (struct sockaddr *)&address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            hand_over_connection(acceptor, fd, (const struct sockaddr *)&address, length);
            continue;
        }
        if (errno == EAGAIN)
            return true;
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (!has_waiting(acceptor))
                return true;
            LOG(LOG_DEBUG, "no connection can be accepted", LOG_STR("fault", strerrordesc_np(errno)));
            (void)connections_evict(acceptor->connections);
            return false;
        }
        if (errno == EINVAL || errno == EBADF) /* the socket no longer listens */
            return true;
        /* On any other error that connection is gone (accept(2)); the next may succeed. */
    }
    return true;
}

static int accept_waiting(void *context, int64_t now_ns)
{
    (void)now_ns;
    if (!accept_all(context))
        (void)poll(NULL, 0, ACCEPTOR_PAUSE_MS);
    return -1;
}

int acceptor_start(const char *address, int backlog, struct connections *connections, struct MHD_Daemon *daemon,
                   struct acceptor **ret_acceptor, struct err *err)
{
    AUTO(acceptor) acceptor = calloc(1, sizeof(*acceptor));
    if (!acceptor)
        return err_nomem(err);

    *acceptor = (struct acceptor){.listen_fd = -1, .connections = connections, .daemon = daemon};
    if (listen_open(address, backlog, &acceptor->listen_fd, err) < 0 ||
        keeper_start("the accepting thread", acceptor->listen_fd, accept_waiting, acceptor, &acceptor->keeper, err) < 0)
        return -1;

    *ret_acceptor = TAKE(acceptor);
    return 0;
}

unsigned acceptor_port(const struct acceptor *acceptor)
{
    return listen_port(acceptor->listen_fd);
}

void acceptor_free(struct acceptor *acceptor)
{
    if (!acceptor)
        return;
    keeper_free(acceptor->keeper);
    if (acceptor->listen_fd >= 0) {
        (void)accept_all(acceptor);
        (void)close(acceptor->listen_fd);
    }
    free(acceptor);
}
