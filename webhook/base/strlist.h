/* A list of strings that owns its copies. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct strlist {
    char **items;
    size_t count;
};

void strlist_fini(struct strlist *list);

/* Adds a copy of `string`. Errors: ERR_NOMEM. */
MUST_CHECK int strlist_add(struct strlist *list, const char *string, struct err *err);
bool strlist_has(const struct strlist *list, const char *string);

/* Sorts in byte order. */
void strlist_sort(struct strlist *list);

DEFINE_AUTO_FINI(strlist, struct strlist, strlist_fini);
