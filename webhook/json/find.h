/* Lookups in cJSON trees, and their construction. Case-sensitive; a null counts as absent, as for the API server. */
#ifndef GPUSLICE_JSON_FIND_H
#define GPUSLICE_JSON_FIND_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* Returns the member at `path` (keys, terminated by NULL), or NULL if any member on the way is absent or null. */
cJSON *cjson_find(const cJSON *object, const char *const path[]);

/* Adds `value` to an object, or to the end of an array if `key` is NULL. Returns false if memory ran out here or when
 * either was made, so that each may be NULL; `value` is then freed. */
bool cjson_add(cJSON *parent, const char *key, cJSON *value);

/* Returns a string member, or NULL. */
const char *cjson_text(const cJSON *object, const char *key);

#endif
