/* A list of strings. Uses no library but libc. */
#include "base/strlist.h"

#include "base/vec.h"

#include <string.h>

void strlist_fini(struct strlist *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct strlist){0};
}

int strlist_add(struct strlist *list, const char *string, struct err *err)
{
    AUTO(string) copy = strdup(string);
    if (!copy || !GROW(list->items, list->count))
        return err_nomem(err);
    list->items[list->count++] = TAKE(copy);
    return 0;
}

bool strlist_has(const struct strlist *list, const char *string)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], string) == 0)
            return true;
    }
    return false;
}

static int compare_items(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strlist_sort(struct strlist *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof(*list->items), compare_items);
}
