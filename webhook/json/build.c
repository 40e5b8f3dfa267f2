/* Sets members and adds elements, and releases the container if that fails. */
#include "json/build.h"

void json_put(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}

void json_append(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value) == 0)
        return;
    json_decref(*array);
    *array = NULL;
}

void json_put_text(json_t **object, const char *key, const char *text)
{
    if (text)
        json_put(object, key, json_string(text));
}

void json_put_unless_empty(json_t **object, const char *key, json_t *value)
{
    if (value && json_array_size(value) == 0 && json_object_size(value) == 0)
        json_decref(value);
    else
        json_put(object, key, value);
}

json_t *json_strings(const struct strlist *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_append(&array, json_string(list->items[i]));
    return array;
}
