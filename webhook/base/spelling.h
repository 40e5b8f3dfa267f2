/* What did somebody mean who mistyped a name? For messages only. */
#ifndef GPUSLICE_BASE_SPELLING_H
#define GPUSLICE_BASE_SPELLING_H

#include <stddef.h>

enum { SPELLING_COMPARED = 63 }; /* bytes of a name that count: none of ours is longer */

/* Levenshtein's distance without regard to the case of ASCII letters: bytes to insert, delete or replace. */
size_t spelling_distance(const char *a, const char *b);

/* How many edits still look like a slip in a name: a third of its length, and one. */
size_t spelling_tolerance(const char *name);

#endif
