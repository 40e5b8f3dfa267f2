/* Places the instances of a layout by trying every start of every instance. GPUs have at most a dozen memory units, so
 * this is fast. Does not check totals, because layout.c compares those first. */
#include "gpu/layout.h"

enum { MEMORY_UNITS_MAX = 64 };

static uint64_t units_of(const struct mig_profile *profile, unsigned start)
{
    uint64_t units =
        profile->memory_units >= MEMORY_UNITS_MAX ? UINT64_MAX : (UINT64_C(1) << profile->memory_units) - 1;
    return units << start;
}

/* Places instance `index` and all after it into the units that are not `taken`. Instances of one profile are
 * interchangeable, so each takes a later start than the one before: instance `index` takes one of its profile's starts
 * from starts[first_start] on. The recursion is as deep as there are instances. */
static bool place_from(struct placements *placements, size_t index, size_t first_start, uint64_t taken)
{
    if (index == placements->count)
        return true;

    struct placement *instance = &placements->items[index];
    const struct mig_profile *profile = instance->profile;
    for (size_t i = first_start; i < profile->start_count; i++) {
        uint64_t units = units_of(profile, profile->starts[i]);
        if (units & taken)
            continue;
        instance->start = profile->starts[i];
        bool same_next = index + 1 < placements->count && placements->items[index + 1].profile == profile;
        if (place_from(placements, index + 1, same_next ? i + 1 : 0, taken | units))
            return true;
    }

    return false;
}

bool layout_place(const struct layout *layout, struct placements *ret_placements)
{
    ret_placements->count = 0;
    for (size_t i = 0; i < layout->count; i++) {
        for (unsigned n = 0; n < layout->entries[i].count; n++) {
            if (ret_placements->count == LAYOUT_INSTANCES_MAX)
                return false;
            ret_placements->items[ret_placements->count++].profile = layout->entries[i].profile;
        }
    }
    return place_from(ret_placements, 0, 0, 0);
}
