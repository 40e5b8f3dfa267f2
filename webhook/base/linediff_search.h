/* The search for the fewest changed lines. Private to linediff. */
#pragma once

#include "base/linediff.h"

/* True if both lines hold the same bytes. */
bool linediff_same(const struct linediff_line *a, const struct linediff_line *b);

/* Sets removed[i] to true for each old line that is removed, and added[i] for each new line that is added. Each array
 * has an entry for each line of its text; all entries must be false before. Errors: ERR_NOMEM. */
MUST_CHECK int linediff_search(const struct linediff_text *old_text, const struct linediff_text *new_text,
                               bool removed[], bool added[], struct err *err);
