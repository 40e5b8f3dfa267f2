/* Finds and adds values in cJSON trees. Keys are case-sensitive; a null counts as absent, as for the API server. */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Returns the first member of that key, also if it is null, or NULL: what cJSON_GetObjectItemCaseSensitive() returns,
 * but it calls strcmp() only where the first bytes are equal. Most of the time of a decision is spent here. */
cJSON *cjson_member(const cJSON *object, const char *key);

/* Returns the value at `path` (keys, terminated by NULL), or NULL if it or a value on the way is absent or null. */
cJSON *cjson_find(const cJSON *object, const char *const path[]);

/* Adds `value` to an object, or to the end of an array if `key` is NULL. Returns false and frees `value` if memory runs
 * out, or if `parent` or `value` is NULL because memory ran out earlier. */
bool cjson_add(cJSON *parent, const char *key, cJSON *value);

/* Returns a string member, or NULL. */
const char *cjson_text(const cJSON *object, const char *key);
