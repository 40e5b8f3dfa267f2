/* Reads TOML 1.0 as far as settings need it: tables, dotted and quoted keys, strings, inline tables and comments.
 * Values of other kinds (dates, numbers) are passed on as they are written; arrays and strings of several lines are
 * skipped. */
#pragma once

#include <stdbool.h>

enum { TOML_TEXT_SIZE = 256 };

struct toml_entry {
    const char *path;        /* the key with all tables around it, joined by dots, without quotes */
    const char *value;       /* without quotes; NULL for a table, an array and a string of several lines */
    bool table;              /* the statement is a table's header */
    const char *begin, *end; /* the whole statement with its line feed, in the text that is read */
};

typedef void toml_visitor(const struct toml_entry *entry, void *context);

/* Calls `visit` for each header and each value, also for those of inline tables. Returns false, perhaps after some
 * calls, if the text is not TOML, or if a path or value has TOML_TEXT_SIZE characters or more. */
bool toml_read(const char *text, toml_visitor *visit, void *context);
