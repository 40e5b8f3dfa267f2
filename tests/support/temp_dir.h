/* A directory for one test, and small file operations that abort the test if they fail. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

/* Returns the path of a new directory under $TMPDIR or /tmp. Free it with temp_dir_free(), which removes the directory
 * and its content. Aborts on failure. */
char *temp_dir_new(void);
void temp_dir_free(char *path);

/* Returns "<directory>/<name>"; free() it. */
char *temp_path(const char *directory, const char *name);

/* The names are relative to `directory`. All abort on failure. */
void temp_write(const char *directory, const char *name, const char *text);
void temp_mkdir(const char *directory, const char *name);
void temp_link(const char *directory, const char *target, const char *name);
void temp_rename(const char *directory, const char *from, const char *to);
void temp_remove(const char *directory, const char *name); /* with its content */

/* Polls `done` until it returns true. Returns false if it does not within `timeout_ms`. */
bool eventually(bool (*done)(void *context), void *context, int timeout_ms);

DEFINE_AUTO(temp_dir, char *, temp_dir_free);
