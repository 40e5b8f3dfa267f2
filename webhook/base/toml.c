/* Source: toml.io/en/v1.0.0. */
#include "base/toml.h"

#include <string.h>

enum { TOML_DEPTH_MAX = 32 };

struct toml {
    const char *at;
    char table[TOML_TEXT_SIZE]; /* of the last header */
    toml_visitor *visit;
    void *context;
};

static void skip_blanks(struct toml *toml)
{
    toml->at += strspn(toml->at, " \t\r");
}

/* Skips blanks, line feeds and comments. */
static void skip_lines(struct toml *toml)
{
    for (;;) {
        toml->at += strspn(toml->at, " \t\r\n");
        if (*toml->at != '#')
            return;
        toml->at += strcspn(toml->at, "\n");
    }
}

static bool take(struct toml *toml, const char *mark)
{
    size_t length = strlen(mark);
    if (strncmp(toml->at, mark, length) != 0)
        return false;
    toml->at += length;
    return true;
}

static bool append(char text[TOML_TEXT_SIZE], const char *from, size_t count)
{
    size_t length = strlen(text);
    if (length + count >= TOML_TEXT_SIZE)
        return false;
    memcpy(text + length, from, count);
    text[length + count] = '\0';
    return true;
}

/* Appends a string of one line. A character after a backslash stands for itself, which is enough for settings. */
static bool read_string(struct toml *toml, char text[TOML_TEXT_SIZE])
{
    char quote = *toml->at++;
    for (; *toml->at && *toml->at != '\n' && *toml->at != quote; toml->at++) {
        if (quote == '"' && *toml->at == '\\' && toml->at[1])
            toml->at++;
        if (!append(text, toml->at, 1))
            return false;
    }
    return *toml->at++ == quote;
}

static bool read_key(struct toml *toml, char path[TOML_TEXT_SIZE])
{
    static const char bare[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    do {
        skip_blanks(toml);
        if (*path && !append(path, ".", 1))
            return false;
        if (*toml->at == '"' || *toml->at == '\'') {
            if (!read_string(toml, path))
                return false;
        } else {
            size_t length = strspn(toml->at, bare);
            if (length == 0 || !append(path, toml->at, length))
                return false;
            toml->at += length;
        }
        skip_blanks(toml);
    } while (take(toml, "."));
    return true;
}

/* Skips a string of several lines, whose quotes have been read. */
static bool skip_long_string(struct toml *toml, const char *quotes)
{
    for (; *toml->at; toml->at++) {
        if (*quotes == '"' && *toml->at == '\\' && toml->at[1])
            toml->at++;
        else if (take(toml, quotes)) {
            toml->at += strspn(toml->at, quotes); /* up to two quotes may precede the end */
            return true;
        }
    }
    return false;
}

static bool read_value(struct toml *toml, struct toml_entry *entry, unsigned depth);

/* Reads the elements of an array, without calls. */
static bool skip_array(struct toml *toml, unsigned depth)
{
    struct toml quiet = *toml;
    struct toml_entry element = {0};
    bool valid = true;
    quiet.visit = NULL;
    for (skip_lines(&quiet); valid && !take(&quiet, "]"); skip_lines(&quiet)) {
        element.path = "";
        valid = read_value(&quiet, &element, depth + 1);
        skip_lines(&quiet);
        valid = valid && (take(&quiet, ",") || *quiet.at == ']');
    }
    toml->at = quiet.at;
    return valid;
}

/* Reads `key = value` with the keys of `table` before its own. */
static bool read_pair(struct toml *toml, const char *table, struct toml_entry entry, unsigned depth)
{
    char path[TOML_TEXT_SIZE] = "";
    if (!append(path, table, strlen(table)) || !read_key(toml, path) || !take(toml, "="))
        return false;
    entry.path = path;
    return read_value(toml, &entry, depth);
}

static bool read_inline_table(struct toml *toml, const struct toml_entry *entry, unsigned depth)
{
    skip_blanks(toml);
    while (!take(toml, "}")) {
        if (!read_pair(toml, entry->path, *entry, depth + 1))
            return false;
        skip_blanks(toml);
        if (!take(toml, ",") && *toml->at != '}')
            return false;
        skip_blanks(toml);
    }
    return true;
}

static void report(const struct toml *toml, struct toml_entry *entry, const char *value)
{
    entry->value = value;
    if (toml->visit)
        toml->visit(entry, toml->context);
}

static bool read_value(struct toml *toml, struct toml_entry *entry, unsigned depth)
{
    char text[TOML_TEXT_SIZE] = "";
    bool valid = depth < TOML_DEPTH_MAX;
    skip_blanks(toml);

    if (valid && take(toml, "{"))
        return read_inline_table(toml, entry, depth);
    if (valid && (take(toml, "\"\"\"") || take(toml, "'''"))) {
        valid = skip_long_string(toml, toml->at[-1] == '"' ? "\"\"\"" : "'''");
        report(toml, entry, NULL);
    } else if (valid && take(toml, "[")) {
        valid = skip_array(toml, depth);
        report(toml, entry, NULL);
    } else if (valid && (*toml->at == '"' || *toml->at == '\'')) {
        valid = read_string(toml, text);
        report(toml, entry, text);
    } else {
        size_t length = strcspn(toml->at, " \t\r\n#,]}");
        valid = valid && length > 0 && append(text, toml->at, length);
        toml->at += length;
        report(toml, entry, text);
    }
    return valid;
}

/* Reads [table] or [[table]], whose first bracket has been read. */
static bool read_header(struct toml *toml, struct toml_entry *entry)
{
    bool array = take(toml, "[");
    *toml->table = '\0';
    if (!read_key(toml, toml->table) || !take(toml, array ? "]]" : "]"))
        return false;
    entry->path = toml->table;
    entry->table = true;
    return true;
}

/* Sets `end` to the end of the line, which may have a comment. */
static bool end_line(struct toml *toml, const char **end)
{
    skip_blanks(toml);
    if (*toml->at == '#')
        toml->at += strcspn(toml->at, "\n");
    *end = toml->at + (*toml->at == '\n');
    return *toml->at == '\n' || *toml->at == '\0';
}

struct held {
    toml_visitor *visit;
    void *context;
    const char *end;
};

static void visit_whole(const struct toml_entry *entry, void *context)
{
    const struct held *held = context;
    struct toml_entry whole = *entry;
    whole.end = held->end;
    held->visit(&whole, held->context);
}

/* Reads one statement, first without calls to find its end. */
static bool read_statement(struct toml *toml, struct held *held)
{
    struct toml_entry entry = {.begin = toml->at};
    bool header = take(toml, "[");
    struct toml quiet = *toml;
    quiet.visit = NULL;
    bool valid = header ? read_header(&quiet, &entry) : read_pair(&quiet, quiet.table, entry, 0);
    if (!valid || !end_line(&quiet, &held->end))
        return false;

    if (header) {
        memcpy(toml->table, quiet.table, sizeof(toml->table));
        entry.path = toml->table;
        report(toml, &entry, NULL);
    } else if (!read_pair(toml, toml->table, entry, 0)) {
        return false;
    }
    toml->at = quiet.at;
    return true;
}

bool toml_read(const char *text, toml_visitor *visit, void *context)
{
    struct held held = {.visit = visit, .context = context};
    struct toml toml = {.at = text, .visit = visit_whole, .context = &held};
    for (skip_lines(&toml); *toml.at; skip_lines(&toml)) {
        if (!read_statement(&toml, &held))
            return false;
    }
    return true;
}
