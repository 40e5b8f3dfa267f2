/* A list of blocks that are freed together. */
#include "lint/model/arena.h"

#include "base/text.h"
#include "base/vec.h"

#include <stdarg.h>
#include <string.h>

static void *arena_keep(struct arena *arena, void *block)
{
    if (!block || !GROW(arena->blocks, arena->count)) {
        free(block);
        arena->out_of_memory = true;
        return NULL;
    }
    arena->blocks[arena->count++] = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return arena_keep(arena, calloc(1, size));
}

const char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = arena_keep(arena, text_vformat(format, args));
    va_end(args);
    return text ? text : "";
}

/* Doubles the room when the count is a power of two. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return items;
    char *grown = arena_alloc(arena, (count > 0 ? 2 * count : 1) * size);
    if (grown && count > 0)
        memcpy(grown, items, count * size);
    return grown;
}

void arena_fini(struct arena *arena)
{
    for (size_t i = 0; i < arena->count; i++)
        free(arena->blocks[i]);
    free(arena->blocks);
    *arena = (struct arena){0};
}
