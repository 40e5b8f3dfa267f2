/* Whole files and directory trees. */
#ifndef GPUSLICE_BASE_FILE_H
#define GPUSLICE_BASE_FILE_H

#include "base/buf.h"
#include "base/strlist.h"

#include <dirent.h>
#include <sys/types.h>

/* Reads all of `path` ("-" is standard input) behind what `out` holds.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_NOMEM; ERR_LIMIT when it does not fit into out's maximum. */
MUST_CHECK int file_read(const char *path, struct buf *out, struct err *err);

/* Replaces `path` by a new file of that mode: written beside it, synced, renamed. Readers see the old or the new
 * content, never half. A device, pipe or socket (/dev/stdout, a shell's >(...)) is written into instead. Errors:
 * ERR_IO, ERR_NOMEM. */
MUST_CHECK int file_write(const char *path, const void *data, size_t length, mode_t mode, struct err *err);

/* Adds the paths of all regular files below `directory` (or `directory` itself, if it is a file) whose name ends with
 * one of `suffixes` (NULL-terminated), sorted by path. Entries that start with '.' are skipped (a ConfigMap mount's
 * ..data); links to files are followed, links to directories below the top are not (they could loop). At most 10,000
 * files, 32 levels. Errors: ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int file_list(const char *directory, const char *const suffixes[], struct strlist *ret_paths,
                         struct err *err);

static inline void file_close_dir(DIR *dir)
{
    if (dir)
        (void)closedir(dir);
}
DEFINE_AUTO(dir, DIR *, file_close_dir);

#endif
