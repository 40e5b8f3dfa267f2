/* The price of a slice: from a SliceClass, or from the GPU table. */
#include "policy/price.h"

#include "policy/object.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MICRO = 1000 * 1000, WHOLE_DIGITS_MAX = 6, FRACTION_DIGITS_MAX = 6 };

/* Returns micro-dollars, or 0 if the text is not digits with an optional fraction, or is zero. */
static int64_t price_parse(const char *text)
{
    static const char digits[] = "0123456789";
    size_t whole = strspn(text, digits);
    bool has_fraction = text[whole] == '.';
    const char *fraction = text + whole + has_fraction;
    size_t length = strspn(fraction, digits);
    if (whole == 0 || whole > WHOLE_DIGITS_MAX || length > FRACTION_DIGITS_MAX || (length > 0) != has_fraction ||
        fraction[length])
        return 0;

    int64_t price = strtoll(text, NULL, 10) * MICRO;
    int64_t unit = MICRO / 10;
    for (size_t i = 0; i < length; i++, unit /= 10)
        price += (fraction[i] - '0') * unit;
    return price;
}

void decode_price(const struct node *node, void *target)
{
    int64_t *price = target;
    if (json_is_number(node->value)) {
        node_problem(node, "is a number, must be a string, as \"0.18\": dollars an hour, in quotes");
        return;
    }
    if (!node_expect(node, JSON_STRING))
        return;
    *price = price_parse(node_text(*node));
    if (*price == 0)
        node_problem(node,
                     "is \"%s\", must be what a slice costs an hour in dollars: above zero, with at most six digits on "
                     "either side of the point, such as \"0.18\"",
                     node_text(*node));
}

/* Sets *ret_part and *ret_all so that a slice costs part / all of a GPU. */
static void slice_share(const struct pool *pool, const struct mig_profile *profile, int64_t *ret_part, int64_t *ret_all)
{
    int64_t units = 0;
    for (size_t i = 0; i < pool->layout.count; i++)
        units += (int64_t)pool->layout.entries[i].profile->memory_units * pool->layout.entries[i].count;
    *ret_part = profile ? profile->memory_units : 1;
    *ret_all = (profile ? units : 1) * pool->replicas;
}

/* Returns what an instance costs by the pool's overlay, as Karpenter computes it (core 1.15, pkg/cloudprovider,
 * AdjustedPrice), or else by the table; 0 if that is not known. */
static int64_t instance_price(const struct pool *pool, const struct gpu_instance_type *type)
{
    const char *change = pool->nodes.price_adjustment;
    double price = (double)type->microdollars;
    if (pool->nodes.price)
        return (int64_t)(strtod(pool->nodes.price, NULL) * MICRO + 0.5);
    if (type->microdollars <= 0)
        return 0;
    if (change && strchr(change, '%'))
        price *= 1 + strtod(change, NULL) / 100;
    else if (change)
        price += strtod(change, NULL) * MICRO;
    return price < 1 ? 1 : (int64_t)(price + 0.5); /* 0 would mean that the price is unknown */
}

int64_t pool_slice_price(const struct pool *pool, const struct mig_profile *profile,
                         const struct gpu_instance_type **ret_type)
{
    int64_t part;
    int64_t all;
    int64_t lowest = 0;
    slice_share(pool, profile, &part, &all);
    *ret_type = NULL;

    for (size_t i = 0; i < pool->nodes.type_count; i++) {
        const struct gpu_instance_type *type = pool->nodes.types[i];
        int64_t slices = all * gpu_instance_devices(type);
        int64_t whole = instance_price(pool, type);
        if (whole <= 0)
            continue;
        int64_t price = (whole * part + slices / 2) / slices;
        if (price == 0)
            price = 1; /* 0 would mean that the price is unknown */
        if (lowest == 0 || price < lowest) {
            lowest = price;
            *ret_type = type;
        }
    }

    return lowest;
}

void price_text(int64_t microdollars, char text[PRICE_TEXT_SIZE])
{
    if (microdollars == 0)
        (void)snprintf(text, PRICE_TEXT_SIZE, "not known");
    else if (microdollars < 100) /* four digits would not show it */
        (void)snprintf(text, PRICE_TEXT_SIZE, "0.%06" PRId64, microdollars);
    else
        (void)snprintf(text, PRICE_TEXT_SIZE, "%" PRId64 ".%04" PRId64, (microdollars + 50) / MICRO,
                       (microdollars + 50) % MICRO / 100);
}

static void add_type(const struct pool *pool, const struct gpu_instance_type *type, struct buf *out)
{
    const char *how = pool->nodes.price || pool->nodes.price_adjustment  ? "by nodes.overlay"
                      : strlist_has(&pool->nodes.capacity_types, "spot") ? "on demand; spot is not known"
                                                                         : "on demand";
    buf_addf(out, "%s of %s, full, %s", type->name, pool->name, how);
}

void price_add_source(const struct slice_class *slice_class, struct buf *out)
{
    if (slice_class->own_price)
        buf_add_string(out, "spec.price");
    if (slice_class->price_pool)
        add_type(slice_class->price_pool, slice_class->price_type, out);
}

bool price_add_pool(const struct slice_class *slice_class, const struct pool *pool, struct buf *out)
{
    char text[PRICE_TEXT_SIZE];
    const struct gpu_instance_type *type;
    int64_t price = pool_slice_price(pool, class_profile(slice_class, pool), &type);
    price_text(price, text);
    if (price == 0) {
        buf_addf(out, "%s, on %s", text, pool->name);
        return false;
    }
    buf_addf(out, "$%s an hour, ", text);
    add_type(pool, type, out);
    return !pool->nodes.price;
}
