/* Repairs a text line by line. */
#include "migrate/input/repair.h"

#include "base/text.h"
#include "base/vec.h"

#include <stdarg.h>
#include <string.h>

/* A line without its line feed. */
struct line {
    const char *text;
    size_t length;
    size_t indent;
};

struct repairer {
    const char *rest; /* the text that has not been copied yet */
    unsigned number;  /* of the first line of `rest` */
    struct buf *out;
    struct repairs *repairs;
    size_t data_indent; /* of the line `data:` that the lines are below; SIZE_MAX: none */
    bool out_of_memory;
};

void repairs_fini(struct repairs *repairs)
{
    for (size_t i = 0; i < repairs->count; i++)
        free(repairs->items[i].text);
    free(repairs->items);
    *repairs = (struct repairs){0};
}

PRINTF(3, 4)
static void note(struct repairer *repairer, size_t indent, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = text_vformat(format, args);
    va_end(args);
    if (!text || !GROW(repairer->repairs->items, repairer->repairs->count)) {
        repairer->out_of_memory = true;
        free(text);
        return;
    }
    repairer->repairs->items[repairer->repairs->count++] =
        (struct repair){repairer->number, (unsigned)indent + 1, text};
}

static struct line line_at(const char *text)
{
    size_t length = strcspn(text, "\n");
    return (struct line){text, length, strspn(text, " ")};
}

/* Returns the text after the line, or NULL after the last one. */
static const char *after(struct line line)
{
    return line.text[line.length] == '\n' && line.text[line.length + 1] ? line.text + line.length + 1 : NULL;
}

static bool is_blank(struct line line)
{
    return strspn(line.text, " \t\r") >= line.length;
}

static bool is_separator(struct line line)
{
    return text_begins(line.text, "---") || text_begins(line.text, "...");
}

static bool begins_with(struct line line, const char *text)
{
    return text_begins(line.text + line.indent, text);
}

/* Returns the length of the key at `text` if a colon ends it, or 0. */
static size_t key_length(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-");
    return length > 0 && text[length] == ':' && strchr(" \t\r\n", text[length + 1]) ? length : 0;
}

/* True if the line is `key: |` or `key: >`, without an indentation indicator. */
static bool opens_block(struct line line)
{
    const char *end = line.text + line.length;
    const char *start = line.text + line.indent;
    while (end > start && strchr(" \t\r", end[-1]))
        end--;
    if (end > start && strchr("+-", end[-1]))
        end--;
    if (end - start < 4 || !strchr("|>", end[-1]) || end[-2] != ' ')
        return false;
    for (end--; end > start && end[-1] == ' '; end--)
        ;
    return end > start && end[-1] == ':';
}

static void copy_line(struct repairer *repairer, const char *prefix, const char *text, struct line line)
{
    buf_add_string(repairer->out, prefix);
    buf_add(repairer->out, text, (size_t)(line.text + line.length - text));
    if (line.text[line.length] == '\n')
        buf_add_char(repairer->out, '\n');
    repairer->rest = line.text + line.length + (line.text[line.length] == '\n');
    repairer->number++;
}

/* Adds spaces to each line, and to those that then have less than `least` as many as are missing. */
static void indent_lines(struct repairer *repairer, size_t spaces, size_t least, const char *end)
{
    while (repairer->rest < end) {
        struct line line = line_at(repairer->rest);
        size_t indent = line.indent + spaces < least ? least : line.indent + spaces;
        for (size_t i = line.indent; i < indent && !is_blank(line); i++)
            buf_add_char(repairer->out, ' ');
        copy_line(repairer, "", line.text, line);
    }
}

/* Returns the end of the line on which the bracket at `text` is closed, or NULL if it is not closed in the document or
 * if anything follows it on its line. */
static const char *bracket_end(const char *text)
{
    size_t depth = 0;
    bool quoted = false;
    for (const char *c = text; *c; c++) {
        if (*c == '\n' && is_separator(line_at(c + 1)))
            return NULL;
        if (*c == '\\' && quoted && c[1])
            c++;
        else if (*c == '"')
            quoted = !quoted;
        else if (!quoted && strchr("{[", *c))
            depth++;
        else if (!quoted && strchr("}]", *c) && --depth == 0)
            return is_blank(line_at(c + 1)) ? c + 1 + strcspn(c + 1, "\n") : NULL;
    }
    return NULL;
}

