/* Computes edit distances, to suggest the name that a mistyped one was meant to be. For messages only. */
#ifndef GPUSLICE_BASE_SPELLING_H
#define GPUSLICE_BASE_SPELLING_H

#include <stddef.h>

enum { SPELLING_COMPARED = 63 }; /* bytes of a name that are compared; none of our names is longer */

/* Returns Levenshtein's distance: the number of bytes to insert, delete or replace. Ignores the case of ASCII letters.
 */
size_t spelling_distance(const char *a, const char *b);

/* Returns the number of edits that still look like a typing error: a third of the name's length, plus one. */
size_t spelling_tolerance(const char *name);

#endif
