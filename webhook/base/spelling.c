/* Edit distance. Uses no library but libc. */
#include "base/spelling.h"

#include <ctype.h>
#include <string.h>

static size_t least(size_t a, size_t b, size_t c)
{
    size_t smaller = a < b ? a : b;
    return smaller < c ? smaller : c;
}

size_t spelling_distance(const char *a, const char *b)
{
    size_t row[SPELLING_COMPARED + 1];
    size_t a_length = strnlen(a, SPELLING_COMPARED);
    size_t b_length = strnlen(b, SPELLING_COMPARED);
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;

    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1,
                           diagonal + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1])));
            diagonal = above;
        }
    }

    return row[b_length];
}

size_t spelling_tolerance(const char *name)
{
    return strnlen(name, SPELLING_COMPARED) / 3 + 1;
}

void spelling_consider(struct spelling_search *search, const char *candidate)
{
    size_t distance = spelling_distance(candidate, search->mistyped);
    if (distance < search->limit || (distance == search->limit && !search->nearest)) {
        search->nearest = candidate;
        search->limit = distance;
    }
}
