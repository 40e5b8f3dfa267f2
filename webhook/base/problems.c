/* Problems with their positions. Uses no library but libc. */
#include "base/problems.h"

#include "base/text.h"
#include "base/vec.h"

#include <string.h>

void problems_cut(struct problems *problems, size_t first)
{
    while (problems->count > first) {
        struct problem *last = &problems->items[--problems->count];
        free(last->file);
        free(last->text);
    }
}

void problems_fini(struct problems *problems)
{
    problems_cut(problems, 0);
    free(problems->items);
    *problems = (struct problems){0};
}

void problems_add(struct problems *problems, const char *file, unsigned line, unsigned column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    AUTO(string) text = text_vformat(format, args);
    va_end(args);

    AUTO(string) file_copy = strdup(file);
    if (!file_copy || !text || !GROW(problems->items, problems->count)) {
        problems->out_of_memory = true;
        return;
    }
    text_make_printable(text, '?'); /* what it quotes cannot add lines, or control a terminal */
    problems->items[problems->count++] =
        (struct problem){.file = TAKE(file_copy), .line = line, .column = column, .text = TAKE(text)};
}

static int compare_problems(const void *left, const void *right)
{
    const struct problem *a = left;
    const struct problem *b = right;
    int order = strcmp(a->file, b->file);
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    if (order == 0)
        order = (a->column > b->column) - (a->column < b->column);
    return order ? order : strcmp(a->text, b->text);
}

void problems_sort(struct problems *problems)
{
    if (problems->count > 1)
        qsort(problems->items, problems->count, sizeof(*problems->items), compare_problems);
}

void problems_print(const struct problems *problems, struct buf *out)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        if (problem->line)
            buf_addf(out, "%s:%u:%u: %s\n", problem->file, problem->line, problem->column, problem->text);
        else
            buf_addf(out, "%s: %s\n", problem->file, problem->text);
    }
}

int problems_check(const struct problems *problems, struct err *err)
{
    if (problems->out_of_memory)
        return err_nomem(err);
    if (problems->count == 0)
        return 0;
    const struct problem *first = &problems->items[0];
    return err_set(err, ERR_INVALID, "%zu problem%s, the first: %s:%u:%u: %s", problems->count,
                   problems->count == 1 ? "" : "s", first->file, first->line, first->column, first->text);
}
