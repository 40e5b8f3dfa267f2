/* Files and directory trees. Uses no library but libc. */
#include "base/file.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_LIST_MAX = 10000, FILE_LIST_DEPTH = 32, FILE_CHUNK = 16384 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}
DEFINE_AUTO_FINI(fd, int, close_fd);

static int read_all(int fd, const char *path, struct buf *out, struct err *err)
{
    char chunk[FILE_CHUNK];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_errno(err, "%s", path);
        if (got == 0)
            break;
        buf_add(out, chunk, (size_t)got);
        if (out->failure != ERR_NONE)
            break;
    }

    if (out->secret)
        explicit_bzero(chunk, sizeof(chunk));
    if (buf_check(out, err) < 0)
        return err_wrap(err, "%s", path);
    return 0;
}

int file_read(const char *path, struct buf *out, struct err *err)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "standard input", out, err);
    AUTO(fd) fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s", path);
    return read_all(fd, path, out, err);
}

static int write_all(int fd, const char *path, const char *data, size_t length, struct err *err)
{
    while (length > 0) {
        ssize_t written = write(fd, data, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return err_errno(err, "%s", path);
        data += written;
        length -= (size_t)written;
    }
    if (fsync(fd) < 0 && errno != EINVAL && errno != EROFS) /* pipes and some mounts cannot be synced */
        return err_errno(err, "%s", path);
    return 0;
}

/* True for a path that a new file must not replace: a device, a pipe or a socket, also at the end of links, and the
 * links in /dev and /proc to open files, such as /dev/stdout, which may lead to a regular file. */
static bool is_special(const char *path)
{
    struct stat status;
    if (text_begins(path, "/dev/") || text_begins(path, "/proc/"))
        return true;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static int write_special(const char *path, const void *data, size_t length, struct err *err)
{
    AUTO(fd) fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? err_errno(err, "%s", path) : write_all(fd, path, data, length, err);
}

int file_write(const char *path, const void *data, size_t length, mode_t mode, struct err *err)
{
    if (is_special(path))
        return write_special(path, data, length, err);

    AUTO(string) temporary = text_asprintf("%s.XXXXXX", path);
    if (!temporary)
        return err_nomem(err);

    AUTO(fd) fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s", path);

    int result = 0;
    if (fchmod(fd, mode) < 0)
        result = err_errno(err, "%s", temporary);
    if (result == 0)
        result = write_all(fd, temporary, data, length, err);
    if (result == 0 && rename(temporary, path) < 0)
        result = err_errno(err, "%s", path);
    if (result < 0)
        (void)unlink(temporary);
    return result;
}

static int list_directory(const char *path, unsigned depth, const char *const suffixes[], struct strlist *paths,
                          struct err *err);

static int list_entry(const char *path, const char *name, unsigned depth, const char *const suffixes[],
                      struct strlist *paths, struct err *err)
{
    AUTO(string) child = text_asprintf("%s/%s", path, name);
    struct stat info;
    struct stat target;
    if (!child)
        return err_nomem(err);
    if (lstat(child, &info) < 0 || stat(child, &target) < 0)
        return err_errno(err, "%s", child);

    if (S_ISDIR(info.st_mode))
        return list_directory(child, depth + 1, suffixes, paths, err);
    if (!S_ISREG(target.st_mode) || !text_ends_any(name, suffixes))
        return 0;
    if (paths->count == FILE_LIST_MAX)
        return err_set(err, ERR_LIMIT, "%s: more than %d files", path, FILE_LIST_MAX);
    return strlist_add(paths, child, err);
}

/* Recursion is bounded by FILE_LIST_DEPTH. */
static int list_directory(const char *path, unsigned depth, const char *const suffixes[], struct strlist *paths,
                          struct err *err)
{
    if (depth > FILE_LIST_DEPTH)
        return err_set(err, ERR_LIMIT, "%s: deeper than %d directories", path, FILE_LIST_DEPTH);

    AUTO(dir) dir = opendir(path);
    if (!dir)
        return err_errno(err, "%s", path);

    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir); /* thread-safe, because no other thread uses this DIR */
        if (!entry)
            return errno ? err_errno(err, "%s", path) : 0;
        if (entry->d_name[0] == '.')
            continue;
        if (list_entry(path, entry->d_name, depth, suffixes, paths, err) < 0)
            return -1;
    }
}

int file_list(const char *directory, const char *const suffixes[], struct strlist *ret_paths, struct err *err)
{
    struct stat info;
    if (stat(directory, &info) < 0)
        return err_errno(err, "%s", directory);
    AUTO(strlist) paths = {0};
    int result = S_ISDIR(info.st_mode) ? list_directory(directory, 0, suffixes, &paths, err)
                                       : strlist_add(&paths, directory, err);
    if (result < 0)
        return -1;
    strlist_sort(&paths);
    *ret_paths = TAKE(paths);
    return 0;
}
