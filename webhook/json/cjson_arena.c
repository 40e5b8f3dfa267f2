/* The block of each thread, from which cJSON's hooks allocate. Does not depend on what is stored in it. */
#include "json/cjson_arena.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
enum { ARENA_OFF = 1 };
#elif defined(__has_feature)
enum { ARENA_OFF = __has_feature(address_sanitizer) };
#else
enum { ARENA_OFF = 0 };
#endif

struct arena {
    size_t used;
    unsigned depth;
    alignas(max_align_t) char block[JSON_ARENA_SIZE];
};

/* cJSON's hooks have no context argument, so the block must be found through the thread. arena_key frees it when
 * the thread ends; arena_of_thread gives access to it without a call. */
static pthread_key_t arena_key;
static bool arena_installed;
static _Thread_local struct arena *arena_of_thread;

static void *arena_malloc(size_t size)
{
    struct arena *arena = arena_of_thread;
    if (!arena || arena->depth == 0 || size > JSON_ARENA_SIZE - arena->used)
        return malloc(size);
    void *memory = arena->block + arena->used;
    size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    arena->used = rounded > JSON_ARENA_SIZE - arena->used ? JSON_ARENA_SIZE : arena->used + rounded;
    return memory;
}

static void arena_free(void *memory)
{
    const struct arena *arena = arena_of_thread;
    uintptr_t address = (uintptr_t)memory;
    if (arena && address >= (uintptr_t)arena->block && address < (uintptr_t)arena->block + JSON_ARENA_SIZE)
        return;
    free(memory);
}

void cjson_arena_install(void)
{
    static cJSON_Hooks hooks = {arena_malloc, arena_free};
    if (ARENA_OFF || arena_installed || pthread_key_create(&arena_key, free) != 0)
        return;
    arena_installed = true;
    cJSON_InitHooks(&hooks);
}

void cjson_arena_enter(void)
{
    if (!arena_installed)
        return;

    struct arena *arena = arena_of_thread;
    if (!arena) {
        arena = malloc(sizeof(*arena));
        if (!arena)
            return;
        arena->used = 0;
        arena->depth = 0;
        if (pthread_setspecific(arena_key, arena) != 0) {
            free(arena);
            return;
        }
        arena_of_thread = arena;
    }

    arena->depth++;
}

void cjson_arena_leave(void)
{
    struct arena *arena = arena_of_thread;
    if (!arena || arena->depth == 0)
        return;
    if (--arena->depth == 0)
        arena->used = 0;
}
