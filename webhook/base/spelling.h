/* Computes edit distances, for messages that suggest a name instead of a mistyped one. */
#pragma once

#include <stddef.h>

enum { SPELLING_COMPARED = 63 }; /* bytes of a name that are compared; none of our names is longer */

/* Returns Levenshtein's distance: the least number of bytes to insert, delete or replace. Ignores the case of ASCII
 * letters. */
size_t spelling_distance(const char *a, const char *b);

/* Returns the largest distance from `name` that counts as a typing error: a third of its length, plus one. */
size_t spelling_tolerance(const char *name);

/* A search for the candidate that is nearest to a mistyped name. */
struct spelling_search {
    const char *mistyped;
    size_t limit;        /* the largest distance that is accepted; the search lowers it */
    const char *nearest; /* the first of the nearest candidates; NULL until one is within the limit */
};

void spelling_consider(struct spelling_search *search, const char *candidate);
