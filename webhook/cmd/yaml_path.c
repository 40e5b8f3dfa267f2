/* Finds the path of a line by the marks of the YAML reader. Does not depend on the kind of the object. */
#include "cmd/yaml_path.h"

#include <string.h>

static unsigned first_line(const struct yaml_mark *mark)
{
    return mark->key_line ? mark->key_line : mark->line;
}

/* Returns the index of the last child that begins on or above the line, or `count`. Children are in the order of their
 * lines. */
static size_t child_at(const struct yaml_mark *mark, unsigned line)
{
    size_t index = mark->count;
    for (size_t i = 0; i < mark->count && first_line(&mark->children[i]) <= line; i++)
        index = i;
    return index;
}

static const char *key_at(json_t *object, size_t index, json_t **ret_value)
{
    const char *key;
    json_object_foreach(object, key, *ret_value) {
        if (index-- == 0)
            return key;
    }
    return NULL;
}

static void add_key(struct buf *path, const char *key)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    bool bracketed = !*key || key[strspn(key, plain)] != '\0';
    buf_add_string(path, bracketed ? "[" : path->length > 0 ? "." : "");
    buf_add_printable(path, key, strlen(key), '?');
    buf_add_string(path, bracketed ? "]" : "");
}

static void add_element(struct buf *path, const json_t *element, size_t index)
{
    const char *name = json_string_value(json_object_get(element, "name"));
    if (!name || !*name) {
        buf_addf(path, "[%zu]", index);
        return;
    }
    buf_add_char(path, '[');
    buf_add_printable(path, name, strlen(name), '?');
    buf_add_char(path, ']');
}

void yaml_path_add(const struct yaml_document *document, unsigned line, struct buf *path)
{
    json_t *value = document->value;
    const struct yaml_mark *mark = &document->mark;
    size_t index;

    while ((index = child_at(mark, line)) < mark->count) {
        mark = &mark->children[index];
        if (json_is_array(value)) {
            value = json_array_get(value, index);
            add_element(path, value, index);
            if (mark->line == line) /* the element itself, not its first member on the same line */
                return;
        } else {
            const char *key = key_at(value, index, &value);
            if (!key)
                return;
            add_key(path, key);
        }
    }
}
