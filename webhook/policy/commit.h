/* Which git commit a directory is at, read from files; git itself is never run. Private to policy/. */
#ifndef GPUSLICE_POLICY_COMMIT_H
#define GPUSLICE_POLICY_COMMIT_H

#include "policy/set.h"

/* Finds the nearest of: the HEAD of the git checkout or worktree that contains the directory; a parent directory whose
 * name is a commit (git-sync's link points to one). Sets "" if there is none or it cannot be read: the commit is only
 * informative. */
void commit_find(const char *directory, char ret_commit[COMMIT_SIZE]);

#endif
