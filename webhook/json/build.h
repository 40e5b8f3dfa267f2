/* Builds jansson values, of which only the finished one needs a check: it is NULL if memory ran out.
 *
 * A function with a parameter `value` takes over that reference. If `value` is NULL or cannot be added, the function
 * releases the container and sets it to NULL. A container that is NULL remains NULL. Use json_put_text() for optional
 * members, because json_pack() omits a member marked "s*" also when memory runs out. */
#pragma once

#include "base/strlist.h"
#include "json/unconst.h"

void json_put(json_t **object, const char *key, json_t *value);
void json_append(json_t **array, json_t *value);

/* Puts a copy of the text. Does nothing if `text` is NULL. */
void json_put_text(json_t **object, const char *key, const char *text);

/* Like json_put(), for an array or an object. If it is empty, only releases it. */
void json_put_unless_empty(json_t **object, const char *key, json_t *value);

/* Returns an array of copies of the texts, or NULL if out of memory. */
json_t *json_strings(const struct strlist *list);
