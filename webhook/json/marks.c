/* Walks over a JSON text in parallel with the value that jansson parsed. Does not check the grammar, because the text
 * is valid. */
#include "json/marks.h"

#include "json/read.h"
#include "json/scan.h"
#include "json/yaml_scalar.h"
#include "json/yaml_tree.h"

#include <string.h>

/* Deeper than JSON_SCAN_DEPTH, the text of cjson_lean() has only empty objects and arrays. */
enum { MARKS_DEPTH_MAX = JSON_SCAN_DEPTH + 1 };

struct walk {
    const char *at;
    struct yaml_start place; /* of `at` */
    unsigned depth;          /* levels of nesting around it */
};

static void skip(struct walk *walk, size_t length)
{
    yaml_start_pass(&walk->place, walk->at, length);
    walk->at += length;
}

/* Skips to the next token, over white space and the comma or colon before it. */
static void skip_to_token(struct walk *walk)
{
    skip(walk, strspn(walk->at, " \t\r\n,:"));
}

static void skip_string(struct walk *walk)
{
    size_t length = 1;
    while (walk->at[length] != '"')
        length += walk->at[length] == '\\' ? 2 : 1;
    skip(walk, length + 1);
}

static int mark_value(struct walk *walk, const json_t *value, struct yaml_mark *mark, struct err *err);

static int mark_members(struct walk *walk, const json_t *object, struct yaml_mark *mark, struct err *err)
{
    size_t index = 0;
    const char *key;
    json_t *value;
    if (yaml_mark_make_children(mark, json_object_size(object), err) < 0)
        return -1;

    json_object_foreach(json_unconst(object), key, value) {
        struct yaml_mark *child = &mark->children[index++];
        skip_to_token(walk);
        child->key_line = walk->place.line;
        child->key_column = walk->place.column;
        skip_string(walk);
        if (mark_value(walk, value, child, err) < 0)
            return -1;
    }

    return 0;
}

static int mark_elements(struct walk *walk, const json_t *array, struct yaml_mark *mark, struct err *err)
{
    size_t index;
    json_t *value;
    if (yaml_mark_make_children(mark, json_array_size(array), err) < 0)
        return -1;
    json_array_foreach(array, index, value) {
        if (mark_value(walk, value, &mark->children[index], err) < 0)
            return -1;
    }
    return 0;
}

/* jansson keeps members in the order of the text. The recursion is bounded by MARKS_DEPTH_MAX; deeper values are
 * ERR_LIMIT. */
static int mark_value(struct walk *walk, const json_t *value, struct yaml_mark *mark, struct err *err)
{
    bool opens = json_is_object(value) || json_is_array(value);
    skip_to_token(walk);
    mark->line = walk->place.line;
    mark->column = walk->place.column;
    if (json_is_string(value))
        skip_string(walk);
    else if (!opens)
        skip(walk, strcspn(walk->at, " \t\r\n,]}"));
    if (!opens)
        return 0;

    if (walk->depth++ == MARKS_DEPTH_MAX)
        return err_set(err, ERR_LIMIT, "over %d levels of nesting", MARKS_DEPTH_MAX);
    skip(walk, 1);
    if ((json_is_object(value) ? mark_members : mark_elements)(walk, value, mark, err) < 0)
        return -1;
    skip_to_token(walk);
    skip(walk, 1);
    walk->depth--;
    return 0;
}

static json_t *whole_number(const json_t *value)
{
    bool is_whole = json_is_real(value) && yaml_scalar_is_whole(json_real_value(value));
    return is_whole ? json_integer((json_int_t)json_real_value(value)) : NULL;
}

int json_whole_reals_to_integers(json_t *value, struct err *err)
{
    const char *key;
    size_t index;
    json_t *child;
    json_object_foreach(value, key, child) {
        json_t *whole = whole_number(child);
        if (whole ? json_object_iter_set_new(value, json_object_key_to_iter(key), whole) < 0
                  : json_whole_reals_to_integers(child, err) < 0)
            return err_nomem(err);
    }

    json_array_foreach(value, index, child) {
        json_t *whole = whole_number(child);
        if (whole ? json_array_set_new(value, index, whole) < 0 : json_whole_reals_to_integers(child, err) < 0)
            return err_nomem(err);
    }

    return 0;
}

int json_read_part(const char *file, const char *text, size_t length, struct yaml_start start,
                   struct yaml_document *ret_document, struct problems *problems, struct err *err)
{
    AUTO(yaml_document) document = {0};
    json_error_t fault;
    struct walk walk = {.at = text, .place = start};
    if (json_read(text, length, &document.value, &fault, err) < 0) {
        unsigned line = (unsigned)fault.line;
        unsigned before = line <= 1 ? start.column - 1 : 0; /* columns of that line before the text */
        if (err->code == ERR_INVALID)
            problems_add(problems, file, start.line + line - 1,
                         before + (unsigned)(fault.column > 0 ? fault.column : 1), "%s", fault.text);
        return -1;
    }

    if (mark_value(&walk, document.value, &document.mark, err) < 0) {
        if (err->code != ERR_LIMIT)
            return -1;
        problems_add(problems, file, walk.place.line, walk.place.column, "%s", err->text);
        err->code = ERR_INVALID;
        return -1;
    }

    *ret_document = TAKE(document);
    return 0;
}
