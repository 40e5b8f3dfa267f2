/* Looking into cJSON trees. Exact case; a null counts as absent, as the API server has it. */
#ifndef GPUSLICE_JSON_FIND_H
#define GPUSLICE_JSON_FIND_H

#include <cjson/cJSON.h>

/* The member that `path` (keys, ended by NULL) leads to through objects; NULL if any is absent or null. */
cJSON *cjson_find(const cJSON *object, const char *const path[]);

/* A string member, or NULL. */
const char *cjson_text(const cJSON *object, const char *key);

#endif
