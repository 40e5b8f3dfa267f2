/* Line differences: splitting texts, placing changes where they read best, and printing hunks. The search itself is in
 * linediff_search.c. Uses no library but libc. */
#include "base/linediff.h"

#include "base/hash.h"
#include "base/linediff_search.h"
#include "base/vec.h"

#include <string.h>

const struct linediff_style linediff_plain = {"", "", "", "", ""};

static size_t line_length(const char *text)
{
    const char *end = strchrnul(text, '\n');
    return (size_t)(end - text) + (*end == '\n');
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (; *text; text += line_length(text))
        count++;
    return count;
}

static int split(const char *text, struct linediff_text *ret_text, struct err *err)
{
    size_t count = count_lines(text);
    if (count > LINEDIFF_LINES_MAX)
        return err_set(err, ERR_LIMIT, "%zu lines, can compare %d at most", count, LINEDIFF_LINES_MAX);

    struct linediff_line *lines = calloc(count + 1, sizeof(*lines));
    if (!lines)
        return err_nomem(err);

    for (size_t i = 0; i < count; i++) {
        size_t length = line_length(text);
        uint32_t hash = (uint32_t)hash_bytes(HASH_START, text, length);
        lines[i] = (struct linediff_line){.text = text, .length = length, .hash = hash};
        text += length;
    }

    *ret_text = (struct linediff_text){.lines = lines, .count = count};
    return 0;
}

static size_t run_length(const bool flags[], size_t start, size_t count)
{
    size_t end = start;
    while (end < count && flags[end])
        end++;
    return end - start;
}

/* Collects the changes that the search marked. */
static int collect_changes(struct linediff *diff, const bool removed[], const bool added[], struct err *err)
{
    size_t i = 0;
    size_t j = 0;

    while (i < diff->old_text.count || j < diff->new_text.count) {
        struct linediff_change change = {i, run_length(removed, i, diff->old_text.count), j,
                                         run_length(added, j, diff->new_text.count)};
        bool is_same = change.old_count + change.new_count == 0;
        i += change.old_count + is_same;
        j += change.new_count + is_same;
        if (is_same)
            continue;
        if (!GROW(diff->changes, diff->change_count))
            return err_nomem(err);
        diff->changes[diff->change_count++] = change;
    }

    return 0;
}

static int find_changes(struct linediff *diff, struct err *err)
{
    AUTO(string) memory = calloc(diff->old_text.count + diff->new_text.count + 1, sizeof(bool));
    if (!memory)
        return err_nomem(err);

    bool *removed = (bool *)memory;
    bool *added = removed + diff->old_text.count;
    if (linediff_search(&diff->old_text, &diff->new_text, removed, added, err) < 0)
        return -1;
    return collect_changes(diff, removed, added, err);
}

/* A blank line counts as indented deepest, so that place_change() prefers any other first line. */
static size_t line_indent(const struct linediff_line *line)
{
    size_t indent = 0;
    while (indent < line->length && line->text[indent] == ' ')
        indent++;
    return indent == line->length || line->text[indent] == '\n' ? SIZE_MAX : indent;
}

static void change_move(struct linediff_change *change, bool down)
{
    change->old_start += down ? 1 : (size_t)-1;
    change->new_start += down ? 1 : (size_t)-1;
}

/* Moves a pure addition or removal to where it reads best (linediff.h). At least one unchanged line stays between
 * changes. */
static void place_change(struct linediff *diff, size_t index)
{
    struct linediff_change *change = &diff->changes[index];
    if (change->old_count > 0 && change->new_count > 0)
        return;

    bool removal = change->old_count > 0;
    const struct linediff_text *text = removal ? &diff->old_text : &diff->new_text;
    const size_t *start = removal ? &change->old_start : &change->new_start;
    size_t count = change->old_count + change->new_count;
    size_t low = index > 0 ? change[-1].old_start + change[-1].old_count + 1 : 0;
    size_t high = index + 1 < diff->change_count ? change[1].old_start - 1 : diff->old_text.count;
    while (change->old_start > low && linediff_same(&text->lines[*start - 1], &text->lines[*start + count - 1]))
        change_move(change, false);

    struct linediff_change best = *change;
    size_t best_indent = line_indent(&text->lines[*start]);
    while (change->old_start + change->old_count < high &&
           linediff_same(&text->lines[*start], &text->lines[*start + count])) {
        change_move(change, true);
        size_t indent = line_indent(&text->lines[*start]);
        if (indent <= best_indent) {
            best = *change;
            best_indent = indent;
        }
    }

    *change = best;
}

