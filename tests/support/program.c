#include "tests/support/program.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OUTPUT_MAX = 64 * 1024 * 1024 };

extern char **environ;

static int64_t deadline_in(int timeout_ms)
{
    return clock_monotonic_ns() + timeout_ms * INT64_C(1000000);
}

/* Returns the milliseconds until the deadline, or 0 after it. */
static int left_until(int64_t deadline_ns)
{
    int64_t left = (deadline_ns - clock_monotonic_ns()) / 1000000;
    return left > 0 ? (int)left : 0;
}

static int spawn(const char *const argv[], int out, int errors, struct program *ret_program, struct err *err)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return err_nomem(err);
    int fault = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (fault == 0)
        fault = posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    if (fault == 0) /* posix_spawn() takes the strings as writable, and does not write */
        fault = posix_spawn(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    errno = fault;
    if (fault != 0)
        return err_errno(err, "%s", argv[0]);
    *ret_program = (struct program){.pid = pid, .pidfd = pidfd_open(pid, 0)};
    if (ret_program->pidfd >= 0)
        return 0;
    (void)err_errno(err, "pidfd_open");
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    return -1;
}

/* Waits until the program has ended; kills it at the deadline and fails with ERR_IO. */
static int reap(struct program *program, int64_t deadline_ns, int *ret_status, struct err *err)
{
    struct pollfd end = {.fd = program->pidfd, .events = POLLIN};
    int status;
    int ready;
    do
        ready = poll(&end, 1, left_until(deadline_ns));
    while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        (void)kill(program->pid, SIGKILL);
    (void)waitpid(program->pid, &status, 0);
    (void)close(program->pidfd);
    *program = (struct program){.pidfd = -1};
    if (ready <= 0)
        return err_set(err, ERR_IO, "the program did not end in time");
    *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return 0;
}

/* Reads both pipes to their ends. */
static int drain(const int pipes[2], struct buf *const sinks[2], int64_t deadline_ns, struct err *err)
{
    struct pollfd polled[2] = {{.fd = pipes[0], .events = POLLIN}, {.fd = pipes[1], .events = POLLIN}};
    while (polled[0].fd >= 0 || polled[1].fd >= 0) {
        int ready = poll(polled, 2, left_until(deadline_ns));
        if (ready == 0)
            return err_set(err, ERR_IO, "the program was not done in time");
        for (size_t i = 0; ready > 0 && i < 2; i++) {
            char chunk[16384];
            if (polled[i].fd < 0 || polled[i].revents == 0)
                continue;
            ssize_t length = read(polled[i].fd, chunk, sizeof(chunk));
            if (length > 0)
                buf_add(sinks[i], chunk, (size_t)length);
            else
                polled[i].fd = -1; /* poll() ignores negative descriptors */
        }
    }
    return 0;
}

void program_output_fini(struct program_output *output)
{
    buf_fini(&output->out);
    buf_fini(&output->errors);
}

static void close_pipe(const int pipe[2])
{
    (void)close(pipe[0]);
    (void)close(pipe[1]);
}

int program_run(const char *const argv[], int timeout_ms, struct program_output *ret_output, struct err *err)
{
    int out[2];
    int errors[2];
    struct program program;
    int64_t deadline_ns = deadline_in(timeout_ms);
    AUTO(program_output) output = {0};
    buf_init(&output.out, OUTPUT_MAX);
    buf_init(&output.errors, OUTPUT_MAX);
    if (pipe2(out, O_CLOEXEC) < 0)
        return err_errno(err, "pipe2");
    if (pipe2(errors, O_CLOEXEC) < 0) {
        close_pipe(out);
        return err_errno(err, "pipe2");
    }
    int result = spawn(argv, out[1], errors[1], &program, err);
    (void)close(out[1]);
    (void)close(errors[1]);
    if (result == 0) {
        struct err late;
        result = drain((const int[]){out[0], errors[0]}, (struct buf *const[]){&output.out, &output.errors},
                       deadline_ns, err);
        int reaped = reap(&program, deadline_ns, &output.status, result < 0 ? &late : err);
        result = result < 0 ? result : reaped;
    }
    (void)close(out[0]);
    (void)close(errors[0]);
    if (result < 0 || buf_check(&output.out, err) < 0 || buf_check(&output.errors, err) < 0)
        return err_wrap(err, "%s", argv[0]);
    *ret_output = output;
    output = (struct program_output){0};
    return 0;
}

int program_start(const char *const argv[], const char *log, struct program *ret_program, struct err *err)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_errno(err, "%s", log);
    int result = spawn(argv, fd, fd, ret_program, err);
    (void)close(fd);
    return result;
}

bool program_has_ended(const struct program *program)
{
    struct pollfd end = {.fd = program->pidfd, .events = POLLIN};
    return poll(&end, 1, 0) > 0;
}

int program_stop(struct program *program, int timeout_ms, int *ret_status, struct err *err)
{
    (void)kill(program->pid, SIGTERM);
    return reap(program, deadline_in(timeout_ms), ret_status, err);
}
