/* Finds and adds values in cJSON trees. Does not interpret them. */
#include "json/find.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

cJSON *cjson_member(const cJSON *object, const char *key)
{
    cJSON *member = object ? object->child : NULL;
    while (member && member->string && (member->string[0] != key[0] || strcmp(member->string, key) != 0))
        member = member->next;
    return member && member->string ? member : NULL;
}

cJSON *cjson_find(const cJSON *object, const char *const path[])
{
    const cJSON *value = object;
    for (size_t i = 0; value && path[i]; i++)
        value = cjson_member(value, path[i]);
    /* cJSON's own getters also return writable nodes of a const tree. */
    return value && !cJSON_IsNull(value) ? (cJSON *)(uintptr_t)value : NULL;
}

bool cjson_add(cJSON *parent, const char *key, cJSON *value)
{
    if (parent && value && (key ? cJSON_AddItemToObject(parent, key, value) : cJSON_AddItemToArray(parent, value)))
        return true;
    cJSON_Delete(value);
    return false;
}

const char *cjson_text(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cjson_member(object, key));
}
