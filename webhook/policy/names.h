/* Looks up items of arrays of structs whose first member is their name (pools, classes, policies, GPU models, MIG
 * profiles), and suggests names for those that are not found. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct names {
    const void *items;
    size_t count;
    size_t stride; /* bytes from one struct to the next */
};

/* Compiles only if the items begin with a member `name` that is a char * or const char *. */
#define NAMES(array, length)                                                                               \
    __extension__({                                                                                        \
        _Static_assert(offsetof(__typeof__(*(array)), name) == 0 &&                                      \
                           _Generic((array)->name, char *: true, const char *: true, default: false),    \
                       "the items must begin with a name"); \
        (struct names){(array), (length), sizeof(*(array))};                                               \
    })

const char *names_at(struct names names, size_t index);

/* Returns the item with that name, or NULL. Uses a binary search, so the array must be sorted by name. */
const void *names_find(struct names names, const char *name);

/* Returns the name that is most similar to `mistyped`, or NULL if none is similar (base/spelling.h). */
const char *names_nearest(struct names names, const char *mistyped);

/* Adds "a, b, c" to `out`. The name most similar to `mistyped`, if any, is first. Adds at most ten names, then the
 * number of the others. */
void names_list(struct names names, const char *mistyped, struct buf *out);
