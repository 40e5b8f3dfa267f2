/* Finds the git commit of a directory by reading files; git itself is never run. Private to policy/. */
#pragma once

#include "policy/set.h"

/* Resolves symbolic links in `directory`, then goes up to the first directory that is a git checkout or worktree, or
 * whose name is a commit (git-sync's link points to such a directory). Sets ret_commit to the commit of its HEAD, or to
 * its name if HEAD cannot be read or there is no checkout. Sets "" if neither is a commit. */
void commit_find(const char *directory, char ret_commit[COMMIT_SIZE]);
