/* Walks over values with their marks, and reports problems with their positions. Does not depend on any kind of
 * document. */
#include "json/cursor.h"

#include "base/text.h"
#include "json/read.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PATH_MAX_BYTES = 4096, WAY_MAX = 128 /* more than the readers nest */ };

/* -- Walking -- */

static void link_children(struct yaml_mark *mark)
{
    for (size_t i = 0; i < mark->count; i++) {
        mark->children[i].parent = mark;
        link_children(&mark->children[i]);
    }
}

struct document document_of(const char *file, struct yaml_document *read, struct problems *problems)
{
    link_children(&read->mark);
    return (struct document){.file = file, .problems = problems, .value = read->value, .mark = &read->mark};
}

struct node node_root(const struct document *document)
{
    return (struct node){.document = document, .value = document->value, .mark = document->mark};
}

/* Returns child `index` of a value, whose `value` and `key` the caller sets. If there is no mark for it, its mark is
 * the parent's. */
static struct node child_at(struct node parent, size_t index)
{
    return (struct node){.document = parent.document,
                         .mark = index < parent.mark->count ? &parent.mark->children[index] : parent.mark,
                         .index = index};
}

struct node node_member(struct node object, const char *key)
{
    NODE_MEMBERS(object, member) {
        if (strcmp(member.key, key) == 0 && !json_is_null(member.value))
            return member;
    }
    return (struct node){.document = object.document, .mark = object.mark};
}

struct node node_find(struct node object, const char *const path[])
{
    for (size_t i = 0; path[i]; i++)
        object = node_member(object, path[i]);
    return object;
}

struct node node_element(struct node array, size_t index)
{
    struct node element = child_at(array, index);
    element.value = json_array_get(array.value, index);
    return element;
}

size_t node_count(struct node node)
{
    return json_is_object(node.value) ? json_object_size(node.value) : json_array_size(node.value);
}

bool node_next_member(struct node object, struct node *child)
{
    json_t *value = json_unconst(object.value);
    void *member =
        child->key ? json_object_iter_next(value, json_object_key_to_iter(child->key)) : json_object_iter(value);
    if (!member)
        return false;
    *child = child_at(object, child->key ? child->index + 1 : 0);
    child->key = json_object_iter_key(member);
    child->value = json_object_iter_value(member);
    return true;
}

bool node_next_element(struct node array, struct node *child)
{
    size_t index = child->value ? child->index + 1 : 0;
    if (index >= json_array_size(array.value))
        return false;
    *child = node_element(array, index);
    return true;
}

bool node_next_child(struct node node, struct node *child)
{
    return json_is_object(node.value) ? node_next_member(node, child) : node_next_element(node, child);
}

struct mark node_mark(struct node node)
{
    return (struct mark){node.document->file, node.mark->line, node.mark->column};
}

struct mark node_key_mark(struct node node)
{
    const struct yaml_mark *mark = node.mark;
    return mark->key_line ? (struct mark){node.document->file, mark->key_line, mark->key_column} : node_mark(node);
}

/* -- Scalars -- */

const char *node_text(struct node node)
{
    const char *text = json_string_value(node.value);
    return text ? text : "";
}

bool node_scalar(struct node node, char *ret_text, size_t size)
{
    return json_scalar_text(node.value, ret_text, size);
}

bool node_integer(struct node node, int64_t *ret_integer)
{
    if (!json_is_integer(node.value))
        return false;
    *ret_integer = json_integer_value(node.value);
    return true;
}

/* -- Paths -- */

static bool key_is_plain(const char *key)
{
    for (const char *c = key; *c; c++) {
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            return false;
    }
    return *key != '\0';
}

void node_path_add_key(struct buf *path, const char *key)
{
    if (key_is_plain(key)) {
        buf_addf(path, "%s%s", path->length ? "." : "", key);
    } else {
        buf_add_char(path, '[');
        buf_add_json_string(path, key);
        buf_add_char(path, ']');
    }
}

/* The indexes of the children on the way from the root to a mark, the deepest first. */
struct way {
    size_t indexes[WAY_MAX];
    size_t length;
};

/* Returns false if the marks of the document do not lead to that of the node. */
static bool way_to(struct node node, struct way *ret_way)
{
    ret_way->length = 0;
    for (const struct yaml_mark *mark = node.mark; mark != node.document->mark; mark = mark->parent) {
        if (!mark->parent || ret_way->length == WAY_MAX)
            return false;
        ret_way->indexes[ret_way->length++] = (size_t)(mark - mark->parent->children);
    }
    return true;
}

/* Takes time linear in `index` for an object. */
static struct node nth_child(struct node parent, size_t index)
{
    NODE_MEMBERS(parent, member) {
        if (member.index == index)
            return member;
    }
    return node_element(parent, index);
}

struct node node_parent(struct node node)
{
    struct way way;
    if (!way_to(node, &way))
        return (struct node){0};
    if (way.length == 0)
        return node.document->outer.document ? node_parent(node.document->outer) : (struct node){0};

    struct node parent = node_root(node.document);
    for (size_t i = way.length; i > 1; i--)
        parent = nth_child(parent, way.indexes[i - 1]);
    return parent;
}

void node_path(struct node node, struct buf *path)
{
    struct way way;
    if (node.document->outer.document)
        node_path(node.document->outer, path);
    if (!way_to(node, &way))
        return;

    struct node step = node_root(node.document);
    for (size_t i = way.length; i > 0; i--) {
        step = i == 1 && node.value ? node : nth_child(step, way.indexes[i - 1]);
        if (step.key)
            node_path_add_key(path, step.key);
        else
            buf_addf(path, "[%zu]", step.index);
    }
}

/* -- Problems -- */

PRINTF(3, 0)
static void add_problem(const struct node *node, struct mark mark, const char *format, va_list args)
{
    const struct document *document = node->document;
    AUTO(buf) path;
    buf_init(&path, PATH_MAX_BYTES);
    node_path(*node, &path);

    AUTO(string) text = text_vformat(format, args);
    if (!text) {
        document->problems->out_of_memory = true;
        return;
    }
    problems_add(document->problems, mark.file, mark.line, mark.column, "%s%s%s", buf_text(&path),
                 path.length ? ": " : "", text);
}

void node_problem(const struct node *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_problem(node, node_mark(*node), format, args);
    va_end(args);
}

void node_problem_key(const struct node *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_problem(node, node_key_mark(*node), format, args);
    va_end(args);
}

static const char *const type_names[] = {
    [JSON_OBJECT] = "an object", [JSON_ARRAY] = "a list",   [JSON_STRING] = "a string", [JSON_INTEGER] = "an integer",
    [JSON_REAL] = "a fraction",  [JSON_TRUE] = "a boolean", [JSON_FALSE] = "a boolean", [JSON_NULL] = "null",
};

const char *node_type(struct node node)
{
    return type_names[json_typeof(node.value)];
}

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
