/* Builds jansson values of which only the finished whole needs a check.
 *
 * Each function takes over the reference of its value. If the value is NULL or cannot be added, it releases the
 * container and sets it to NULL, and it ignores a container that is NULL: so NULL means out of memory. Use
 * json_put_text() for optional members, because json_pack() leaves out a member marked "s*" when out of memory, too. */
#ifndef GPUSLICE_JSON_BUILD_H
#define GPUSLICE_JSON_BUILD_H

#include "json/unconst.h"

void json_put(json_t **object, const char *key, json_t *value);
void json_append(json_t **array, json_t *value);

/* Does nothing if `text` is NULL. */
void json_put_text(json_t **object, const char *key, const char *text);

/* Releases an array or object that is empty, instead of adding it. */
void json_put_unless_empty(json_t **object, const char *key, json_t *value);

#endif
