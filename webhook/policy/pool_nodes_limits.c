/* Decodes nodes.limits: limits for all nodes of a pool together. */
#include "core/quantity.h"
#include "policy/object.h"
#include "policy/pool_nodes_parts.h"

#include <inttypes.h>
#include <string.h>

enum { MESSAGE_MAX = 1024 };

static void decode_amount(const struct node *node, void *target)
{
    struct quantity quantity;
    struct err err;

    if (!json_is_integer(node->value) && !node_expect(node, JSON_STRING))
        return;

    AUTO(string) number = json_is_integer(node->value) ? json_dumps(node->value, JSON_ENCODE_ANY) : NULL;
    const char *text = json_is_string(node->value) ? json_string_value(node->value) : number;
    char **amount = target;
    if (!text) {
        object_nomem(node);
    } else if (quantity_parse(text, &quantity, &err) < 0 || quantity.value <= 0) {
        node_problem(node, "is \"%s\", must be a quantity above zero, such as 400 or 4Ti", text);
    } else if (!(*amount = strdup(text))) {
        object_nomem(node);
    }
}

void decode_limits(const struct node *node, void *target)
{
    static const struct field fields[] = {
        {"slices", decode_elsewhere}, /* see slice_limits_decode(): the pool's resources are not known yet */
        {"cpu", decode_amount, offsetof(struct pool_nodes, cpu_limit)},
        {"memory", decode_amount, offsetof(struct pool_nodes, memory_limit)},
        {"nodes", .low = 1, .high = INT32_MAX, .offset = offsetof(struct pool_nodes, node_limit)},
    };
    decode_object(node, fields, ARRAY_SIZE(fields), target);
}

/* Returns the number of slices of the pool's smallest node: with a lower limit Karpenter launches no node at all. Sets
 * *ret_type to its instance type. Without known instance types, returns 1 and sets "". */
static int64_t slices_of_smallest_node(const struct pool *pool, const struct pool_offer *offer, const char **ret_type)
{
    const struct pool_nodes *nodes = &pool->nodes;
    const struct gpu_instance_type *smallest = NULL;
    for (size_t i = 0; i < nodes->type_count; i++) {
        if (!smallest || nodes->types[i]->gpu_count < smallest->gpu_count)
            smallest = nodes->types[i];
    }
    *ret_type = smallest ? smallest->name : "";
    return smallest ? gpu_instance_devices(smallest) * offer->per_gpu : 1;
}

static void set_limit(const struct node *node, struct pool *pool, const struct pool_offer *offer)
{
    const char *type;
    int64_t least = slices_of_smallest_node(pool, offer, &type);
    if (!node_expect(node, JSON_INTEGER))
        return;

    int64_t slices = json_integer_value(node->value);
    if (slices < least) {
        node_problem(node,
                     "is %" PRId64 ", must be at least %" PRId64
                     ", which a %s has; with a lower limit Karpenter launches no node",
                     slices, least, *type ? type : "node");
        return;
    }

    struct slice_limit *limit = &pool->nodes.limits[pool->nodes.limit_count++];
    memcpy(limit->resource, offer->resource, sizeof(limit->resource));
    limit->slices = slices;
}

static const struct pool_offer *find_offer(const struct pool_offer *offers, size_t count, const struct pool *pool,
                                           const char *profile)
{
    char resource[GPU_RESOURCE_SIZE];
    gpu_resource_name(profile, pool->rename, resource);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(offers[i].resource, resource) == 0)
            return &offers[i];
    }
    return NULL;
}

static void example_limits_text(const struct pool *pool, struct buf *out)
{
    for (size_t i = 0; i < pool->layout.count; i++)
        buf_addf(out, "%s%s: %u", i ? ", " : "", pool->layout.entries[i].profile->name,
                 8 * pool->layout.entries[i].count);
}

/* Decodes limits by profile: `slices: {1g.10gb: 16, 3g.40gb: 8}`. */
static void set_limits_by_profile(const struct node *slices, struct pool *pool, const struct pool_offer *offers,
                                  size_t count)
{
    NODE_MEMBERS(*slices, entry) {
        const struct pool_offer *offer = find_offer(offers, count, pool, entry.key);
        if (json_is_null(entry.value))
            continue;
        if (offer && pool->strategy == MIG_MIXED && pool_is_mig(pool))
            set_limit(&entry, pool, offer);
        else
            node_problem_key(&entry, "\"%s\" is not a profile that the pool's nodes offer", entry.key);
    }
}

void slice_limits_decode(const struct node *nodes, struct pool *pool)
{
    struct pool_offer offers[LAYOUT_ENTRIES_MAX];
    size_t count = pool_offers(pool, offers);
    struct node slices = node_find(*nodes, PATH("limits", "slices"));
    if (!slices.value)
        return;

    if (json_is_object(slices.value)) {
        set_limits_by_profile(&slices, pool, offers, count);
    } else if (count == 1) {
        set_limit(&slices, pool, &offers[0]);
    } else if (node_expect(&slices, JSON_INTEGER)) {
        AUTO(buf) profiles;
        buf_init(&profiles, MESSAGE_MAX);
        example_limits_text(pool, &profiles);
        node_problem(&slices, "must say how many of which profile, such as {%s}", buf_text(&profiles));
    }
}
