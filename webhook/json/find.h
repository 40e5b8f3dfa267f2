/* Lookups in cJSON trees. Case-sensitive; a null counts as absent, as for the API server. */
#ifndef GPUSLICE_JSON_FIND_H
#define GPUSLICE_JSON_FIND_H

#include <cjson/cJSON.h>

/* Returns the member at `path` (keys, terminated by NULL), or NULL if any member on the way is absent or null. */
cJSON *cjson_find(const cJSON *object, const char *const path[]);

/* Returns a string member, or NULL. */
const char *cjson_text(const cJSON *object, const char *key);

#endif
