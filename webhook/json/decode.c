/* Strict decoding by tables. Knows no YAML and no kind of document. */
#include "json/decode.h"

#include "base/spelling.h"
#include "json/unconst.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PATH_MAX_BYTES = 4096, SET_MAX_BYTES = 1024 };

struct node node_root(struct decoding *decoding, const struct yaml_document *document)
{
    return (struct node){.decoding = decoding, .value = document->value, .mark = &document->mark};
}

/* The mark of child `index`; that of the parent where a document came without marks. */
static const struct yaml_mark *mark_of_child(const struct node *parent, size_t index)
{
    return index < parent->mark->count ? &parent->mark->children[index] : parent->mark;
}

bool node_member(const struct node *object, const char *key, struct node *ret_node)
{
    size_t index = 0;
    const char *name;
    json_t *value;
    json_object_foreach(json_unconst(object->value), name, value) {
        if (strcmp(name, key) == 0) {
            if (json_is_null(value))
                return false;
            *ret_node = (struct node){.decoding = object->decoding,
                                      .value = value,
                                      .mark = mark_of_child(object, index),
                                      .parent = object,
                                      .key = name};
            return true;
        }
        index++;
    }
    return false;
}

struct node node_element(const struct node *array, size_t index)
{
    return (struct node){.decoding = array->decoding,
                         .value = json_array_get(array->value, index),
                         .mark = mark_of_child(array, index),
                         .parent = array,
                         .index = index};
}

/* True for keys that need no brackets in a path. */
static bool key_is_plain(const char *key)
{
    for (const char *c = key; *c; c++) {
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            return false;
    }
    return *key != '\0';
}

/* The recursion is as deep as the document, which is bounded when read. */
void node_path(const struct node *node, struct buf *path)
{
    if (!node->parent)
        return;
    node_path(node->parent, path);
    if (!node->key) {
        buf_addf(path, "[%zu]", node->index);
    } else if (key_is_plain(node->key)) {
        buf_addf(path, "%s%s", path->length ? "." : "", node->key);
    } else {
        buf_add_char(path, '[');
        buf_add_json_string(path, node->key);
        buf_add_char(path, ']');
    }
}

PRINTF(4, 0)
static void add_problem(const struct node *node, unsigned line, unsigned column, const char *format, va_list args)
{
    struct decoding *decoding = node->decoding;
    AUTO(buf) path;
    buf_init(&path, PATH_MAX_BYTES);
    node_path(node, &path);
    char *formatted = NULL;
    if (vasprintf(&formatted, format, args) < 0) {
        decoding->problems->out_of_memory = true;
        return;
    }
    AUTO(string) text = formatted;
    problems_add(decoding->problems, decoding->file, line, column, "%s%s%s", buf_text(&path), path.length ? ": " : "",
                 text);
}

void node_problem(const struct node *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_problem(node, node->mark->line, node->mark->column, format, args);
    va_end(args);
}

void node_problem_key(const struct node *node, const char *format, ...)
{
    const struct yaml_mark *mark = node->mark;
    va_list args;
    va_start(args, format);
    add_problem(node, mark->key_line ? mark->key_line : mark->line, mark->key_line ? mark->key_column : mark->column,
                format, args);
    va_end(args);
}

static const char *const type_names[] = {
    [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",   [JSON_STRING] = "a string", [JSON_INTEGER] = "an integer",
    [JSON_REAL] = "a fraction",  [JSON_TRUE] = "a boolean", [JSON_FALSE] = "a boolean", [JSON_NULL] = "null",
};

bool node_expect(const struct node *node, json_type type)
{
    json_type found = json_typeof(node->value);
    if (type_names[found] == type_names[type] || found == type)
        return true;
    bool quotes_help = type == JSON_STRING && found != JSON_OBJECT && found != JSON_ARRAY;
    node_problem(node, "is %s, must be %s%s", type_names[found], type_names[type],
                 quotes_help ? "; put it in quotes" : "");
    return false;
}

/* -- Objects -- */

/* The known name that was probably meant: at most one letter in three is wrong. NULL if there is none. */
static const char *nearest_field(const char *name, const struct field *fields, size_t count)
{
    const char *nearest = NULL;
    size_t nearest_distance = spelling_tolerance(name);
    for (size_t i = 0; i < count; i++) {
        size_t distance = spelling_distance(name, fields[i].name);
        if (distance < nearest_distance || (distance == nearest_distance && !nearest)) {
            nearest = fields[i].name;
            nearest_distance = distance;
        }
    }
    return nearest;
}

static void unknown_field(const struct node *member, const struct field *fields, size_t count)
{
    const char *nearest = nearest_field(member->key, fields, count);
    if (nearest) {
        node_problem_key(member, "unknown field \"%s\"; did you mean \"%s\"?", member->key, nearest);
        return;
    }
    AUTO(buf) known;
    buf_init(&known, SET_MAX_BYTES);
    for (size_t i = 0; i < count; i++)
        buf_addf(&known, "%s%s", i ? ", " : "", fields[i].name);
    node_problem_key(member, "unknown field \"%s\"; known are %s", member->key, count ? buf_text(&known) : "none");
}

static const struct field *field_named(const char *name, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    }
    return NULL;
}

