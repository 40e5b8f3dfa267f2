#include "temp_dir.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MS_NS = 1000000, POLL_NS = 2 * MS_NS, OPEN_MAX_FTW = 16 };

static void must(bool good, const char *what, const char *path)
{
    if (good)
        return;
    (void)fprintf(stderr, "%s %s: %s\n", what, path, strerrordesc_np(errno));
    abort();
}

char *temp_dir_new(void)
{
    const char *top = getenv("TMPDIR");
    char *path = temp_path(top ? top : "/tmp", "gpuslice-test.XXXXXX");
    must(mkdtemp(path) != NULL, "mkdtemp", path);
    return path;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static void remove_all(const char *path)
{
    must(nftw(path, remove_entry, OPEN_MAX_FTW, FTW_DEPTH | FTW_PHYS) == 0, "remove", path);
}

void temp_dir_free(char *path)
{
    if (!path)
        return;
    remove_all(path);
    free(path);
}

char *temp_path(const char *directory, const char *name)
{
    char *path = NULL;
    must(asprintf(&path, "%s/%s", directory, name) >= 0, "asprintf", name);
    return path;
}

void temp_write(const char *directory, const char *name, const char *text)
{
    AUTO(string) path = temp_path(directory, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    must(fd >= 0, "open", path);
    must(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "write", path);
    (void)close(fd);
}

void temp_mkdir(const char *directory, const char *name)
{
    AUTO(string) path = temp_path(directory, name);
    must(mkdir(path, 0755) == 0, "mkdir", path);
}

void temp_link(const char *directory, const char *target, const char *name)
{
    AUTO(string) path = temp_path(directory, name);
    must(symlink(target, path) == 0, "symlink", path);
}

void temp_rename(const char *directory, const char *from, const char *to)
{
    AUTO(string) old = temp_path(directory, from);
    AUTO(string) new = temp_path(directory, to);
    must(rename(old, new) == 0, "rename", old);
}

void temp_remove(const char *directory, const char *name)
{
    AUTO(string) path = temp_path(directory, name);
    remove_all(path);
}

bool eventually(bool (*done)(void *context), void *context, int timeout_ms)
{
    int64_t deadline = clock_monotonic_ns() + (int64_t)timeout_ms * MS_NS;
    const struct timespec pause = {.tv_nsec = POLL_NS};
    while (!done(context)) {
        if (clock_monotonic_ns() > deadline)
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}