/* The top-level keys of configurations that ConfigMaps hold: of the device plugin and of mig-parted. */
static bool is_config_key(struct line line)
{
    static const char *const keys[] = {"version:", "flags:", "sharing:", "resources:", "imex:", "mig-configs:", NULL};
    for (size_t i = 0; keys[i]; i++) {
        if (begins_with(line, keys[i]))
            return true;
    }
    return false;
}

/* Returns the end of the configuration in YAML at `text`, or NULL if another key is among its keys. Only a mapping
 * below `sharing` or `mig-configs` tells it from a text in `data`. */
static const char *config_end(const char *text, size_t key_indent)
{
    struct line first = line_at(text);
    const char *end = NULL;
    bool told = false;

    for (const char *at = text; at; at = after(line_at(at))) {
        struct line line = line_at(at);
        bool sibling = line.indent == key_indent && first.indent == key_indent && opens_block(line);
        if (is_separator(line) || (!is_blank(line) && (line.indent < first.indent || sibling)))
            break;
        if (is_blank(line) || begins_with(line, "#"))
            continue;
        if (line.indent == first.indent && !is_config_key(line) && !begins_with(line, "- "))
            return NULL;
        told |= line.indent == first.indent && (begins_with(line, "sharing:") || begins_with(line, "mig-configs:"));
        end = line.text + line.length;
    }

    return told ? end : NULL;
}

/* True if a tab begins a line where the block needs spaces, as many as its first line has. */
static bool has_tabs(struct line first, const char *end)
{
    for (const char *at = first.text; at && at < end; at = after(line_at(at))) {
        struct line line = line_at(at);
        if (!is_blank(line) && line.indent < first.indent && line.text[line.indent] == '\t')
            return true;
    }
    return false;
}

static bool opens_bracket(struct line line)
{
    return (begins_with(line, "{") && !begins_with(line, "{{")) || begins_with(line, "[");
}

/* Copies the lines of the block that `opener` opens. */
static void copy_block(struct repairer *repairer, struct line opener)
{
    const char *start = repairer->rest;
    while (*start && is_blank(line_at(start)))
        start += line_at(start).length + (start[line_at(start).length] == '\n');
    struct line first = line_at(start);
    const char *closed = opens_bracket(first) ? bracket_end(first.text + first.indent) : NULL;

    if (first.length > 0 && first.indent > opener.indent && !(closed && has_tabs(first, closed))) {
        while (*repairer->rest) {
            struct line line = line_at(repairer->rest);
            if (!is_blank(line) && line.indent <= opener.indent)
                break;
            copy_line(repairer, "", line.text, line);
        }
        return;
    }

    const char *end = closed;
    if (!opens_bracket(first) && repairer->data_indent < opener.indent && is_config_key(first))
        end = config_end(start, opener.indent);
    if (!end)
        return;

    size_t spaces = first.indent > opener.indent ? 0 : opener.indent + 2 - first.indent;
    const char *key = opener.text + opener.indent;
    int key_size = (int)strcspn(key, ":");
    repairer->number--;
    if (spaces > 0)
        note(repairer, opener.indent,
             "the lines of %.*s must be indented more than the key, or YAML refuses them: read with %zu spaces more",
             key_size, key, spaces);
    else
        note(repairer, opener.indent,
             "the lines of %.*s must be indented by spaces, and some begin with a tab: indented", key_size, key);
    repairer->number++;
    indent_lines(repairer, spaces, first.indent + spaces, end);
}

/* Returns the length of the mark at `text` with which a page folds a part away, or 0. */
static size_t fold_mark_length(const char *text)
{
    static const char *const marks[] = {"▾", "▸", "▼", "▶", "▽", "▷", "▿", "▹", "▲", "△", "►", "⏷", "⏵", "⌄", NULL};
    for (size_t i = 0; marks[i]; i++) {
        if (text_begins(text, marks[i]))
            return strlen(marks[i]);
    }
    return 0;
}

/* Copies the indentation, and skips a fold mark. Returns the rest of the line. */
static const char *copy_indentation(struct repairer *repairer, struct line line)
{
    const char *at = line.text + line.indent;
    buf_add(repairer->out, line.text, line.indent);

    const char *key = at + fold_mark_length(at);
    key += key > at ? strspn(key, " ") : 0;
    if (key > at && key_length(key) > 0) {
        note(repairer, line.indent, "the mark before %.*s is a page's, which folds this part away: left out",
             (int)key_length(key), key);
        at = key;
    }
    return at;
}

