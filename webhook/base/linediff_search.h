/* The search for the fewest changed lines. Private to linediff. */
#ifndef GPUSLICE_BASE_LINEDIFF_SEARCH_H
#define GPUSLICE_BASE_LINEDIFF_SEARCH_H

#include "base/linediff.h"

bool linediff_same(const struct linediff_line *a, const struct linediff_line *b);

/* Sets removed[i] for the old lines and added[i] for the new lines that differ; both arrays, as long as the texts, must
 * be all false. Errors: ERR_NOMEM. */
MUST_CHECK int linediff_search(const struct linediff_text *old_text, const struct linediff_text *new_text,
                               bool removed[], bool added[], struct err *err);

#endif
