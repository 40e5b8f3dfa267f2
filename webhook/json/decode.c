/* Strict decoding by tables. Does not depend on YAML or on any kind of document. */
#include "json/decode.h"

#include "base/spelling.h"
#include "json/unconst.h"

#include <inttypes.h>
#include <regex.h>
#include <string.h>

enum {
    SET_MAX_BYTES = 1024,
    WORDS_LISTED = 8, /* of more words only the nearest is named, if one is near */
};

/* -- Objects -- */

/* Returns the known name that was probably meant, within spelling_tolerance(), or NULL if there is none. */
static const char *nearest_field(const char *name, const struct field *fields, size_t count)
{
    struct spelling_search search = {.mistyped = name, .limit = spelling_tolerance(name)};
    for (size_t i = 0; i < count; i++)
        spelling_consider(&search, fields[i].name);
    return search.nearest;
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
            decode_field(&member, field, base);
    }

    for (size_t i = 0; i < count; i++) {
        bool given = node_member(*node, fields[i].name).value;
        if ((fields[i].flags & FIELD_REQUIRED) && !given)
            node_problem(node, "field \"%s\" is missing", fields[i].name);
        if ((fields[i].flags & FIELD_ALONE) && given && json_object_size(node->value) > 1)
            node_problem(node, "has more than %s, which must be the only field", fields[i].name);
    }
}

void decode_known(const struct node *node, const struct field *fields, size_t count, void *base)
{
    if (!node_expect(node, JSON_OBJECT))
        return;
    for (size_t i = 0; i < count; i++) {
        struct node member = node_member(*node, fields[i].name);
        if (member.value)
            decode_field(&member, &fields[i], base);
        else if (fields[i].flags & FIELD_REQUIRED)
            node_problem(node, "field \"%s\" is missing", fields[i].name);
    }
}

/* -- Values -- */

static void keep_string(const struct node *node, char **target)
{
    if (!target)
        return;
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
    if (node_expect(node, JSON_TRUE) && target)
        *(bool *)target = json_is_true(node->value);
}

void decode_integer(const struct node *node, void *target)
{
    if (node_expect(node, JSON_INTEGER) && target)
        *(int64_t *)target = json_integer_value(node->value);
}

void decode_integer_between(const struct node *node, int64_t low, int64_t high, int64_t *target)
{
    if (!node_expect(node, JSON_INTEGER))
        return;
    int64_t value = json_integer_value(node->value);
    if (value < low || value > high)
        node_problem(node, "is %" PRId64 ", must be between %" PRId64 " and %" PRId64, value, low, high);
    else if (target)
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

    if (!complete || !target)
        return;

    struct strlist *list = target;
    strlist_fini(list);
    *list = TAKE(strings);
}

void decode_any(const struct node *node, void *target)
{
    json_t **value = target;
    if (!value)
        return;
    json_decref(*value);
    *value = json_incref(json_unconst(node->value));
}

void decode_mapping(const struct node *node, void *target)
{
    if (node_expect(node, JSON_OBJECT))
        decode_any(node, target);
}

/* Adds "a, b or c". */
static void list_words(const char *const words[], struct buf *out)
{
    for (int i = 0; words[i]; i++)
        buf_addf(out, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
}

static void unknown_word(const struct node *node, const char *const words[])
{
    const char *given = node_text(*node);
    struct spelling_search search = {.mistyped = given, .limit = spelling_tolerance(given)};
    size_t count = 0;
    for (; words[count]; count++)
        spelling_consider(&search, words[count]);

    if (search.nearest && count > WORDS_LISTED) {
        node_problem(node, "is \"%s\"; did you mean \"%s\"?", given, search.nearest);
        return;
    }

    AUTO(buf) set;
    buf_init(&set, SET_MAX_BYTES);
    list_words(words, &set);
    if (json_is_string(node->value))
        node_problem(node, "is \"%s\", must be %s", given, buf_text(&set));
    else
        node_problem(node, "is %s, must be %s", node_type(*node), buf_text(&set));
}

void decode_word(const struct node *node, const char *const words[], int *target)
{
    for (int i = 0; words[i] && json_is_string(node->value); i++) {
        if (strcmp(words[i], json_string_value(node->value)) != 0)
            continue;
        if (target)
            *target = i;
        return;
    }

    unknown_word(node, words);
}

/* -- Rules -- */

static void decode_choice(const struct node *node, const char *const choices[], void *target)
{
    int index = -1;
    decode_word(node, choices, &index);
    if (index >= 0)
        decode_string(node, target);
}

static void decode_checked(const struct node *node, const char *(*find_fault)(const char *text), void *target)
{
    if (!node_expect(node, JSON_STRING))
        return;
    const char *fault = find_fault(json_string_value(node->value));
    if (fault)
        node_problem(node, "\"%s\" %s", json_string_value(node->value), fault);
    keep_string(node, target);
}

static bool matches(const struct node *node, const char *pattern)
{
    regex_t compiled;
    if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        /* The patterns are constants, so the only possible failure is lack of memory. */
        node->document->problems->out_of_memory = true;
        return true;
    }
    int result = regexec(&compiled, json_string_value(node->value), 0, NULL, 0);
    regfree(&compiled);
    if (result != 0 && result != REG_NOMATCH)
        node->document->problems->out_of_memory = true;
    return result != REG_NOMATCH;
}

static void decode_matching(const struct node *node, const struct field *field, void *target)
{
    if (!node_expect(node, JSON_STRING))
        return;
    if (matches(node, field->pattern))
        decode_string(node, target);
    else
        node_problem(node, "is \"%s\", must be %s", json_string_value(node->value), field->wanted);
}

static void decode_each(const struct node *node, const struct field *field, void *target)
{
    if (!node_expect(node, JSON_ARRAY))
        return;
    NODE_ELEMENTS(*node, element) {
        decode_field(&element, field, target);
    }
}

void decode_elements(const struct node *node, void (*decode)(const struct node *element, void *target), void *target)
{
    const struct field field = {.decode = decode};
    decode_each(node, &field, target);
}

void decode_field(const struct node *node, const struct field *field, void *base)
{
    void *target = base && field->offset != NOT_KEPT ? (char *)base + field->offset : NULL;

    if ((field->flags & FIELD_MAY_BE_EMPTY) && json_is_string(node->value) && json_string_length(node->value) == 0)
        return;

    if (field->decode)
        field->decode(node, target);
    else if (field->fields)
        decode_object(node, field->fields, field->field_count, target);
    else if (field->elements)
        decode_each(node, field->elements, target);
    else if (field->words)
        decode_word(node, field->words, target);
    else if (field->choices)
        decode_choice(node, field->choices, target);
    else if (field->find_fault)
        decode_checked(node, field->find_fault, target);
    else if (field->pattern)
        decode_matching(node, field, target);
    else
        decode_integer_between(node, field->low, field->high, target);

    bool empty = (json_is_array(node->value) || json_is_object(node->value)) && node_count(*node) == 0;
    if (field->if_empty && empty)
        node_problem(node, "%s", field->if_empty);
}
