/* Growth of arrays that are filled one item at a time.
 *
 *   if (!GROW(list->items, list->count))
 *       return err_nomem(err);
 *   list->items[list->count++] = item;
 *
 * An array doubles whenever its count reaches a power of two, so its capacity need not be stored. It must start
 * as NULL with count 0 and grow by GROW() alone; lowering the count shortens it. The owner frees it with free(). */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Returns the array with room for one more item, or NULL if out of memory; the old array is then unchanged. */
static inline void *vec_grow(void *items, size_t count, size_t size)
{
    assert(items || count == 0);
    if ((count & (count - 1)) != 0)
        return items;
    return count > SIZE_MAX / 2 / size ? NULL : reallocarray(items, count ? 2 * count : 1, size);
}

/* Makes room for one more item. False if out of memory. Evaluates its arguments more than once. */
#define GROW(items, count)                                                 \
    __extension__({                                                        \
        void *grown_items_ = vec_grow((items), (count), sizeof(*(items))); \
        if (grown_items_)                                                  \
            (items) = grown_items_;                                        \
        grown_items_ != NULL;                                              \
    })
