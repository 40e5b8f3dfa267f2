/* Differences between two texts, line by line: E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), and
 * the unified format of diff -u (POSIX.1-2017, diff, "Diff -u Output Format").
 *
 * An addition or a removal that could equally be shown a few lines higher or lower is placed where its first line is
 * indented least, so that whole blocks are shown as blocks. Of several places with that indent, the one furthest down
 * is used, as in GNU diff.
 */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    LINEDIFF_CHANGED_MAX = 1024, /* lines added and removed; with more, everything from the first to the last difference
                                    counts as replaced. Bounds memory (4 MiB) and time */
    LINEDIFF_LINES_MAX = 10000000, /* of one text; more are ERR_LIMIT */
    LINEDIFF_CONTEXT = 3,          /* unchanged lines around changes, in hunks */
};

struct linediff_line {
    const char *text; /* into the text that was compared */
    size_t length;    /* with its line feed; the last line may have none */
    uint32_t hash;    /* private */
};

struct linediff_text {
    struct linediff_line *lines;
    size_t count;
};

/* Lines [old_start, old_start + old_count) of the old text are replaced by lines [new_start, new_start + new_count) of
 * the new one. Lines count from 0. */
struct linediff_change {
    size_t old_start, old_count;
    size_t new_start, new_count;
};

struct linediff {
    struct linediff_text old_text, new_text;
    struct linediff_change *changes; /* in order; at least one unchanged line is between any two */
    size_t change_count;
};

/* Both texts must outlive *ret_diff. Errors: ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int linediff_make(const char *old_text, const char *new_text, struct linediff *ret_diff, struct err *err);
void linediff_fini(struct linediff *diff);

/* Changes that are printed together, with the unchanged lines around them. */
struct linediff_hunk {
    size_t first_change, change_count;
    struct linediff_change extent; /* context included */
};

/* Sets *hunk to the hunk after it, or to the first one if it is zeroed. Returns false after the last hunk. */
bool linediff_next_hunk(const struct linediff *diff, struct linediff_hunk *hunk);

/* Terminal colours, or "". Each is printed before the lines of its kind; `end` is printed before their line feeds. */
struct linediff_style {
    const char *heading, *same, *removed, *added, *end;
};
extern const struct linediff_style linediff_plain;

/* Adds the hunk in the unified format; `tail` ("" for none) ends the @@ line, where diff -p prints a function. */
void linediff_print_hunk(const struct linediff *diff, const struct linediff_hunk *hunk, const char *tail,
                         const struct linediff_style *style, struct buf *out);

DEFINE_AUTO_FINI(linediff, struct linediff, linediff_fini);