static const char no_break[] = "\xc2\xa0";

/* True if a no-break space is where YAML needs a space: in the indentation, or after "key:" or "-". */
static bool breaks_at_no_break(const char *text, size_t length)
{
    size_t indent = strspn(text, " ");
    const char *found = text_begins(text + indent, no_break) ? text + indent : strstr(text, ":\xc2\xa0");
    return (found && found < text + length) || text_begins(text + indent, "-\xc2\xa0");
}

/* Returns the length of the typographic double quotation mark at `text`, or 0. */
static size_t curly_length(const char *text)
{
    static const char *const marks[] = {"“", "”", "„", "‟", "″", NULL};
    for (size_t i = 0; marks[i]; i++) {
        if (text_begins(text, marks[i]))
            return strlen(marks[i]);
    }
    return 0;
}

/* True if typographic quotation marks stand where YAML and JSON have '"': around a key, around a whole value, or in a
 * line that begins with a bracket. */
static bool has_curly_strings(const char *text, size_t length)
{
    const char *end = text + length;
    text += strspn(text, " \t");
    text += text_begins(text, "- ") ? 2 : 0;
    if (curly_length(text) > 0 || (strchr("{[", *text) && *text && text[1] != '{'))
        return true;

    size_t key = key_length(text);
    text += key + 1;
    text += key > 0 && text < end ? strspn(text, " ") : 0;
    while (end > text && strchr(" \r,]}", end[-1]))
        end--;
    return key > 0 && text < end && curly_length(text) > 0 && end - text > 3 && curly_length(end - 3) == 3;
}

/* Copies the text with spaces and quotation marks as YAML has them, where a page has typographic ones. */
static void straighten(struct repairer *repairer)
{
    bool spaces_said = false;
    bool quotes_said = false;

    for (const char *at = repairer->rest; *at; repairer->number++) {
        size_t length = strcspn(at, "\n");
        bool spaces = breaks_at_no_break(at, length);
        bool quotes = has_curly_strings(at, length);
        size_t curly_count = 0;
        for (const char *end = at + length; at < end;) {
            size_t curly = quotes ? curly_length(at) : 0;
            bool space = spaces && text_begins(at, no_break);
            curly_count += curly > 0;
            buf_add_char(repairer->out, curly > 0 ? '"' : space ? ' ' : *at);
            at += curly > 0 ? curly : space ? strlen(no_break) : 1;
        }
        if (spaces && !spaces_said)
            note(repairer, 0, "no-break spaces where YAML needs spaces, here and below: read as spaces");
        if (curly_count > 0 && !quotes_said)
            note(repairer, 0, "typographic quotation marks, here and below: read as \"");
        spaces_said |= spaces;
        quotes_said |= curly_count > 0;
        if (*at)
            buf_add_char(repairer->out, *at++);
    }
}

int repair_yaml(const char *text, struct buf *out, struct repairs *ret_repairs, struct err *err)
{
    AUTO(buf) straight;
    buf_init(&straight, out->maximum);
    struct repairer repairer = {
        .rest = text, .number = 1, .out = &straight, .repairs = ret_repairs, .data_indent = SIZE_MAX};

    straighten(&repairer);
    repairer.rest = buf_text(&straight);
    repairer.number = 1;
    repairer.out = out;
    if (buf_check(&straight, err) < 0)
        return -1;
    while (*repairer.rest) {
        struct line line = line_at(repairer.rest);
        size_t before = out->length;
        const char *rest = copy_indentation(&repairer, line);
        line.indent = out->length - before;
        copy_line(&repairer, "", rest, line);

        if (is_separator(line) || (!is_blank(line) && *rest != '#' && line.indent <= repairer.data_indent))
            repairer.data_indent = SIZE_MAX;
        if (text_begins(rest, "data:"))
            repairer.data_indent = line.indent;

        struct line opener = {.text = rest - line.indent, .length = line.length, .indent = line.indent};
        opener.length = (size_t)(line.text + line.length - opener.text);
        if (*rest != '#' && opens_block(opener))
            copy_block(&repairer, opener);
    }

    return repairer.out_of_memory ? err_nomem(err) : buf_check(out, err);
}
