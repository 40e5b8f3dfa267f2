/* Memory for cJSON trees that live no longer than one review: a block per thread, handed out from the front.
 *
 * A review of 9 KB has some six hundred nodes; allocating and freeing each with malloc took 40% of the server's time
 * (perf, 2 threads). Between cjson_arena_enter() and cjson_arena_leave() cJSON takes memory from the thread's block,
 * and from malloc what does not fit. Trees that are made there are deleted as usual, must not outlive
 * cjson_arena_leave(), and must not be passed to another thread. Under AddressSanitizer all memory comes from malloc,
 * so that AddressSanitizer can check every access. */
#pragma once

#include "base/cleanup.h"
#include "base/units.h"

enum { JSON_ARENA_SIZE = 128 * KIB }; /* bytes for each thread that calls cjson_arena_enter() */

/* Installs the hooks in cJSON (cJSON_InitHooks) for the whole process. Call it before threads start; without it, enter
 * and leave do nothing. */
void cjson_arena_install(void);

/* If there is no memory for the block, cJSON uses malloc. Calls may be nested; the outermost leave empties the block.
 */
void cjson_arena_enter(void);
void cjson_arena_leave(void);

/* For `AUTO(cjson_arena) scope = cjson_arena_scope();`, declared before the trees that are in the arena. */
static inline int cjson_arena_scope(void)
{
    cjson_arena_enter();
    return 0;
}
static inline void cjson_arena_close(const int *scope)
{
    (void)scope;
    cjson_arena_leave();
}
DEFINE_AUTO_FINI(cjson_arena, int, cjson_arena_close);
