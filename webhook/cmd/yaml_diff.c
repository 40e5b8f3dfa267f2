/* Writes two objects as YAML and compares the lines. */
#include "cmd/yaml_diff.h"

#include "base/linediff.h"
#include "base/units.h"
#include "cmd/colours.h"
#include "json/yaml_write.h"

#include <string.h>

enum { YAML_MAX = 64 * MIB }; /* bytes */

static const struct linediff_style coloured = {COLOUR_CYAN, COLOUR_DIM, COLOUR_RED, COLOUR_GREEN, COLOUR_END};

/* One side of the diff. */
struct side {
    struct buf text;
    struct yaml_documents documents; /* the parsed text, with positions; empty if it cannot be read */
};

static void side_fini(struct side *side)
{
    buf_fini(&side->text);
    yaml_documents_fini(&side->documents);
}
DEFINE_AUTO_FINI(side, struct side, side_fini);

/* Returns a copy without the fields that only the API server writes, or NULL if out of memory. */
static json_t *copy_without_server_fields(const json_t *object)
{
    AUTO(json) copy = json_deep_copy(object);
    if (!copy)
        return NULL;
    (void)json_object_del(copy, "status");
    (void)json_object_del(json_object_get(copy, "metadata"), "managedFields");
    return TAKE(copy);
}

static int side_make(const json_t *object, struct side *side, struct err *err)
{
    AUTO(json) copy = copy_without_server_fields(object);
    AUTO(problems) problems = {0};
    struct err unread;

    buf_init(&side->text, YAML_MAX);
    if (!copy)
        return err_nomem(err);
    if (yaml_write(copy, &side->text, err) < 0)
        return -1;
    if (yaml_read("", buf_text(&side->text), side->text.length, YAML_STRICT, &side->documents, &problems, &unread) <
            0 &&
        unread.code == ERR_NOMEM)
        return err_nomem(err);

    return 0;
}

/* -- The path of a line, by the marks of the YAML reader -- */

static unsigned first_line(const struct yaml_mark *mark)
{
    return mark->key_line ? mark->key_line : mark->line;
}

/* Returns the index of the last child that begins on or above the line, or the number of children if none does.
 * Children are in the order of their lines. */
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

static void add_name(struct buf *path, const char *name, bool bracketed)
{
    buf_add_string(path, bracketed ? "[" : path->length > 0 ? "." : "");
    buf_add_printable(path, name, strlen(name), '?');
    buf_add_string(path, bracketed ? "]" : "");
}

static void add_key(struct buf *path, const char *key)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    add_name(path, key, !*key || key[strspn(key, plain)] != '\0');
}

static void add_element(struct buf *path, const json_t *element, size_t index)
{
    const char *name = json_string_value(json_object_get(element, "name"));
    if (name && *name)
        add_name(path, name, true);
    else
        buf_addf(path, "[%zu]", index);
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

/* -- The diff -- */

/* Adds the path of the first line that the change removes. If it removes none, adds that of the first line that it
 * adds. */
static void add_path(const struct side *old_side, const struct side *new_side, const struct linediff_change *change,
                     struct buf *path)
{
    bool removes = change->old_count > 0;
    const struct side *side = removes ? old_side : new_side;
    size_t line = removes ? change->old_start : change->new_start;
    if (side->documents.count == 1)
        yaml_path_add(&side->documents.items[0], (unsigned)line + 1, path);
}

static int print_hunks(const struct linediff *diff, const struct side *old_side, const struct side *new_side,
                       bool colour, struct buf *out, struct err *err)
{
    struct linediff_hunk hunk = {0};
    while (linediff_next_hunk(diff, &hunk)) {
        AUTO(buf) path;
        buf_init(&path, YAML_MAX);
        add_path(old_side, new_side, &diff->changes[hunk.first_change], &path);
        if (buf_check(&path, err) < 0)
            return -1;
        linediff_print_hunk(diff, &hunk, buf_text(&path), colour ? &coloured : &linediff_plain, out);
    }
    return buf_check(out, err);
}

int yaml_diff(const json_t *old_object, const json_t *new_object, const char *old_title, const char *new_title,
              bool colour, struct buf *out, struct err *err)
{
    AUTO(side) old_side = {0};
    AUTO(side) new_side = {0};
    AUTO(linediff) diff = {0};

    if (side_make(old_object, &old_side, err) < 0 || side_make(new_object, &new_side, err) < 0)
        return -1;
    if (linediff_make(buf_text(&old_side.text), buf_text(&new_side.text), &diff, err) < 0)
        return -1;
    if (diff.change_count == 0)
        return 0;

    const char *bold = colour ? COLOUR_BOLD : "";
    const char *end = colour ? COLOUR_END : "";
    buf_addf(out, "%s--- %s%s\n%s+++ %s%s\n", bold, old_title, end, bold, new_title, end);
    return print_hunks(&diff, &old_side, &new_side, colour, out, err);
}
