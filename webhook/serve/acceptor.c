/* The accepting thread: accepts sockets and hands them over. Does not depend on TLS or HTTP. */
#include "serve/acceptor.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    ACCEPTOR_AT_ONCE = 8192, /* more than a backlog holds; after that many it checks whether to stop */
    ACCEPTOR_PAUSE_MS = 10,  /* the time in which a connection that was shut down ends and makes room for the next */
};

struct acceptor {
    int listen_fd;
    int stop_fd; /* an eventfd, readable when the thread must end */
    struct connections *connections;
    struct MHD_Daemon *daemon;
    pthread_t thread;
};

/* True if a connection is waiting. accept4() does not say so when descriptors have run out, because it reserves one
 * before it checks. */
static bool has_waiting(const struct acceptor *acceptor)
{
    struct pollfd fd = {.fd = acceptor->listen_fd, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

/* Takes over the connected descriptor and hands it to libmicrohttpd, which assigns descriptors to the threads of its
 * pool by their numbers. */
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

/* Accepts all waiting connections. Returns false if one is waiting but cannot be accepted for now. */
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
        if (errno == EINVAL || errno == EBADF) /* it no longer listens */
            return true;
        /* On any other error that connection is gone (accept(2)); the next may succeed. */
    }
    return true;
}

static void *acceptor_main(void *context)
{
    struct acceptor *acceptor = context;
    struct pollfd fds[] = {{.fd = acceptor->stop_fd, .events = POLLIN}, {.fd = acceptor->listen_fd, .events = POLLIN}};
    bool stop = false;
    while (!stop) {
        if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
            break;
        stop = fds[0].revents != 0;
        if (!accept_all(acceptor) && !stop)
            (void)poll(fds, 1, ACCEPTOR_PAUSE_MS);
    }
    return NULL;
}

int acceptor_start(int listen_fd, struct connections *connections, struct MHD_Daemon *daemon,
                   struct acceptor **ret_acceptor, struct err *err)
{
    struct acceptor *acceptor = calloc(1, sizeof(*acceptor));
    if (!acceptor)
        return err_nomem(err);

    *acceptor = (struct acceptor){.listen_fd = listen_fd, .connections = connections, .daemon = daemon};
    acceptor->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (acceptor->stop_fd < 0) {
        free(acceptor);
        return err_errno(err, "eventfd");
    }

    int fault = pthread_create(&acceptor->thread, NULL, acceptor_main, acceptor);
    if (fault != 0) {
        (void)close(acceptor->stop_fd);
        free(acceptor);
        errno = fault;
        return err_errno(err, "the accepting thread");
    }

    *ret_acceptor = acceptor;
    return 0;
}

void acceptor_free(struct acceptor *acceptor)
{
    if (!acceptor)
        return;
    (void)eventfd_write(acceptor->stop_fd, 1);
    (void)pthread_join(acceptor->thread, NULL);
    (void)close(acceptor->stop_fd);
    free(acceptor);
}
