/* Finds the git commit of a directory by reading files; git itself is never run. Private to policy/. */
#ifndef GPUSLICE_POLICY_COMMIT_H
#define GPUSLICE_POLICY_COMMIT_H

#include "policy/set.h"

/* Sets the HEAD of the git checkout or worktree that contains the directory, or the name of the directory or a parent
 * if that is a commit (the link of git-sync points to such a directory), whichever is nearer. Sets "" if there is
 * neither or it cannot be read: the commit is only informative. */
void commit_find(const char *directory, char ret_commit[COMMIT_SIZE]);

#endif
