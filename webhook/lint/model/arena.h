/* The memory of one lint run, which is freed as a whole at its end. */
#pragma once

#include "base/err.h"

#include <stdbool.h>

struct arena {
    void **blocks; /* private */
    size_t count;
    bool out_of_memory; /* callers continue with incomplete data, and check this once at the end */
};

/* Returns zeroed memory, or NULL when out of memory. */
void *arena_alloc(struct arena *arena, size_t size);
/* Returns the text, or "" when out of memory. */
const char *arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);
/* Makes room for one more item in an array of `count` items. Returns the array, which may have moved, or NULL when out
 * of memory. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t size);
void arena_fini(struct arena *arena);

/* Appends a zeroed item and returns its address, or NULL when out of memory: ARENA_PUSH(arena, pools, pool_count). */
#define ARENA_PUSH(arena, array, length)                                                     \
    __extension__({                                                                          \
        __typeof__(array) grown_ = arena_grow((arena), (array), (length), sizeof(*(array))); \
        if (grown_)                                                                          \
            (array) = grown_;                                                                \
        grown_ ? &grown_[(length)++] : NULL;                                                 \
    })

DEFINE_AUTO_FINI(arena, struct arena, arena_fini);
