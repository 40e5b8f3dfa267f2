/* Decodes how a pool's GPUs are shared or partitioned. */
#include "json/unconst.h"
#include "policy/object.h"
#include "policy/sharing.h"

enum { WHOLE = 1, TIME_SLICING = 2, MPS = 4, MIG = 8 }; /* modes of sharing, as bits */
enum { REPLICAS_MIN = 2, MESSAGE_MAX = 1024 };
enum { MPS_REPLICAS_MAX = 48 }; /* the limit of the newest GPUs, used if the pool's GPU is invalid */

/* The combinations of modes that a pool may have, and why it may not have others. The device plugin accepts some of the
 * others, but does something else; `why_not` then says what. */
static const struct {
    unsigned modes;
    enum sharing sharing;
    const char *why_not; /* NULL: allowed */
} combinations[] = {
    {WHOLE, SHARING_WHOLE, NULL},
    {TIME_SLICING, SHARING_TIME_SLICING, NULL},
    {MPS, SHARING_MPS, NULL},
    {MIG, SHARING_MIG, NULL},
    {MIG | TIME_SLICING, SHARING_MIG_TIME_SLICING, NULL},
    {MIG | MPS, 0, "has mig and mps: the device plugin does not offer MPS on MIG devices"},
    {TIME_SLICING | MPS, 0, "has timeSlicing and mps: the device plugin would take mps and ignore timeSlicing"},
    {0, 0, "does not say how the GPUs are cut"},
};

static void choose_sharing(const struct node *sharing, unsigned given, struct pool *pool)
{
    const char *why = "has more than one way to cut a GPU";
    for (size_t i = 0; i < ARRAY_SIZE(combinations); i++) {
        if (combinations[i].modes == given) {
            pool->sharing = combinations[i].sharing;
            why = combinations[i].why_not;
        }
    }
    if (why)
        node_problem(sharing, "%s; must have exactly one of whole, timeSlicing, mps, mig, or mig and timeSlicing", why);
}

static void decode_whole(const struct node *node, void *target)
{
    decode_object(node, NULL, 0, target);
}

static void decode_shared(const struct node *node, struct pool *pool, int64_t replicas_max)
{
    static const char *const allocations[] = {"distributed", "packed", NULL};
    static const struct field fields[] = {
        {"replicas", decode_elsewhere, 0, FIELD_REQUIRED},
        {"rename", decode_bool, offsetof(struct pool, rename)},
        {"sharedDevicesAllocationPolicy", .words = allocations, .offset = offsetof(struct pool, allocation)},
    };
    decode_object(node, fields, ARRAY_SIZE(fields), pool);
    struct node replicas = node_member(*node, "replicas");
    if (json_is_object(node->value) && replicas.value)
        decode_integer_between(&replicas, REPLICAS_MIN, replicas_max, &pool->replicas);
}

/* NVIDIA sets no upper limit for time-slicing. With ours, every program that reads the number can keep it in an int. */
static void decode_time_slicing(const struct node *node, void *target)
{
    decode_shared(node, target, INT32_MAX);
}

static void decode_mps(const struct node *node, void *target)
{
    struct pool *pool = target;
    decode_shared(node, pool, pool->gpu ? pool->gpu->mps_max_replicas : MPS_REPLICAS_MAX);
}

static void report_unknown_profile(const struct node *entry, const struct gpu_model *gpu)
{
    AUTO(buf) list;
    buf_init(&list, MESSAGE_MAX);
    names_list(NAMES(gpu->profiles, gpu->profile_count), entry->key, &list);
    node_problem_key(entry, "\"%s\" is not a MIG profile of the %s, which has %s", entry->key, gpu->id,
                     buf_text(&list));
}

static void decode_layout_entry(const struct node *entry, struct pool *pool)
{
    const struct mig_profile *profile = gpu_profile(pool->gpu, entry->key);
    int64_t count = 0;
    if (!profile) {
        report_unknown_profile(entry, pool->gpu);
        return;
    }
    decode_integer_between(entry, 1, profile->max_instances, &count);
    /* A layout with more entries cannot fit a GPU, which has at most seven instances. */
    if (count > 0 && pool->layout.count < LAYOUT_ENTRIES_MAX)
        pool->layout.entries[pool->layout.count++] = (struct layout_entry){profile, (unsigned)count};
}

