/* Whole files and directory trees. */
#pragma once

#include "base/buf.h"
#include "base/strlist.h"

#include <dirent.h>
#include <sys/types.h>

/* Appends the content of `path` ("-" is standard input) to `out`, which may hold a part of it after an error. Errors:
 * ERR_NOT_FOUND, ERR_IO, ERR_NOMEM; ERR_LIMIT if it exceeds the buffer's maximum. */
MUST_CHECK int file_read(const char *path, struct buf *out, struct err *err);

/* Replaces `path` with a new file of that mode: the file is written next to it, synced and renamed, so readers see
 * either the old or the new content. A device, a pipe (a shell's >(...)) and any path in /dev or /proc (/dev/stdout) is
 * written to directly. Errors: ERR_NOT_FOUND if the directory does not exist, ERR_IO, ERR_NOMEM. */
MUST_CHECK int file_write(const char *path, const void *data, size_t length, mode_t mode, struct err *err);

/* Sets *ret_paths to the paths of all regular files below `directory` whose names end with one of `suffixes`
 * (NULL-terminated), sorted by path. If `directory` is a file, *ret_paths is its path alone, whatever its name. Entries
 * that start with '.' are skipped (a ConfigMap mount's ..data). Links to files are followed; links to directories below
 * the top are not, because they could loop. At most 10,000 files and 32 levels of subdirectories. Errors: ERR_NOT_FOUND
 * (also for a link that leads nowhere), ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int file_list(const char *directory, const char *const suffixes[], struct strlist *ret_paths,
                         struct err *err);

static inline void file_close_dir(DIR *dir)
{
    if (dir)
        (void)closedir(dir);
}
DEFINE_AUTO(dir, DIR *, file_close_dir);
