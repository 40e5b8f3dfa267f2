/* Building and reading jansson trees by path. Knows no kind of object. */
#ifndef GPUSLICE_MIGRATE_TREE_H
#define GPUSLICE_MIGRATE_TREE_H

#include "base/buf.h"
#include "json/unconst.h"

/* The text of a string member, or NULL. */
const char *tree_text(const json_t *object, const char *key);

/* What `path` (keys joined by dots) leads to, or NULL. */
json_t *tree_get(const json_t *object, const char *path);

/* Puts `value` (a new reference, taken over also on failure) at `path`, making the objects on the way. Keys that hold
 * dots are given apart, by `key` below `path`. -1 when out of memory. */
MUST_CHECK int tree_put(json_t *object, const char *path, json_t *value);
MUST_CHECK int tree_put_key(json_t *object, const char *path, const char *key, json_t *value);
/* Appends to the array at `path`, which is made if it is not there. */
MUST_CHECK int tree_append(json_t *object, const char *path, json_t *value);

/* A scalar as people write it: strings as they are, all else as JSON. NULL when out of memory; free() it. */
char *tree_scalar_text(const json_t *value);

/* Puts the members of an object into the order of `keys` (ended by NULL), others behind. -1 when out of memory. */
MUST_CHECK int tree_order(json_t *object, const char *const keys[]);

#endif
