/* MIG geometry. Knows the GPU table, no pool and no file.
 *
 * Totals are compared first, since "needs 9 of 8" is easier to act on than "no placement exists"; then every placement
 * is tried. GPUs have at most a dozen memory units, so trying is instant. */
#include "gpu/layout.h"

#include "base/buf.h"

#include <stdio.h>

enum { MEMORY_UNITS_MAX = 64, INSTANCES_MAX = 64, LISTING_MAX = 512 };

/* Everything that is asked for at most once per entry is counted in 64 bits, so that no count overflows. */
struct total {
    const char *noun;
    uint64_t needed;
    uint64_t available;
};

static const char *const media_nouns[GPU_MEDIA_KINDS] = {
    [GPU_NVDEC] = "video decoders (NVDEC)",
    [GPU_NVENC] = "video encoders (NVENC)",
    [GPU_JPEG] = "JPEG engines",
    [GPU_OFA] = "optical flow engines (OFA)",
};

static uint64_t count_instances(const struct layout *layout)
{
    uint64_t count = 0;
    for (size_t i = 0; i < layout->count; i++)
        count += layout->entries[i].count;
    return count;
}

/* The same profile may be written in several entries. */
static uint64_t count_of(const struct layout *layout, const struct mig_profile *profile)
{
    uint64_t count = 0;
    for (size_t i = 0; i < layout->count; i++)
        count += layout->entries[i].profile == profile ? layout->entries[i].count : 0;
    return count;
}

static struct total total_memory(const struct gpu_model *model, const struct layout *layout)
{
    struct total total = {.noun = "memory units", .available = model->memory_units};
    for (size_t i = 0; i < layout->count; i++)
        total.needed += (uint64_t)layout->entries[i].count * layout->entries[i].profile->memory_units;
    return total;
}

static struct total total_compute(const struct gpu_model *model, const struct layout *layout)
{
    struct total total = {.noun = "compute slices", .available = model->compute_slices};
    for (size_t i = 0; i < layout->count; i++)
        total.needed += (uint64_t)layout->entries[i].count * layout->entries[i].profile->compute_slices;
    return total;
}

/* A kind that the table does not total is no limit. */
static struct total total_media(const struct gpu_model *model, const struct layout *layout, size_t kind)
{
    struct total total = {.noun = media_nouns[kind]};
    total.available = model->media_known[kind] ? model->media_totals[kind] : UINT64_MAX;
    for (size_t i = 0; i < layout->count; i++)
        total.needed += (uint64_t)layout->entries[i].count * layout->entries[i].profile->media[kind];
    return total;
}

static struct total total_instances(const struct gpu_model *model, const struct layout *layout)
{
    return (struct total){
        .noun = "GPU instances", .needed = count_instances(layout), .available = model->max_instances};
}

