/* Builds and reads jansson trees by path. Does not depend on kinds of objects. */
#include "migrate/report/tree.h"

#include "base/text.h"
#include "core/quantity.h"

#include <string.h>

enum { PATH_MAX_BYTES = 4096 };

const char *tree_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

bool tree_same_text(const json_t *a, const json_t *b, const char *key)
{
    return text_is_any(tree_text(a, key), WORDS(tree_text(b, key)));
}

json_t *tree_get(const json_t *object, const char *path)
{
    const json_t *value = object;
    while (value && *path) {
        size_t length = strcspn(path, ".");
        value = json_object_getn(value, path, length);
        path += length + (path[length] == '.');
    }
    return json_unconst(value);
}

/* Returns the object at `path`, creating it if needed. Returns NULL when out of memory, or if a value on the path is
 * not an object. */
static json_t *make_object(json_t *object, const char *path)
{
    while (object && *path) {
        size_t length = strcspn(path, ".");
        json_t *next = json_object_getn(object, path, length);
        if (!next) {
            next = json_object();
            if (!next || json_object_setn_new(object, path, length, next) < 0)
                return NULL;
        }
        object = next;
        path += length + (path[length] == '.');
    }
    return object;
}

int tree_put_key(json_t *object, const char *path, const char *key, json_t *value)
{
    return json_object_set_new(make_object(object, path), key, value);
}

int tree_put(json_t *object, const char *path, json_t *value)
{
    const char *last = strrchr(path, '.');
    AUTO(string) parent = strndup(path, last ? (size_t)(last - path) : 0);
    if (!parent || !*path) { /* tree_path() returns an empty path if memory runs out */
        json_decref(value);
        return -1;
    }
    return tree_put_key(object, parent, last ? last + 1 : path, value);
}

int tree_append(json_t *object, const char *path, json_t *value)
{
    json_t *array = tree_get(object, path);
    if (!array && tree_put(object, path, json_array()) == 0)
        array = tree_get(object, path);
    return json_array_append_new(array, value);
}

struct buf tree_path(const char *format, ...)
{
    struct buf path;
    va_list args;
    buf_init(&path, PATH_MAX_BYTES);
    va_start(args, format);
    AUTO(string) text = text_vformat(format, args);
    va_end(args);
    buf_add_string(&path, text ? text : "");
    return path;
}

struct buf tree_path_key(const char *path, const char *key)
{
    struct buf whole = tree_path("%s", path);
    node_path_add_key(&whole, key);
    return whole;
}

char *tree_scalar_text(const json_t *value)
{
    return json_is_string(value) ? strdup(json_string_value(value)) : json_dumps(value, JSON_ENCODE_ANY);
}

bool tree_whole_number(const json_t *value, int64_t *ret_number)
{
    struct quantity quantity;
    struct err err;
    AUTO(string) text = tree_scalar_text(value);
    if (!text || quantity_parse(text, &quantity, &err) < 0 || !quantity.exact)
        return false;
    *ret_number = quantity.value;
    return true;
}

int tree_order(json_t *object, const char *const keys[])
{
    AUTO(json) ordered = json_object();
    if (!ordered)
        return -1;

    for (size_t i = 0; keys[i]; i++) {
        json_t *value = json_object_get(object, keys[i]);
        if (value && json_object_set(ordered, keys[i], value) < 0)
            return -1;
    }

    return json_object_update_missing(ordered, object) < 0 || json_object_clear(object) < 0 ||
                   json_object_update(object, ordered) < 0
               ? -1
               : 0;
}