void decode_object(const struct node *node, const struct field *fields, size_t count, void *base)
{
    if (!node_expect(node, JSON_OBJECT))
        return;
    size_t index = 0;
    const char *key;
    json_t *value;
    json_object_foreach(json_unconst(node->value), key, value) {
        struct node member = {.decoding = node->decoding,
                              .value = value,
                              .mark = mark_of_child(node, index++),
                              .parent = node,
                              .key = key};
        const struct field *field = field_named(key, fields, count);
        if (!field)
            unknown_field(&member, fields, count);
        else if (!json_is_null(value))
            field->decode(&member, (char *)base + field->offset);
    }
    for (size_t i = 0; i < count; i++) {
        struct node ignored;
        if ((fields[i].flags & FIELD_REQUIRED) && !node_member(node, fields[i].name, &ignored))
            node_problem(node, "field \"%s\" is missing", fields[i].name);
    }
}

/* -- Values -- */

static void keep_string(const struct node *node, char **target)
{
    char *copy = strdup(json_string_value(node->value));
    if (!copy) {
        node->decoding->problems->out_of_memory = true;
        return;
    }
    free(*target);
    *target = copy;
}

void decode_string(const struct node *node, void *target)
{
    if (node_expect(node, JSON_STRING))
        keep_string(node, target);
}

static bool expect_text(const struct node *node)
{
    if (!node_expect(node, JSON_STRING))
        return false;
    if (json_string_length(node->value) > 0)
        return true;
    node_problem(node, "is empty, must not be");
    return false;
}

void decode_text(const struct node *node, void *target)
{
    if (expect_text(node))
        keep_string(node, target);
}

void decode_bool(const struct node *node, void *target)
{
    if (node_expect(node, JSON_TRUE))
        *(bool *)target = json_is_true(node->value);
}

void decode_integer(const struct node *node, void *target)
{
    if (node_expect(node, JSON_INTEGER))
        *(int64_t *)target = json_integer_value(node->value);
}

void decode_integer_between(const struct node *node, int64_t low, int64_t high, int64_t *target)
{
    if (!node_expect(node, JSON_INTEGER))
        return;
    int64_t value = json_integer_value(node->value);
    if (value < low || value > high)
        node_problem(node, "is %" PRId64 ", must be between %" PRId64 " and %" PRId64, value, low, high);
    else
        *target = value;
}

void decode_strings(const struct node *node, void *target)
{
    if (!node_expect(node, JSON_ARRAY))
        return;
    AUTO(strlist) strings = {0};
    bool complete = true;
    for (size_t i = 0; i < json_array_size(node->value); i++) {
        struct node element = node_element(node, i);
        struct err err;
        if (!expect_text(&element)) {
            complete = false;
        } else if (strlist_add(&strings, json_string_value(element.value), &err) < 0) {
            node->decoding->problems->out_of_memory = true;
            return;
        }
    }
    if (!complete)
        return;
    struct strlist *list = target;
    strlist_fini(list);
    *list = strings;
    strings = (struct strlist){0};
}

void decode_any(const struct node *node, void *target)
{
    json_t **value = target;
    json_decref(*value);
    *value = json_incref(json_unconst(node->value));
}

void decode_word(const struct node *node, const char *const words[], int *target)
{
    if (!node_expect(node, JSON_STRING))
        return;
    AUTO(buf) set;
    buf_init(&set, SET_MAX_BYTES);
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], json_string_value(node->value)) == 0) {
            *target = i;
            return;
        }
        const char *separator = i == 0 ? "" : words[i + 1] ? ", " : " or ";
        buf_addf(&set, "%s%s", separator, words[i]);
    }
    node_problem(node, "is \"%s\", must be %s", json_string_value(node->value), buf_text(&set));
}
