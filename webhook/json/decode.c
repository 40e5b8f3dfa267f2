/* Strict decoding by tables. Does not depend on YAML or on any kind of document. */
#include "json/decode.h"

#include "base/spelling.h"
#include "json/unconst.h"

#include <inttypes.h>
#include <string.h>

enum { SET_MAX_BYTES = 1024 };

/* -- Objects -- */

/* Returns the known name that was probably meant, within spelling_tolerance(), or NULL if there is none. */
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

    NODE_MEMBERS(*node, member) {
        const struct field *field = field_named(member.key, fields, count);
        if (!field)
            unknown_field(&member, fields, count);
        else if (!json_is_null(member.value))
            field->decode(&member, (char *)base + field->offset);
    }

    for (size_t i = 0; i < count; i++) {
        if ((fields[i].flags & FIELD_REQUIRED) && !node_member(*node, fields[i].name).value)
            node_problem(node, "field \"%s\" is missing", fields[i].name);
    }
}

/* -- Values -- */

static void keep_string(const struct node *node, char **target)
{
    char *copy = strdup(json_string_value(node->value));
    if (!copy) {
        node->document->problems->out_of_memory = true;
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

    NODE_ELEMENTS(*node, element) {
        struct err err;
        if (!expect_text(&element)) {
            complete = false;
        } else if (strlist_add(&strings, json_string_value(element.value), &err) < 0) {
            node->document->problems->out_of_memory = true;
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
