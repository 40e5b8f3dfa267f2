/* A list of problems in files, with their positions, so that one run reports more than the first one.
 *
 * If memory runs out while a problem is added, the list notes that, so callers add without checking and call
 * problems_check() once at the end. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>

struct problem {
    char *file;
    unsigned line, column; /* from 1; 0 if the problem is the whole file's */
    char *text;
};

struct problems {
    struct problem *items;
    size_t count;
    bool out_of_memory;
};

void problems_fini(struct problems *problems);
void problems_add(struct problems *problems, const char *file, unsigned line, unsigned column, const char *format, ...)
    PRINTF(5, 6);

/* Removes the problems from index `first` on. */
void problems_cut(struct problems *problems, size_t first);

/* Sorts by file, line, column and text. */
void problems_sort(struct problems *problems);

/* Prints one problem per line, as `file:line:column: text`, or `file: text` for the whole file. */
void problems_print(const struct problems *problems, struct buf *out);

/* Returns 0 if there are none. Errors: ERR_INVALID with the number of problems and the first of them, ERR_NOMEM. */
MUST_CHECK int problems_check(const struct problems *problems, struct err *err);

DEFINE_AUTO_FINI(problems, struct problems, problems_fini);
