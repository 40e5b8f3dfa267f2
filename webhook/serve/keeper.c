/* The keeper thread. Does not depend on what its task does. */
#include "serve/keeper.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct keeper {
    int stop_fd; /* an eventfd, readable when the thread must end */
    int fd;      /* what the task waits for; -1: nothing */
    keeper_task_fn *task;
    void *context;
    pthread_t thread;
};

static void *keeper_main(void *context)
{
    const struct keeper *keeper = context;
    struct pollfd fds[] = {{.fd = keeper->stop_fd, .events = POLLIN}, {.fd = keeper->fd, .events = POLLIN}};
    while (fds[0].revents == 0) {
        int wait_ms = keeper->task(keeper->context, clock_monotonic_ns());
        if (poll(fds, ARRAY_SIZE(fds), wait_ms) < 0)
            fds[0].revents = 0; /* interrupted by a signal: call the task a little early */
    }
    return NULL;
}

int keeper_start(const char *what, int fd, keeper_task_fn *task, void *context, struct keeper **ret_keeper,
                 struct err *err)
{
    struct keeper *keeper = calloc(1, sizeof(*keeper));
    if (!keeper)
        return err_nomem(err);

    *keeper = (struct keeper){.fd = fd, .task = task, .context = context};
    keeper->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (keeper->stop_fd < 0) {
        free(keeper);
        return err_errno(err, "eventfd");
    }

    int fault = pthread_create(&keeper->thread, NULL, keeper_main, keeper);
    if (fault != 0) {
        (void)close(keeper->stop_fd);
        free(keeper);
        errno = fault;
        return err_errno(err, "cannot start %s", what);
    }

    *ret_keeper = keeper;
    return 0;
}

void keeper_free(struct keeper *keeper)
{
    if (!keeper)
        return;
    (void)eventfd_write(keeper->stop_fd, 1);
    (void)pthread_join(keeper->thread, NULL);
    (void)close(keeper->stop_fd);
    free(keeper);
}
