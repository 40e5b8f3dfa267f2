/* Which git commit a directory is at, read from files; git itself is never run. Private to policy/. */
#ifndef GPUSLICE_POLICY_COMMIT_H
#define GPUSLICE_POLICY_COMMIT_H

#include "policy/set.h"

/* The nearest of: the HEAD of a git checkout (or worktree) that holds the directory; a directory on its way whose name
 * is a commit (git-sync's link leads to one). "" if there is none, or it cannot be read: knowing it is a courtesy. */
void commit_find(const char *directory, char ret_commit[COMMIT_SIZE]);

#endif
