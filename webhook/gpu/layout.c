/* MIG geometry: totals, and what follows from them and from layout_starts.c. Depends on the GPU table, not on pools or
 * files.
 *
 * Totals are compared first, because "needs 9 of 8" is easier to act on than "no placement exists". */
#include "gpu/layout.h"

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

/* Finds the first exceeded total, in the order of how easy they are to understand. False if none is exceeded. */
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

/* Nearest. Tries every part that fits; since every part of a layout that fits also fits, a count that does not fit ends
 * its row. */

struct nearest {
    const struct gpu_model *model;
    const struct layout *wanted;
    struct layout part, best;
    uint64_t best_instances, best_memory;
};

static void weigh_part(struct nearest *nearest)
{
    uint64_t instances = layout_total(nearest->model, &nearest->part, BUDGET_INSTANCES).needed;
    uint64_t memory = layout_total(nearest->model, &nearest->part, BUDGET_MEMORY).needed;
    if (instances < nearest->best_instances || (instances == nearest->best_instances && memory <= nearest->best_memory))
        return;
    nearest->best = nearest->part;
    nearest->best_instances = instances;
    nearest->best_memory = memory;
}

/* Counts from many to few, so that of equal parts the one that keeps the earlier entries is seen first. */
static void try_counts(struct nearest *nearest, size_t index)
{
    if (index == nearest->wanted->count) {
        weigh_part(nearest);
        return;
    }

    unsigned *count = &nearest->part.entries[index].count;
    while (*count < nearest->wanted->entries[index].count) {
        ++*count;
        if (layout_fits(nearest->model, &nearest->part))
            continue;
        --*count;
        break;
    }

    for (;; --*count) {
        try_counts(nearest, index + 1);
        if (*count == 0)
            return;
    }
}

struct layout layout_nearest(const struct gpu_model *model, const struct layout *layout)
{
    struct nearest nearest = {.model = model, .wanted = layout, .part = *layout};
    for (size_t i = 0; i < layout->count; i++)
        nearest.part.entries[i].count = 0;
    nearest.best = nearest.part;
    try_counts(&nearest, 0);
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

/* Sets the error to `why` and "; 3g.20gb x2 would fit". */
static int reject_with_nearest(const struct gpu_model *model, const struct layout *layout, struct err *err,
                               const char *why)
{
    struct layout part = layout_nearest(model, layout);
    AUTO(buf) text;
    buf_init(&text, LISTING_MAX);
    layout_text(&part, &text);
    return err_set(err, ERR_INVALID, "%s; %s would fit", why, text.length ? buf_text(&text) : "none of them");
}

/* Adds "3g.20gb (4 units) at 0, 4" for every profile of the layout. */
static void print_starts(const struct layout *layout, struct buf *out)
{
    for (size_t i = 0; i < layout->count; i++) {
        const struct mig_profile *profile = layout->entries[i].profile;
        if (layout->entries[i].count == 0)
            continue;
        buf_addf(out, "%s%s (%u unit%s) at ", out->length ? "; " : "", profile->name, profile->memory_units,
                 profile->memory_units == 1 ? "" : "s");
        for (size_t j = 0; j < profile->start_count; j++)
            buf_addf(out, "%s%u", j ? ", " : "", profile->starts[j]);
    }
}

static int reject_total(const struct gpu_model *model, const struct layout *layout, const struct layout_total *total,
                        struct err *err)
{
    AUTO(buf) why;
    buf_init(&why, LISTING_MAX);
    layout_text(layout, &why);
    buf_addf(&why, " need %llu of %llu %s", (unsigned long long)total->needed, (unsigned long long)total->available,
             total->noun);
    return reject_with_nearest(model, layout, err, buf_text(&why));
}

static int reject_placement(const struct gpu_model *model, const struct layout *layout, struct err *err)
{
    AUTO(buf) starts;
    buf_init(&starts, LISTING_MAX);
    print_starts(layout, &starts);
    AUTO(buf) why;
    buf_init(&why, LISTING_MAX);
    layout_text(layout, &why);
    buf_addf(&why, ": the totals suffice, but no placement exists without overlap, since instances start at fixed "
                   "memory units: ");
    buf_add_string(&why, buf_text(&starts));
    return reject_with_nearest(model, layout, err, buf_text(&why));
}

static int reject_count(const struct gpu_model *model, const struct layout *layout, const struct mig_profile *profile,
                        struct err *err)
{
    AUTO(buf) why;
    buf_init(&why, LISTING_MAX);
    buf_addf(&why, "%s x%llu: a GPU of model %s has at most %u of them", profile->name,
             (unsigned long long)count_of(layout, profile), model->id, profile->max_instances);
    return reject_with_nearest(model, layout, err, buf_text(&why));
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
    if (check_profiles(model, layout, err) < 0)
        return -1;
    const struct mig_profile *profile = exceeded_profile(layout);
    if (profile)
        return reject_count(model, layout, profile, err);
    struct layout_total total;
    if (exceeded_total(model, layout, &total))
        return reject_total(model, layout, &total, err);
    struct placements placements;
    return layout_place(layout, &placements) ? 0 : reject_placement(model, layout, err);
}