static void check_layout(const struct node *node, const struct pool *pool)
{
    const struct gpu_model *gpu = pool->gpu;
    struct err err;
    if (pool->layout.count == 0)
        node_problem(node, "is empty, must say how many of which profile, such as {%s: %u}", gpu->profiles[0].name,
                     gpu->profiles[0].max_instances);
    else if (layout_check(gpu, &pool->layout, &err) < 0)
        node_problem(node, "%s", err.text);
}

static void decode_layout(const struct node *node, void *target)
{
    struct pool *pool = target;
    const size_t before = node->document->problems->count;
    if (!node_expect(node, JSON_OBJECT) || !pool->gpu || pool->gpu->profile_count == 0)
        return;
    NODE_MEMBERS(*node, entry) {
        if (!json_is_null(entry.value))
            decode_layout_entry(&entry, pool);
    }
    if (node->document->problems->count == before)
        check_layout(node, pool);
}

void sharing_profiles_text(const struct pool *pool, struct buf *out)
{
    for (size_t i = 0; i < pool->layout.count; i++)
        buf_addf(out, "%s%s", i ? ", " : "", pool->layout.entries[i].profile->name);
}

static void check_single(const struct node *mig, const struct pool *pool)
{
    struct node layout = node_member(*mig, "layout");
    if (pool->strategy != MIG_SINGLE || pool->layout.count < 2 || !layout.value)
        return;
    AUTO(buf) profiles;
    buf_init(&profiles, MESSAGE_MAX);
    sharing_profiles_text(pool, &profiles);
    node_problem(
        &layout,
        "has the profiles %s, must have only one: with strategy single every MIG device is nvidia.com/gpu; for "
        "several use strategy mixed",
        buf_text(&profiles));
}

static void decode_mig(const struct node *node, void *target)
{
    static const char *const strategies[] = {"mixed", "single", NULL};
    static const struct field fields[] = {
        {"strategy", .words = strategies, .offset = offsetof(struct pool, strategy)},
        {"layout", decode_layout, 0, FIELD_REQUIRED},
    };
    decode_object(node, fields, ARRAY_SIZE(fields), target);
    if (json_is_object(node->value))
        check_single(node, target);
}

static void check_has_mig(const struct node *sharing, const struct gpu_table *gpus, const struct gpu_model *gpu)
{
    size_t listed = 0;
    struct node mig = node_member(*sharing, "mig");
    if (!gpu || gpu->profile_count > 0 || !mig.value)
        return;
    AUTO(buf) list;
    buf_init(&list, MESSAGE_MAX);
    for (size_t i = 0; i < gpus->model_count; i++) {
        if (gpus->models[i].profile_count > 0)
            buf_addf(&list, "%s%s", listed++ ? ", " : "", gpus->models[i].id);
    }
    node_problem_key(&mig, "the %s has no MIG; these have: %s", gpu->id, buf_text(&list));
}

/* In the order of the bits WHOLE, TIME_SLICING, MPS and MIG. */
static const struct field mode_fields[] = {
    {"whole", decode_whole},
    {"timeSlicing", decode_time_slicing},
    {"mps", decode_mps},
    {"mig", decode_mig},
};

static unsigned modes_given(const struct node *sharing)
{
    unsigned given = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(mode_fields); i++) {
        if (node_member(*sharing, mode_fields[i].name).value)
            given |= 1U << i;
    }
    return given;
}

void sharing_decode(const struct node *spec, const struct gpu_table *gpus, struct pool *pool)
{
    struct node sharing = node_member(*spec, "sharing");
    if (!sharing.value)
        return;

    const size_t before = spec->document->problems->count;

    decode_object(&sharing, mode_fields, ARRAY_SIZE(mode_fields), pool);
    if (!json_is_object(sharing.value))
        return;

    unsigned given = modes_given(&sharing);
    /* If the only field is mistyped, which has been reported, no mode is reported as missing. */
    if (given || spec->document->problems->count == before)
        choose_sharing(&sharing, given, pool);
    check_has_mig(&sharing, gpus, pool->gpu);
}