int linediff_make(const char *old_text, const char *new_text, struct linediff *ret_diff, struct err *err)
{
    AUTO(linediff) diff = {0};
    if (split(old_text, &diff.old_text, err) < 0 || split(new_text, &diff.new_text, err) < 0)
        return -1;
    if (find_changes(&diff, err) < 0)
        return -1;
    for (size_t i = 0; i < diff.change_count; i++)
        place_change(&diff, i);
    *ret_diff = TAKE(diff);
    return 0;
}

void linediff_fini(struct linediff *diff)
{
    free(diff->old_text.lines);
    free(diff->new_text.lines);
    free(diff->changes);
    *diff = (struct linediff){0};
}

/* Returns the range from the context before `first` to the context after `last`. */
static struct linediff_change extent_of(const struct linediff *diff, const struct linediff_change *first,
                                        const struct linediff_change *last)
{
    size_t before = first->old_start < LINEDIFF_CONTEXT ? first->old_start : LINEDIFF_CONTEXT;
    size_t old_end = last->old_start + last->old_count;
    size_t left = diff->old_text.count - old_end;
    size_t after = left < LINEDIFF_CONTEXT ? left : LINEDIFF_CONTEXT;
    size_t old_start = first->old_start - before;
    size_t new_start = first->new_start - before;
    return (struct linediff_change){old_start, old_end + after - old_start, new_start,
                                    last->new_start + last->new_count + after - new_start};
}

bool linediff_next_hunk(const struct linediff *diff, struct linediff_hunk *hunk)
{
    size_t first = hunk->first_change + hunk->change_count;
    if (first >= diff->change_count)
        return false;
    const struct linediff_change *change = &diff->changes[first];
    size_t count = 1;
    while (first + count < diff->change_count &&
           change[count].old_start - (change[count - 1].old_start + change[count - 1].old_count) <=
               2 * LINEDIFF_CONTEXT)
        count++;
    *hunk = (struct linediff_hunk){first, count, extent_of(diff, change, &change[count - 1])};
    return true;
}

/* Prints "12,3"; ",1" is omitted, and an empty range has the number of the line before it. */
static void print_range(struct buf *out, size_t start, size_t count)
{
    buf_addf(out, "%zu", count > 0 ? start + 1 : start);
    if (count != 1)
        buf_addf(out, ",%zu", count);
}

static void print_lines(const struct linediff_text *text, size_t start, size_t count, const char *colour, char sign,
                        const struct linediff_style *style, struct buf *out)
{
    for (size_t i = start; i < start + count; i++) {
        const struct linediff_line *line = &text->lines[i];
        bool whole = line->text[line->length - 1] == '\n';
        buf_add_string(out, colour);
        buf_add_char(out, sign);
        buf_add(out, line->text, line->length - whole);
        buf_add_string(out, style->end);
        buf_add_string(out, whole ? "\n" : "\n\\ No newline at end of file\n");
    }
}

void linediff_print_hunk(const struct linediff *diff, const struct linediff_hunk *hunk, const char *tail,
                         const struct linediff_style *style, struct buf *out)
{
    const struct linediff_change *extent = &hunk->extent;
    buf_addf(out, "%s@@ -", style->heading);
    print_range(out, extent->old_start, extent->old_count);
    buf_add_string(out, " +");
    print_range(out, extent->new_start, extent->new_count);
    buf_addf(out, " @@%s%s%s\n", *tail ? " " : "", tail, style->end);

    size_t shown = extent->old_start;
    for (size_t i = hunk->first_change; i < hunk->first_change + hunk->change_count; i++) {
        const struct linediff_change *change = &diff->changes[i];
        print_lines(&diff->old_text, shown, change->old_start - shown, style->same, ' ', style, out);
        print_lines(&diff->old_text, change->old_start, change->old_count, style->removed, '-', style, out);
        print_lines(&diff->new_text, change->new_start, change->new_count, style->added, '+', style, out);
        shown = change->old_start + change->old_count;
    }

    print_lines(&diff->old_text, shown, extent->old_start + extent->old_count - shown, style->same, ' ', style, out);
}
