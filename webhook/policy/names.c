/* Looks up names and suggests similar ones. */
#include "policy/names.h"

#include "base/spelling.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_LISTED = 10 };

const char *names_at(struct names names, size_t index)
{
    const char *item = (const char *)names.items + index * names.stride;
    const char *name;
    memcpy(&name, item, sizeof(name));
    return name;
}

static int compare_name(const void *name, const void *item)
{
    const char *other;
    memcpy(&other, item, sizeof(other));
    return strcmp(name, other);
}

const void *names_find(struct names names, const char *name)
{
    return names.count ? bsearch(name, names.items, names.count, names.stride, compare_name) : NULL;
}

const char *names_nearest(struct names names, const char *mistyped)
{
    struct spelling_search search = {.mistyped = mistyped, .limit = spelling_tolerance(mistyped)};
    for (size_t i = 0; i < names.count; i++)
        spelling_consider(&search, names_at(names, i));
    return search.nearest;
}

void names_list(struct names names, const char *mistyped, struct buf *out)
{
    const char *nearest = names_nearest(names, mistyped);
    size_t listed = 0;
    if (nearest) {
        buf_add_string(out, nearest);
        listed++;
    }

    for (size_t i = 0; i < names.count && listed < NAMES_LISTED; i++) {
        if (names_at(names, i) == nearest)
            continue;
        buf_addf(out, "%s%s", listed ? ", " : "", names_at(names, i));
        listed++;
    }

    if (listed < names.count)
        buf_addf(out, " and %zu more", names.count - listed);
}
