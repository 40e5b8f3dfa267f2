#include "tests/support/gpu_fixture.h"

#include "tests/support/check.h"

#include <string.h>

struct gpu_table *gpu_fixture_table(void)
{
    struct err err = {0};
    struct gpu_table *table = NULL;
    check_success("gpu_table_load", gpu_table_load(&table, &err), &err);
    return table;
}

const struct mig_profile *profile_named(const struct gpu_model *model, const char *name)
{
    const struct mig_profile *profile = gpu_profile(model, name);
    if (!profile)
        fail_msg("%s has no profile %s", model->id, name);
    return profile;
}

void layout_add(struct layout *layout, const struct mig_profile *profile, unsigned count)
{
    assert_true(layout->count < LAYOUT_ENTRIES_MAX);
    layout->entries[layout->count++] = (struct layout_entry){.profile = profile, .count = count};
}

struct layout layout_of(const struct gpu_model *model, const char *text)
{
    struct layout layout = {.count = 0};
    char name[64];
    unsigned count;
    int used;
    for (; sscanf(text, " %63[^:]:%u%n", name, &count, &used) == 2; text += used)
        layout_add(&layout, profile_named(model, name), count);
    return layout;
}

/* -- The naive answer -- */

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

bool naive_fits(const struct gpu_model *model, const unsigned counts[])
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