/* The first total that is exceeded, the simplest to understand first. False if none is. */
static bool exceeded_total(const struct gpu_model *model, const struct layout *layout, struct total *ret_total)
{
    struct total totals[3 + GPU_MEDIA_KINDS] = {
        total_memory(model, layout),
        total_compute(model, layout),
        total_instances(model, layout),
    };
    for (size_t kind = 0; kind < GPU_MEDIA_KINDS; kind++)
        totals[3 + kind] = total_media(model, layout, kind);
    for (size_t i = 0; i < ARRAY_SIZE(totals); i++) {
        if (totals[i].needed > totals[i].available) {
            *ret_total = totals[i];
            return true;
        }
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

/* Placement. */

/* The GPU instances to place, those of one profile next to each other. */
struct placing {
    const struct mig_profile *instances[INSTANCES_MAX];
    size_t count;
};

static uint64_t units_of(const struct mig_profile *profile, unsigned start)
{
    uint64_t units =
        profile->memory_units >= MEMORY_UNITS_MAX ? UINT64_MAX : (UINT64_C(1) << profile->memory_units) - 1;
    return units << start;
}

/* Places instance `index` and all after it into the units that are not `taken`. Instances of one profile are alike, so
 * the next takes a later of its starts (from index `first_start`). The recursion is as deep as there are instances. */
static bool place_from(const struct placing *placing, size_t index, size_t first_start, uint64_t taken)
{
    if (index == placing->count)
        return true;
    const struct mig_profile *profile = placing->instances[index];
    for (size_t i = first_start; i < profile->start_count; i++) {
        uint64_t units = units_of(profile, profile->starts[i]);
        if (units & taken)
            continue;
        bool same_next = index + 1 < placing->count && placing->instances[index + 1] == profile;
        if (place_from(placing, index + 1, same_next ? i + 1 : 0, taken | units))
            return true;
    }
    return false;
}

/* Only for layouts whose totals are fine: these have few instances. */
static bool placement_exists(const struct layout *layout)
{
    struct placing placing = {.count = 0};
    for (size_t i = 0; i < layout->count; i++) {
        for (unsigned n = 0; n < layout->entries[i].count; n++) {
            if (placing.count == INSTANCES_MAX)
                return false;
            placing.instances[placing.count++] = layout->entries[i].profile;
        }
    }
    return place_from(&placing, 0, 0, 0);
}

static bool layout_fits(const struct gpu_model *model, const struct layout *layout)
{
    struct total total;
    return !exceeded_profile(layout) && !exceeded_total(model, layout, &total) && placement_exists(layout);
}

/* Messages. */

/* "3g.20gb x2 + 1g.5gb x1" */
static void print_layout(const struct layout *layout, struct buf *out)
{
    for (size_t i = 0; i < layout->count; i++) {
        if (layout->entries[i].count > 0)
            buf_addf(out, "%s%s x%u", out->length ? " + " : "", layout->entries[i].profile->name,
                     layout->entries[i].count);
    }
}

/* As much of the layout as fits, taken in the order in which it was written. */
static struct layout fitting_part(const struct gpu_model *model, const struct layout *layout)
{
    struct layout part = *layout;
    for (size_t i = 0; i < part.count; i++)
        part.entries[i].count = 0;
    for (size_t i = 0; i < part.count; i++) {
        while (part.entries[i].count < layout->entries[i].count) {
            part.entries[i].count++;
            if (layout_fits(model, &part))
                continue;
            part.entries[i].count--;
            break;
        }
    }
    return part;
}

/* "; 3g.20gb x2 would fit" */
static int reject(const struct gpu_model *model, const struct layout *layout, struct err *err, const char *why)
{
    struct layout part = fitting_part(model, layout);
    AUTO(buf) text;
    buf_init(&text, LISTING_MAX);
    print_layout(&part, &text);
    return err_set(err, ERR_INVALID, "%s; %s would fit", why, text.length ? buf_text(&text) : "none of them");
}

/* "3g.20gb (4 units) at 0, 4" for every profile of the layout. */
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

static int reject_total(const struct gpu_model *model, const struct layout *layout, const struct total *total,
                        struct err *err)
{
    AUTO(buf) why;
    buf_init(&why, LISTING_MAX);
    print_layout(layout, &why);
    buf_addf(&why, " need %llu of %llu %s", (unsigned long long)total->needed, (unsigned long long)total->available,
             total->noun);
    return reject(model, layout, err, buf_text(&why));
}

static int reject_placement(const struct gpu_model *model, const struct layout *layout, struct err *err)
{
    AUTO(buf) starts;
    buf_init(&starts, LISTING_MAX);
    print_starts(layout, &starts);
    AUTO(buf) why;
    buf_init(&why, LISTING_MAX);
    print_layout(layout, &why);
    buf_addf(&why, ": the totals suffice, but no placement exists without overlap, since instances start at fixed "
                   "memory units: ");
    buf_add_string(&why, buf_text(&starts));
    return reject(model, layout, err, buf_text(&why));
}

static int check_profiles(const struct gpu_model *model, const struct layout *layout, struct err *err)
{
    if (model->profile_count == 0)
        return err_set(err, ERR_INVALID, "%s has no MIG; share it by timeSlicing or mps, or leave it whole", model->id);
    if (count_instances(layout) == 0)
        return err_set(err, ERR_INVALID, "the layout is empty; name at least one profile, such as %s: %u",
                       model->profiles[0].name, model->profiles[0].max_instances);
    for (size_t i = 0; i < layout->count; i++) {
        const struct mig_profile *profile = layout->entries[i].profile;
        if (gpu_profile(model, profile->name) != profile)
            return err_set(err, ERR_INVALID, "%s is no profile of this %s", profile->name, model->id);
    }
    return 0;
}

int layout_check(const struct gpu_model *model, const struct layout *layout, struct err *err)
{
    if (check_profiles(model, layout, err) < 0)
        return -1;
    const struct mig_profile *profile = exceeded_profile(layout);
    if (profile)
        return err_set(err, ERR_INVALID, "%s x%llu: a GPU of model %s has at most %u of them", profile->name,
                       (unsigned long long)count_of(layout, profile), model->id, profile->max_instances);
    struct total total;
    if (exceeded_total(model, layout, &total))
        return reject_total(model, layout, &total, err);
    return placement_exists(layout) ? 0 : reject_placement(model, layout, err);
}
