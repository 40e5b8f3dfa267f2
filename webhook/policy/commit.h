/* Finds the git commit of a directory by reading files; git itself is never run. Private to policy/. */
#pragma once

#include "policy/set.h"

/* Goes up from the directory to the first one that is a git checkout or worktree, or whose name is a commit (the link
 * of git-sync points to such a directory). Sets *ret_commit to the HEAD of the checkout, or to that name; to "" if
 * there is no such directory, or its HEAD cannot be read. */
void commit_find(const char *directory, char ret_commit[COMMIT_SIZE]);
