/* MIG geometry: which layouts fit, by totals and by the placements of layout_place.c. Depends on the GPU table, not on
 * pools or files.
 *
 * Totals are compared first, because "needs 9 of 8" is easier to act on than "no placement exists". */
#include "gpu/layout.h"

#include <inttypes.h>

enum { LISTING_MAX = 512 };

static const char *const budget_nouns[LAYOUT_BUDGETS] = {
    [BUDGET_MEMORY] = "memory units",
    [BUDGET_COMPUTE] = "compute slices",
    [BUDGET_INSTANCES] = "GPU instances",
    [BUDGET_MEDIA + GPU_NVDEC] = "video decoders (NVDEC)",
    [BUDGET_MEDIA + GPU_NVENC] = "video encoders (NVENC)",
    [BUDGET_MEDIA + GPU_JPEG] = "JPEG engines",
    [BUDGET_MEDIA + GPU_OFA] = "optical flow engines (OFA)",
};

static uint64_t available_of(const struct gpu_model *model, enum layout_budget budget)
{
    switch (budget) {
    case BUDGET_MEMORY:
        return model->memory_units;
    case BUDGET_COMPUTE:
        return model->compute_slices;
    case BUDGET_INSTANCES:
        return model->max_instances;
    default: /* a media engine */
        return model->media_known[budget - BUDGET_MEDIA] ? model->media_totals[budget - BUDGET_MEDIA] : UINT64_MAX;
    }
}

static unsigned needed_by_one(const struct mig_profile *profile, enum layout_budget budget)
{
    switch (budget) {
    case BUDGET_MEMORY:
        return profile->memory_units;
    case BUDGET_COMPUTE:
        return profile->compute_slices;
    case BUDGET_INSTANCES:
        return 1;
    default: /* a media engine */
        return profile->media[budget - BUDGET_MEDIA];
    }
}

struct layout_total layout_total(const struct gpu_model *model, const struct layout *layout, enum layout_budget budget)
{
    struct layout_total total = {.noun = budget_nouns[budget], .available = available_of(model, budget)};
    for (size_t i = 0; i < layout->count; i++)
        total.needed += (uint64_t)layout->entries[i].count * needed_by_one(layout->entries[i].profile, budget);
    return total;
}

/* The same profile may be written in several entries. */
static uint64_t count_of(const struct layout *layout, const struct mig_profile *profile)
{
    uint64_t count = 0;
    for (size_t i = 0; i < layout->count; i++)
        count += layout->entries[i].profile == profile ? layout->entries[i].count : 0;
    return count;
}

/* Finds an exceeded total, of several the one that is easiest to understand. False if none is exceeded. */
static bool exceeded_total(const struct gpu_model *model, const struct layout *layout, struct layout_total *ret_total)
{
    for (size_t budget = 0; budget < LAYOUT_BUDGETS; budget++) {
        *ret_total = layout_total(model, layout, (enum layout_budget)budget);
        if (ret_total->needed > ret_total->available)
            return true;
    }
    return false;
}

static const struct mig_profile *exceeded_profile(const struct layout *layout)
{
    for (size_t i = 0; i < layout->count; i++) {
        const struct mig_profile *profile = layout->entries[i].profile;
        if (count_of(layout, profile) > profile->max_instances)
            return profile;
    }
    return NULL;
}

bool layout_fits(const struct gpu_model *model, const struct layout *layout)
{
    struct layout_total total;
    struct placements placements;
    return !exceeded_profile(layout) && !exceeded_total(model, layout, &total) && layout_place(layout, &placements);
}

unsigned layout_room(const struct gpu_model *model, const struct layout *layout, const struct mig_profile *profile)
{
    struct layout wider = *layout;
    if (wider.count == LAYOUT_ENTRIES_MAX)
        return 0;
    struct layout_entry *entry = &wider.entries[wider.count++];
    *entry = (struct layout_entry){profile, 1};
    while (layout_fits(model, &wider))
        entry->count++;
    return entry->count - 1;
}

struct part_walk {
    const struct gpu_model *model;
    const struct layout *whole;
    struct layout part;
    layout_visit *visit;
    void *context;
};

/* Increases the count of entry `index` while the part fits. Every part of a layout that fits also fits, so no higher
 * count fits after one that does not. */
static int visit_from(struct part_walk *walk, size_t index)
{
    if (index == walk->whole->count)
        return walk->visit(&walk->part, walk->context);
    unsigned *count = &walk->part.entries[index].count;
    int result = 0;
    for (*count = 0; result == 0 && *count <= walk->whole->entries[index].count; ++*count) {
        if (*count > 0 && !layout_fits(walk->model, &walk->part))
            break;
        result = visit_from(walk, index + 1);
    }
    *count = 0;
    return result;
}

