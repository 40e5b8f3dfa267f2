/* Runs one child process. Does not depend on its purpose. */
#include "kube/subprocess.h"

#include "base/clock.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ERROR_OUTPUT_MAX = 512, CHUNK = 4096, NAP_NS = 2 * NS_PER_MS };

/* A pipe whose reading end is ours. */
struct pipe_ends {
    int read, write;
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void pipe_ends_fini(struct pipe_ends *ends)
{
    close_end(&ends->read);
    close_end(&ends->write);
}
DEFINE_AUTO_FINI(pipe_ends, struct pipe_ends, pipe_ends_fini);

static int pipe_open(struct pipe_ends *ends, struct err *err)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0)
        return err_errno(err, "pipe");
    *ends = (struct pipe_ends){fds[0], fds[1]};
    return fcntl(ends->read, F_SETFL, O_NONBLOCK) < 0 ? err_errno(err, "pipe") : 0;
}

/* The child must not inherit the signals that this process blocks or ignores. Setters fail only for unknown flags. */
static void set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t ignored;
    (void)sigemptyset(&none);
    (void)sigemptyset(&ignored);
    (void)sigaddset(&ignored, SIGPIPE);
    (void)posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    (void)posix_spawnattr_setsigmask(attributes, &none);
    (void)posix_spawnattr_setsigdefault(attributes, &ignored);
    (void)posix_spawnattr_setpgroup(attributes, 0);
}

static int set_files(posix_spawn_file_actions_t *files, const struct pipe_ends *out, const struct pipe_ends *errors)
{
    int result = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (result == 0)
        result = posix_spawn_file_actions_adddup2(files, out->write, STDOUT_FILENO);
    return result == 0 ? posix_spawn_file_actions_adddup2(files, errors->write, STDERR_FILENO) : result;
}

static int spawn(const struct subprocess *subprocess, const struct pipe_ends *out, const struct pipe_ends *errors,
                 pid_t *ret_pid, struct err *err)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    (void)posix_spawnattr_init(&attributes); /* neither can fail in glibc and musl */
    (void)posix_spawn_file_actions_init(&files);

    set_attributes(&attributes);
    int result = set_files(&files, out, errors);
    if (result == 0)
        result =
            posix_spawnp(ret_pid, subprocess->argv[0], &files, &attributes, subprocess->argv, subprocess->environment);

    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    errno = result;
    return result == 0 ? 0 : err_errno(err, "%s", subprocess->argv[0]);
}

static int milliseconds_left(int64_t deadline_ns)
{
    int64_t left = (deadline_ns - clock_monotonic_ns()) / NS_PER_MS;
    return left <= 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

/* Reads what is available, at most one chunk. Removes the pipe from polling at end of file. */
static void drain_end(struct pollfd *end, struct buf *to)
{
    char chunk[CHUNK];
    ssize_t got = read(end->fd, chunk, sizeof(chunk));
    if (got > 0)
        buf_add(to, chunk, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR))
        end->fd = -1; /* poll() ignores it; pipe_ends_fini() closes it */
    if (to->secret)
        explicit_bzero(chunk, sizeof(chunk));
}

/* Reads both until end of file or until `out` is full. Returns false at the deadline. */
static bool read_both(const struct subprocess *subprocess, int out_fd, int errors_fd, struct buf *out,
                      struct buf *error_output)
{
    struct pollfd ends[] = {{.fd = out_fd, .events = POLLIN}, {.fd = errors_fd, .events = POLLIN}};
    struct buf *const bufs[] = {out, error_output};
    while ((ends[0].fd >= 0 || ends[1].fd >= 0) && out->failure == ERR_NONE) {
        int left = milliseconds_left(subprocess->deadline_ns);
        if (left == 0)
            return false;
        if (poll(ends, ARRAY_SIZE(ends), left) <= 0)
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
            if (ends[i].revents)
                drain_end(&ends[i], bufs[i]);
        }
    }

    return true;
}

/* Returns the status of the process. At the deadline, or at once if that is 0, kills the process and all that it has
 * started, and returns -1. */
static int wait_end(pid_t pid, int64_t deadline_ns)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    int status = 0;
    while (deadline_ns == 0 || waitpid(pid, &status, WNOHANG) == 0) {
        if (milliseconds_left(deadline_ns) == 0) {
            (void)kill(-pid, SIGKILL);
            (void)waitpid(pid, &status, 0);
            return -1;
        }
        (void)nanosleep(&nap, NULL);
    }
    return status;
}

/* Returns the first line that the program wrote to standard error. */
static const char *first_line(struct buf *error_output)
{
    char *line = error_output->data;
    if (!line)
        return "it printed nothing";
    line[strcspn(line, "\r\n")] = '\0';
    return line;
}

static int check_end(const struct subprocess *subprocess, int status, struct buf *error_output, struct err *err)
{
    const char *name = subprocess->argv[0];
    if (status == -1)
        return err_set(err, ERR_UNAVAILABLE, "%s: did not finish in time and was killed", name);
    if (WIFSIGNALED(status))
        return err_set(err, ERR_UNAVAILABLE, "%s: was ended by signal %d: %s", name, WTERMSIG(status),
                       first_line(error_output));
    if (WEXITSTATUS(status) == 127)
        return err_set(err, ERR_NOT_FOUND, "%s: could not be run: %s", name, first_line(error_output));
    if (WEXITSTATUS(status) != 0)
        return err_set(err, ERR_UNAVAILABLE, "%s: failed with status %d: %s", name, WEXITSTATUS(status),
                       first_line(error_output));
    return 0;
}

int subprocess_run(const struct subprocess *subprocess, struct buf *out, struct err *err)
{
    AUTO(pipe_ends) out_ends = {-1, -1};
    AUTO(pipe_ends) error_ends = {-1, -1};
    AUTO(buf) error_output;
    pid_t pid = -1;
    buf_init(&error_output, ERROR_OUTPUT_MAX);
    if (pipe_open(&out_ends, err) < 0 || pipe_open(&error_ends, err) < 0 ||
        spawn(subprocess, &out_ends, &error_ends, &pid, err) < 0)
        return -1;

    close_end(&out_ends.write);
    close_end(&error_ends.write);
    bool whole = read_both(subprocess, out_ends.read, error_ends.read, out, &error_output) && out->failure == ERR_NONE;
    int status = wait_end(pid, whole ? subprocess->deadline_ns : 0);
    if (out->failure != ERR_NONE) {
        (void)(buf_check(out, err) < 0);
        return err_wrap(err, "%s: printed too much", subprocess->argv[0]);
    }

    return check_end(subprocess, status, &error_output, err);
}
