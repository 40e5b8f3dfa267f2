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

static void indent_lines(struct repairer *repairer, size_t spaces, const char *end)
{
    char prefix[256];
    spaces = spaces < sizeof(prefix) ? spaces : sizeof(prefix) - 1;
    memset(prefix, ' ', spaces);
    prefix[spaces] = '\0';
    while (repairer->rest < end) {
        struct line line = line_at(repairer->rest);
        copy_line(repairer, is_blank(line) ? "" : prefix, line.text, line);
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

/* Copies the lines of the block that `opener` opens. */
static void copy_block(struct repairer *repairer, struct line opener)
{
    const char *start = repairer->rest;
    while (*start && is_blank(line_at(start)))
        start += line_at(start).length + (start[line_at(start).length] == '\n');
    struct line first = line_at(start);

    if (first.length > 0 && first.indent > opener.indent) {
        while (*repairer->rest) {
            struct line line = line_at(repairer->rest);
            if (!is_blank(line) && line.indent <= opener.indent)
                break;
            copy_line(repairer, "", line.text, line);
        }
        return;
    }

    const char *end = NULL;
    if ((begins_with(first, "{") && !begins_with(first, "{{")) || begins_with(first, "["))
        end = bracket_end(first.text + first.indent);
    else if (repairer->data_indent < opener.indent && is_config_key(first))
        end = config_end(start, opener.indent);
    if (!end)
        return;

    size_t spaces = opener.indent + 2 - first.indent;
    for (const char *at = start; at && at < end; at = after(line_at(at))) {
        struct line line = line_at(at);
        if (!is_blank(line) && line.indent + spaces < opener.indent + 2)
            spaces = opener.indent + 2 - line.indent;
    }
    repairer->number--;
    note(repairer, opener.indent,
         "the lines of %.*s must be indented more than the key, or YAML refuses them: read with %zu spaces more",
         (int)strcspn(opener.text + opener.indent, ":"), opener.text + opener.indent, spaces);
    repairer->number++;
    indent_lines(repairer, spaces, end);
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

/* Copies the indentation with a space for each no-break space, and skips a fold mark. Returns the rest of the line. */
static const char *copy_indentation(struct repairer *repairer, struct line line)
{
    static const char no_break[] = "\xc2\xa0";
    const char *at = line.text;
    size_t indent = 0;
    bool spaces = false;

    for (; *at == ' ' || text_begins(at, no_break); indent++) {
        spaces |= *at != ' ';
        at += *at == ' ' ? 1 : strlen(no_break);
        buf_add_char(repairer->out, ' ');
    }

    const char *key = at + fold_mark_length(at);
    while (key > at && (*key == ' ' || text_begins(key, no_break)))
        key += *key == ' ' ? 1 : strlen(no_break);
    if (key > at && key_length(key) > 0) {
        note(repairer, indent, "the mark before %.*s is a page's, which folds this part away: left out",
             (int)key_length(key), key);
        at = key;
    }
    if (spaces)
        note(repairer, 0, "no-break spaces in the indentation: read as spaces");
    return at;
}

int repair_yaml(const char *text, struct buf *out, struct repairs *ret_repairs, struct err *err)
{
    struct repairer repairer = {.rest = text, .number = 1, .out = out, .repairs = ret_repairs, .data_indent = SIZE_MAX};

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
