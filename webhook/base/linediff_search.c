/* Myers' greedy forward search (1986, section 4). It stores how far each round came, so that the path can be traced
 * back. Does not depend on hunks or formats. */
#include "base/linediff_search.h"

#include "base/vec.h"

#include <string.h>

/* The part of both texts between their common first and last lines. */
struct window {
    const struct linediff_line *old_lines, *new_lines;
    int32_t old_count, new_count;
};

/* reached[d][k] is the number of old lines consumed on diagonal k (old minus new lines) after d changed lines. Round d
 * has the d + 1 diagonals -d, -d + 2 ... d; its row follows the d(d + 1)/2 entries of earlier rounds. */
struct trace {
    int32_t *reached;
    size_t count;
};

static void trace_fini(struct trace *trace)
{
    free(trace->reached);
}
DEFINE_AUTO_FINI(trace, struct trace, trace_fini);

static size_t trace_index(int32_t round, int32_t diagonal)
{
    size_t row = (size_t)round * ((size_t)round + 1) / 2;
    return row + (size_t)((diagonal + round) / 2);
}

bool linediff_same(const struct linediff_line *a, const struct linediff_line *b)
{
    return a->hash == b->hash && a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

/* True if the best path to (round, diagonal) ends with an added line rather than a removed one. */
static bool ends_with_addition(const struct trace *trace, int32_t round, int32_t diagonal)
{
    if (diagonal == -round || diagonal == round)
        return diagonal == -round;
    return trace->reached[trace_index(round - 1, diagonal - 1)] < trace->reached[trace_index(round - 1, diagonal + 1)];
}

static int32_t first_reach(const struct trace *trace, int32_t round, int32_t diagonal)
{
    if (round == 0)
        return 0;
    return ends_with_addition(trace, round, diagonal) ? trace->reached[trace_index(round - 1, diagonal + 1)]
                                                      : trace->reached[trace_index(round - 1, diagonal - 1)] + 1;
}

/* Runs one round. Returns 1 if it reached the end of both texts, else 0. Errors: ERR_NOMEM. */
static int run_round(const struct window *window, struct trace *trace, int32_t round, struct err *err)
{
    for (int32_t diagonal = -round; diagonal <= round; diagonal += 2) {
        int32_t x = first_reach(trace, round, diagonal);
        int32_t y = x - diagonal;
        while (x < window->old_count && y < window->new_count &&
               linediff_same(&window->old_lines[x], &window->new_lines[y])) {
            x++;
            y++;
        }
        if (!GROW(trace->reached, trace->count))
            return err_nomem(err);
        trace->reached[trace->count++] = x;
        if (x >= window->old_count && y >= window->new_count)
            return 1;
    }

    return 0;
}

static void walk_back(const struct window *window, const struct trace *trace, int32_t rounds, bool removed[],
                      bool added[])
{
    int32_t x = window->old_count;
    int32_t y = window->new_count;
    for (int32_t round = rounds; round > 0; round--) {
        bool addition = ends_with_addition(trace, round, x - y);
        int32_t diagonal = addition ? x - y + 1 : x - y - 1;
        x = trace->reached[trace_index(round - 1, diagonal)];
        y = x - diagonal;
        if (addition)
            added[y] = true;
        else
            removed[x] = true;
    }
}

static int search_window(const struct window *window, bool removed[], bool added[], struct err *err)
{
    AUTO(trace) trace = {0};
    for (int32_t round = 0; round <= LINEDIFF_CHANGED_MAX; round++) {
        int result = run_round(window, &trace, round, err);
        if (result > 0)
            walk_back(window, &trace, round, removed, added);
        if (result != 0)
            return result < 0 ? -1 : 0;
    }
    memset(removed, true, (size_t)window->old_count);
    memset(added, true, (size_t)window->new_count);
    return 0;
}

int linediff_search(const struct linediff_text *old_text, const struct linediff_text *new_text, bool removed[],
                    bool added[], struct err *err)
{
    size_t shorter = old_text->count < new_text->count ? old_text->count : new_text->count;
    size_t begin = 0;
    while (begin < shorter && linediff_same(&old_text->lines[begin], &new_text->lines[begin]))
        begin++;

    size_t end = 0;
    while (end < shorter - begin &&
           linediff_same(&old_text->lines[old_text->count - 1 - end], &new_text->lines[new_text->count - 1 - end]))
        end++;

    if (begin == old_text->count && begin == new_text->count)
        return 0;

    const struct window window = {
        .old_lines = old_text->lines + begin,
        .new_lines = new_text->lines + begin,
        .old_count = (int32_t)(old_text->count - begin - end),
        .new_count = (int32_t)(new_text->count - begin - end),
    };
    return search_window(&window, removed + begin, added + begin, err);
}
