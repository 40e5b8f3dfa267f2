/* Builds and reads jansson trees by path. Does not depend on kinds of objects. */
#pragma once

#include "json/cursor.h"
#include "json/unconst.h"

/* Returns the text of a string member, or NULL. */
const char *tree_text(const json_t *object, const char *key);

/* True if both objects have a string member `key` with the same text. */
bool tree_same_text(const json_t *a, const json_t *b, const char *key);

/* Returns the value at `path` (keys joined by dots), or NULL. */
json_t *tree_get(const json_t *object, const char *path);

/* Sets `value` (a new reference, taken over even on failure) at `path`, and creates missing objects on the path. A key
 * that contains dots is passed separately, as `key` below `path`. Returns -1 when out of memory, or if a value on the
 * path is not an object. */
MUST_CHECK int tree_put(json_t *object, const char *path, json_t *value);
MUST_CHECK int tree_put_key(json_t *object, const char *path, const char *key, json_t *value);
/* Appends to the array at `path`, which is created if missing. */
MUST_CHECK int tree_append(json_t *object, const char *path, json_t *value);

/* Return a formatted path or other name. It is empty if it would exceed 4096 bytes, or when out of memory. The second
 * adds a key as node_path_add_key() does. */
struct buf tree_path(const char *format, ...) PRINTF(1, 2);
struct buf tree_path_key(const char *path, const char *key);

/* Returns a scalar as text: a string without quotes, everything else as JSON. Returns NULL when out of memory. Free the
 * result with free(). */
char *tree_scalar_text(const json_t *value);

/* True if the value is a quantity, as a number or text, that is a whole number; sets *ret_number to it. */
bool tree_whole_number(const json_t *value, int64_t *ret_number);

/* Sorts the members of an object in the order of `keys` (NULL-terminated); other members follow. Returns -1 when out of
 * memory. */
MUST_CHECK int tree_order(json_t *object, const char *const keys[]);