int layout_visit_parts(const struct gpu_model *model, const struct layout *layout, layout_visit *visit, void *context)
{
    struct part_walk walk = {.model = model, .whole = layout, .part = *layout, .visit = visit, .context = context};
    for (size_t i = 0; i < layout->count; i++)
        walk.part.entries[i].count = 0;
    return visit_from(&walk, 0);
}

struct nearest {
    const struct gpu_model *model;
    struct layout best;
    uint64_t best_instances, best_memory;
};

/* Of equal parts, the one that keeps more of the first entries is visited last. */
static int weigh_part(const struct layout *part, void *context)
{
    struct nearest *nearest = context;
    uint64_t instances = layout_total(nearest->model, part, BUDGET_INSTANCES).needed;
    uint64_t memory = layout_total(nearest->model, part, BUDGET_MEMORY).needed;
    if (instances > nearest->best_instances || (instances == nearest->best_instances && memory >= nearest->best_memory))
        *nearest = (struct nearest){nearest->model, *part, instances, memory};
    return 0;
}

struct layout layout_nearest(const struct gpu_model *model, const struct layout *layout)
{
    struct nearest nearest = {.model = model};
    (void)layout_visit_parts(model, layout, weigh_part, &nearest);
    return nearest.best;
}

/* Messages. */

void layout_text(const struct layout *layout, struct buf *out)
{
    const char *between = "";
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->entries[i].count == 0)
            continue;
        buf_addf(out, "%s%s x%u", between, layout->entries[i].profile->name, layout->entries[i].count);
        between = " + ";
    }
}

/* Adds "3g.20gb (4 units) at 0, 4" for every profile of the layout. */
static void add_starts(const struct layout *layout, struct buf *out)
{
    const char *between = "";
    for (size_t i = 0; i < layout->count; i++) {
        const struct mig_profile *profile = layout->entries[i].profile;
        if (layout->entries[i].count == 0)
            continue;
        buf_addf(out, "%s%s (%u unit%s) at ", between, profile->name, profile->memory_units,
                 profile->memory_units == 1 ? "" : "s");
        between = "; ";
        for (size_t j = 0; j < profile->start_count; j++)
            buf_addf(out, "%s%u", j ? ", " : "", profile->starts[j]);
    }
}

/* Adds the reason why the layout does not fit. */
static void add_reason(const struct gpu_model *model, const struct layout *layout, struct buf *out)
{
    struct layout_total total;
    const struct mig_profile *profile = exceeded_profile(layout);
    if (profile) {
        buf_addf(out, "%s x%" PRIu64 ": a GPU of model %s has at most %u of them", profile->name,
                 count_of(layout, profile), model->id, profile->max_instances);
        return;
    }

    layout_text(layout, out);
    if (exceeded_total(model, layout, &total)) {
        buf_addf(out, " need %" PRIu64 " of %" PRIu64 " %s", total.needed, total.available, total.noun);
        return;
    }

    buf_add_string(out, ": the totals suffice, but no placement exists without overlap, since instances start at fixed "
                        "memory units: ");
    add_starts(layout, out);
}

static int check_profiles(const struct gpu_model *model, const struct layout *layout, struct err *err)
{
    if (model->profile_count == 0)
        return err_set(err, ERR_INVALID, "%s has no MIG; share it by timeSlicing or mps, or leave it whole", model->id);
    if (layout_total(model, layout, BUDGET_INSTANCES).needed == 0)
        return err_set(err, ERR_INVALID, "the layout is empty; name at least one profile, such as %s: %u",
                       model->profiles[0].name, model->profiles[0].max_instances);
    for (size_t i = 0; i < layout->count; i++) {
        const struct mig_profile *profile = layout->entries[i].profile;
        if (gpu_profile(model, profile->name) != profile)
            return err_set(err, ERR_INVALID, "%s is not a profile of this %s", profile->name, model->id);
    }
    return 0;
}

int layout_check(const struct gpu_model *model, const struct layout *layout, struct err *err)
{
    AUTO(buf) reason;
    AUTO(buf) nearest;

    if (check_profiles(model, layout, err) < 0)
        return -1;
    if (layout_fits(model, layout))
        return 0;

    buf_init(&reason, LISTING_MAX);
    buf_init(&nearest, LISTING_MAX);
    add_reason(model, layout, &reason);
    struct layout part = layout_nearest(model, layout);
    layout_text(&part, &nearest);
    return err_set(err, ERR_INVALID, "%s; %s would fit", buf_text(&reason),
                   nearest.length ? buf_text(&nearest) : "none of them");
}
