/* Finds the layout that the name of a MIG configuration stands for. */
#include "gpu/mig_layout.h"

#include "base/text.h"
#include "gpu/resource.h"

#include <string.h>

static bool all_of_one(const struct gpu_model *model, const char *name, struct layout *ret_layout)
{
    char resource[GPU_RESOURCE_SIZE];
    if (!text_begins(name, "all-"))
        return false;
    for (size_t i = 0; i < model->profile_count; i++) {
        const struct mig_profile *profile = &model->profiles[i];
        gpu_resource_name(profile->name, false, resource);
        if (strcmp(resource + strlen(MIG_RESOURCE_PREFIX), name + strlen("all-")) != 0)
            continue;
        *ret_layout = (struct layout){.entries = {{profile, profile->max_instances}}, .count = 1};
        return true;
    }
    return false;
}

/* Returns the profile with that many compute slices, no suffix and the least memory, or NULL. */
static const struct mig_profile *plain_profile(const struct gpu_model *model, unsigned compute)
{
    const struct mig_profile *found = NULL;
    for (size_t i = 0; i < model->profile_count; i++) {
        const struct mig_profile *profile = &model->profiles[i];
        if (profile->compute_slices == compute && !strpbrk(profile->name, "+-") &&
            (!found || profile->memory_units < found->memory_units))
            found = profile;
    }
    return found;
}

static bool balanced_layout(const struct gpu_model *model, struct layout *ret_layout)
{
    static const unsigned counts[] = {2, 1, 1};
    size_t kinds = model->compute_slices >= 7 ? 3 : 2; /* with four slices, all-balanced has two kinds */
    struct layout layout = {0};
    for (unsigned i = 0; i < kinds; i++) {
        const struct mig_profile *profile = plain_profile(model, i + 1);
        if (!profile)
            return false;
        layout.entries[layout.count++] = (struct layout_entry){profile, counts[i]};
    }
    *ret_layout = layout;
    return true;
}

static bool as_written(const struct gpu_model *model, const json_t *devices, struct layout *ret_layout)
{
    struct layout layout = {0};
    const char *name;
    json_t *count;
    json_object_foreach(json_unconst(devices), name, count) {
        const struct mig_profile *profile = gpu_profile(model, name);
        json_int_t number = json_integer_value(count);
        if (!profile || number < 1 || number > UINT16_MAX || layout.count == LAYOUT_ENTRIES_MAX)
            return false;
        layout.entries[layout.count++] = (struct layout_entry){profile, (unsigned)number};
    }
    *ret_layout = layout;
    return layout.count > 0;
}

static bool first_that_fits(const struct gpu_model *model, const json_t *layouts, struct layout *ret_layout)
{
    size_t i;
    json_t *devices;
    json_array_foreach(json_unconst(layouts), i, devices) {
        if (as_written(model, devices, ret_layout) && layout_fits(model, ret_layout))
            return true;
    }
    return false;
}

bool mig_layout_find(const struct gpu_model *model, const char *name, const json_t *own, struct layout *ret_layout)
{
    const json_t *layouts = json_object_get(own, name);
    struct layout layout;
    struct err err;
    bool found = layouts                             ? first_that_fits(model, layouts, &layout)
                 : strcmp(name, "all-balanced") == 0 ? balanced_layout(model, &layout)
                                                     : all_of_one(model, name, &layout);
    if (!found || layout_check(model, &layout, &err) < 0)
        return false;
    *ret_layout = layout;
    return true;
}

const struct gpu_model *mig_layout_only_gpu(const struct gpu_table *table, const char *name, const json_t *own,
                                            size_t *ret_count)
{
    const struct gpu_model *found = NULL;
    struct layout layout;
    *ret_count = 0;
    for (size_t i = 0; i < table->model_count; i++) {
        const struct gpu_model *model = &table->models[i];
        if (model->instance_type_count == 0 || !mig_layout_find(model, name, own, &layout))
            continue;
        found = model;
        ++*ret_count;
    }
    return *ret_count == 1 ? found : NULL;
}
