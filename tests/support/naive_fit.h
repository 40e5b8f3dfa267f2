/* Does a mix of profiles fit one GPU? Answered a second time, independently of gpu/layout: by trying every start of
 * every instance, one memory unit after the other. */
#ifndef GPUSLICE_TESTS_SUPPORT_NAIVE_FIT_H
#define GPUSLICE_TESTS_SUPPORT_NAIVE_FIT_H

#include "gpu/table.h"

#include <string.h>

enum { NAIVE_INSTANCES = 16 };

struct naive {
    const struct gpu_model *model;
    const struct mig_profile *instances[NAIVE_INSTANCES];
    size_t count;
    bool unit_taken[64];
};

static bool naive_place(struct naive *naive, size_t index)
{
    if (index == naive->count)
        return true;
    const struct mig_profile *profile = naive->instances[index];
    for (size_t i = 0; i < profile->start_count; i++) {
        bool *units = naive->unit_taken + profile->starts[i];
        bool is_free = true;
        for (unsigned unit = 0; unit < profile->memory_units; unit++)
            is_free = is_free && !units[unit];
        if (!is_free)
            continue;
        memset(units, true, profile->memory_units);
        bool placed = naive_place(naive, index + 1);
        memset(units, false, profile->memory_units);
        if (placed)
            return true;
    }
    return false;
}

/* counts[i] instances of model->profiles[i]; at least one in all. */
static bool naive_fits(const struct gpu_model *model, const unsigned counts[])
{
    struct naive naive = {.model = model};
    unsigned compute = 0;
    unsigned media[GPU_MEDIA_KINDS] = {0};
    for (size_t i = 0; i < model->profile_count; i++) {
        const struct mig_profile *profile = &model->profiles[i];
        if (counts[i] > profile->max_instances || naive.count + counts[i] > NAIVE_INSTANCES)
            return false;
        for (unsigned n = 0; n < counts[i]; n++)
            naive.instances[naive.count++] = profile;
        compute += counts[i] * profile->compute_slices;
        for (size_t kind = 0; kind < GPU_MEDIA_KINDS; kind++)
            media[kind] += counts[i] * profile->media[kind];
    }
    for (size_t kind = 0; kind < GPU_MEDIA_KINDS; kind++) {
        if (model->media_known[kind] && media[kind] > model->media_totals[kind])
            return false;
    }
    return naive.count > 0 && naive.count <= model->max_instances && compute <= model->compute_slices &&
           naive_place(&naive, 0);
}

#endif
