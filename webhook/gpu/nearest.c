/* Finds the GPU that a mistyped id was meant to be. For messages only. */
#include "gpu/table.h"

#include "base/spelling.h"

#include <string.h>
#include <strings.h>

/* Returns the nearest of the ids that begin with `id`, or of all if `prefix` is false; the first of equal ones. */
static const char *nearest_of(const struct gpu_table *table, const char *id, bool prefix, size_t limit)
{
    const char *nearest = NULL;
    for (size_t i = 0; i < table->model_count; i++) {
        const char *candidate = table->models[i].id;
        if (prefix && strncasecmp(candidate, id, strlen(id)) != 0)
            continue;
        size_t distance = spelling_distance(candidate, id);
        if (distance <= limit) {
            nearest = candidate;
            limit = distance - (distance > 0);
        }
    }
    return nearest;
}

const char *gpu_nearest_id(const struct gpu_table *table, const char *id)
{
    size_t length = strlen(id);
    if (length < 2 || length > SPELLING_COMPARED)
        return NULL;
    const char *nearest = nearest_of(table, id, true, SIZE_MAX);
    if (nearest)
        return nearest;
    return nearest_of(table, id, false, length < 6 ? 1 : length / 3);
}
