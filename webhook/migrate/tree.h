/* Building and reading jansson trees by path. Knows no kind of object. */
#ifndef GPUSLICE_MIGRATE_TREE_H
#define GPUSLICE_MIGRATE_TREE_H

#include "base/buf.h"
#include "json/unconst.h"

/* Returns the text of a string member, or NULL. */
const char *tree_text(const json_t *object, const char *key);

/* Returns the value at `path` (keys joined by dots), or NULL. */
json_t *tree_get(const json_t *object, const char *path);

/* Sets `value` (a new reference, taken over also on failure) at `path`, and creates the objects on the way. A key with
 * dots is passed separately, as `key` below `path`. -1 when out of memory. */
MUST_CHECK int tree_put(json_t *object, const char *path, json_t *value);
MUST_CHECK int tree_put_key(json_t *object, const char *path, const char *key, json_t *value);
/* Appends to the array at `path`, which is created if needed. */
MUST_CHECK int tree_append(json_t *object, const char *path, json_t *value);

/* A scalar as people write it: strings as they are, all else as JSON. NULL when out of memory; free() it. */
char *tree_scalar_text(const json_t *value);

/* Sorts the members of an object in the order of `keys` (NULL-terminated); others follow. -1 when out of memory. */
MUST_CHECK int tree_order(json_t *object, const char *const keys[]);

#endif
