/* Derives the resource, memory, requirements and tolerations of a class from its pools, and checks that the pools
 * agree. */
#include "json/unconst.h"
#include "policy/class.h"
#include "policy/object.h"
#include "policy/price.h"
#include "policy/sharing.h"

#include <inttypes.h>
#include <string.h>

enum { MESSAGE_MAX = 1024 };

/* A class, its spec, and the node of spec.pools. */
struct resolving {
    struct slice_class *slice_class;
    const struct node *spec;
    struct node pools;
};

/* Returns false if a pool is unknown, which this function reports, or invalid, which has been reported at the pool. */
static bool find_pools(struct resolving *resolving, struct names pools)
{
    struct slice_class *slice_class = resolving->slice_class;
    bool complete = true;
    for (size_t i = 0; i < slice_class->pool_names.count; i++) {
        const char *name = slice_class->pool_names.items[i];
        const struct pool *pool = names_find(pools, name);
        struct node element = node_element(resolving->pools, i);
        if (!pool)
            object_unknown(&element, KIND_POOL, name, pools);
        if (!pool || !pool->gpu)
            complete = false;
        slice_class->pools[i] = pool;
    }

    slice_class->pool_count = slice_class->pool_names.count;
    return complete;
}

static const struct mig_profile *layout_profile(const struct pool *pool, const char *name)
{
    for (size_t i = 0; i < pool->layout.count; i++) {
        if (strcmp(pool->layout.entries[i].profile->name, name) == 0)
            return pool->layout.entries[i].profile;
    }
    return NULL;
}

/* Returns NULL also if the class names no profile of the pool, which check_profile() reports. */
const struct mig_profile *class_profile(const struct slice_class *slice_class, const struct pool *pool)
{
    if (!pool_is_mig(pool))
        return NULL;
    if (slice_class->profile_name)
        return layout_profile(pool, slice_class->profile_name);
    return pool->layout.count == 1 ? pool->layout.entries[0].profile : NULL;
}

/* True if the class has a field profile that could not be decoded, which has been reported. */
static bool profile_is_broken(const struct resolving *resolving)
{
    return !resolving->slice_class->profile_name && node_member(*resolving->spec, "profile").value;
}

static void check_profile(const struct resolving *resolving, size_t index)
{
    const struct pool *pool = resolving->slice_class->pools[index];
    const char *name = resolving->slice_class->profile_name;
    struct node element = node_element(resolving->pools, index);
    struct node profile = node_member(*resolving->spec, "profile");

    if (!pool_is_mig(pool) && name)
        node_problem(&profile,
                     "\"%s\": SlicePool %s is not cut by MIG, so there is no profile to choose; must be left out", name,
                     pool->name);
    if (!pool_is_mig(pool) || class_profile(resolving->slice_class, pool))
        return;

    AUTO(buf) profiles;
    buf_init(&profiles, MESSAGE_MAX);
    sharing_profiles_text(pool, &profiles);
    if (!name)
        node_problem(&element, "SlicePool %s has several profiles, profile must say which: %s", pool->name,
                     buf_text(&profiles));
    else if (!gpu_profile(pool->gpu, name))
        node_problem(&profile, "\"%s\" is not a MIG profile of the %s, must be of the layout of SlicePool %s: %s", name,
                     pool->gpu->id, pool->name, buf_text(&profiles));
    else
        node_problem(&profile, "\"%s\" is not in the layout of SlicePool %s, which has %s", name, pool->name,
                     buf_text(&profiles));
}

static void slice_resource(const struct slice_class *slice_class, size_t index, char ret_name[GPU_RESOURCE_SIZE])
{
    const struct pool *pool = slice_class->pools[index];
    pool_resource(pool, class_profile(slice_class, pool), ret_name);
}

static bool same_keys(const struct keyvalues *a, const struct keyvalues *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->items[i].key, b->items[i].key) != 0)
            return false;
    }
    return true;
}

static void keys_text(const struct keyvalues *map, struct buf *out)
{
    for (size_t i = 0; i < map->count; i++)
        buf_addf(out, "%s%s", i ? ", " : "", map->items[i].key);
}

static void check_same_labels(const struct resolving *resolving, size_t index)
{
    const struct pool *first = resolving->slice_class->pools[0];
    const struct pool *pool = resolving->slice_class->pools[index];
    if (same_keys(&first->labels, &pool->labels))
        return;

    struct node element = node_element(resolving->pools, index);
    AUTO(buf) keys;
    AUTO(buf) first_keys;

    buf_init(&keys, MESSAGE_MAX);
    buf_init(&first_keys, MESSAGE_MAX);
    keys_text(&pool->labels, &keys);
    keys_text(&first->labels, &first_keys);
    node_problem(&element,
                 "SlicePool %s has the label keys %s, but %s has %s; all pools of a class must have the same keys",
                 pool->name, buf_text(&keys), first->name, buf_text(&first_keys));
}

static void check_same_resource(const struct resolving *resolving, size_t index)
{
    char resource[GPU_RESOURCE_SIZE];
    char first[GPU_RESOURCE_SIZE];
    slice_resource(resolving->slice_class, 0, first);
    slice_resource(resolving->slice_class, index, resource);
    if (strcmp(first, resource) == 0)
        return;
    struct node element = node_element(resolving->pools, index);
    node_problem(&element,
                 "SlicePool %s offers %s, but %s offers %s; all pools of a class must offer the same resource",
                 resolving->slice_class->pools[index]->name, resource, resolving->slice_class->pools[0]->name, first);
}

/* The device plugin rejects a container that requests two shares of a GPU (failRequestsGreaterThanOne), because two
 * shares give no more of the GPU than one share does. */
static void check_shared_limit(const struct resolving *resolving)
{
    const struct slice_class *slice_class = resolving->slice_class;
    struct node per_container = node_find(*resolving->spec, PATH("limits", "perContainer"));
    for (size_t i = 0; i < slice_class->pool_count && slice_class->per_container > 1; i++) {
        if (!pool_is_shared(slice_class->pools[i]))
            continue;
        node_problem(&per_container,
                     "is %" PRId64 ", must be 1: the GPUs of SlicePool %s are shared, and two shares of a GPU are no "
                     "larger than one",
                     slice_class->per_container, slice_class->pools[i]->name);
        return;
    }
}

/* The class already requires the labels of its pools; a node selector on the same key could only repeat or contradict
 * them. */
static void check_selector(const struct resolving *resolving)
{
    const struct slice_class *slice_class = resolving->slice_class;
    const struct pool *first = slice_class->pools[0]; /* the others have the same keys */
    struct node selector = node_find(*resolving->spec, PATH("placement", "nodeSelector"));
    for (size_t i = 0; i < slice_class->node_selector.count; i++) {
        const char *key = slice_class->node_selector.items[i].key;
        struct node entry = node_member(selector, key);
        if (keyvalues_get(&first->labels, key))
            node_problem_key(
                &entry, "is a label of SlicePool %s, which gives the class its requirement on it; must be left out",
                first->name);
    }
}

static void check_pools(const struct resolving *resolving)
{
    const struct slice_class *slice_class = resolving->slice_class;
    const size_t before = resolving->spec->document->problems->count;
    for (size_t i = 0; i < slice_class->pool_count; i++)
        check_profile(resolving, i);
    bool profiles_right = resolving->spec->document->problems->count == before;
    for (size_t i = 1; i < slice_class->pool_count; i++) {
        if (profiles_right)
            check_same_resource(resolving, i);
        check_same_labels(resolving, i);
    }
    check_shared_limit(resolving);
    check_selector(resolving);
}

/* Adds `key In [the pools' values]`. The order of the values does not rank the pools; Karpenter goes by the weights of
 * the NodePools. */
static int require_label(struct slice_class *slice_class, const char *key, struct err *err)
{
    AUTO(strlist) values = {0};
    for (size_t i = 0; i < slice_class->pool_count; i++) {
        const char *value = keyvalues_get(&slice_class->pools[i]->labels, key);
        if (!strlist_has(&values, value) && strlist_add(&values, value, err) < 0)
            return -1;
    }

    const struct requirement requirement = {
        .key = key, .op = OP_IN, .values = (const char *const *)values.items, .value_count = values.count};
    return requirements_add(&slice_class->requirements, &requirement, err);
}

static int derive_requirements(struct slice_class *slice_class, struct err *err)
{
    const struct keyvalues *labels = &slice_class->pools[0]->labels;
    for (size_t i = 0; i < labels->count; i++) {
        if (require_label(slice_class, labels->items[i].key, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < slice_class->own_requirements.count; i++) {
        if (requirements_add(&slice_class->requirements, &slice_class->own_requirements.items[i], err) < 0)
            return -1;
    }
    return 0;
}

/* Uses Exists instead of Equal: a running pod keeps its tolerations, and must tolerate the taint after its value has
 * changed. */
static int tolerate_taint(struct slice_class *slice_class, const struct taint *taint, struct err *err)
{
    const struct toleration wanted = {.key = taint->key, .op = "Exists", .effect = taint->effect};
    for (size_t i = 0; i < slice_class->tolerations.count; i++) {
        const struct toleration *other = &slice_class->tolerations.items[i];
        if (strcmp(other->key, wanted.key) == 0 && strcmp(other->effect, wanted.effect) == 0)
            return 0;
    }
    return tolerations_add(&slice_class->tolerations, &wanted, err);
}

static int tolerate_taints(struct slice_class *slice_class, const struct taints *taints, struct err *err)
{
    for (size_t i = 0; i < taints->count; i++) {
        if (tolerate_taint(slice_class, &taints->items[i], err) < 0)
            return -1;
    }
    return 0;
}

static int derive_tolerations(struct slice_class *slice_class, struct err *err)
{
    for (size_t i = 0; i < slice_class->pool_count; i++) {
        const struct pool *pool = slice_class->pools[i];
        if (tolerate_taints(slice_class, &pool->taints, err) < 0 ||
            tolerate_taints(slice_class, &pool->nodes.taints, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < slice_class->own_tolerations.count; i++) {
        if (tolerations_add(&slice_class->tolerations, &slice_class->own_tolerations.items[i], err) < 0)
            return -1;
    }
    return 0;
}

/* Returns the slices on the pool's largest node, or 0 if its instance types are unknown. */
static int64_t pool_node_slices(const struct pool *pool, const char *resource)
{
    struct pool_offer offers[LAYOUT_ENTRIES_MAX];
    size_t count = pool_offers(pool, offers);
    int64_t most = 0;
    for (size_t i = 0; i < pool->nodes.type_count; i++) {
        for (size_t j = 0; j < count; j++) {
            int64_t slices = offers[j].per_gpu * gpu_instance_devices(pool->nodes.types[i]);
            if (strcmp(offers[j].resource, resource) == 0 && slices > most)
                most = slices;
        }
    }
    return most;
}

/* What the class promises is what every one of its pools has: the least memory, the weakest isolation. */
static void derive_slice(struct slice_class *slice_class)
{
    bool nodes_known = true;
    slice_class->isolation = ISOLATION_HARDWARE;
    slice_class->price = slice_class->own_price;

    for (size_t i = 0; i < slice_class->pool_count; i++) {
        const struct pool *pool = slice_class->pools[i];
        const struct mig_profile *profile = class_profile(slice_class, pool);
        int64_t memory = pool_slice_memory(pool, profile);
        const struct gpu_instance_type *type;
        int64_t price = pool_slice_price(pool, profile, &type);
        int64_t slices = pool_node_slices(pool, slice_class->resource);

        if (i == 0 || memory < slice_class->memory_bytes)
            slice_class->memory_bytes = memory;
        if (pool_isolation(pool) < slice_class->isolation)
            slice_class->isolation = pool_isolation(pool);
        if (!slice_class->own_price && price > 0 && (slice_class->price == 0 || price < slice_class->price)) {
            slice_class->price = price;
            slice_class->price_pool = pool;
            slice_class->price_type = type;
        }
        if (slices > slice_class->node_slices)
            slice_class->node_slices = slices;
        nodes_known = nodes_known && slices > 0;
        slice_class->shared = slice_class->shared || pool_is_shared(pool);
    }

    if (!nodes_known)
        slice_class->node_slices = 0;
}

static int derive_class_values(struct slice_class *slice_class, struct err *err)
{
    slice_class->profile = class_profile(slice_class, slice_class->pools[0]);
    slice_resource(slice_class, 0, slice_class->resource);
    derive_slice(slice_class);
    if (derive_requirements(slice_class, err) < 0)
        return -1;
    return derive_tolerations(slice_class, err);
}

/* True if one label can meet `wanted` and those of the first `count` requirements of `all` that have its key. `same` is
 * working space for count + 1 pointers. */
static bool is_satisfiable(const struct requirement *wanted, const struct requirements *all, size_t count,
                           const struct requirement **same)
{
    size_t same_count = 0;
    same[same_count++] = wanted;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all->items[i].key, wanted->key) == 0)
            same[same_count++] = &all->items[i];
    }
    return requirements_satisfiable(same, same_count);
}

/* Reports a requirement or an entry of nodeSelector that no label can meet together with the other requirements on its
 * key: no node would ever match. */
static int check_satisfiable(const struct resolving *resolving, struct err *err)
{
    const struct keyvalues *selector = &resolving->slice_class->node_selector;
    const struct requirements *all = &resolving->slice_class->requirements;
    struct node placement = node_member(*resolving->spec, "placement");
    struct node own = node_member(placement, "requirements");
    size_t derived = all->count - resolving->slice_class->own_requirements.count;

    const struct requirement **same = calloc(all->count + 1, sizeof(*same));
    if (!same)
        return err_nomem(err);

    for (size_t i = derived; i < all->count; i++) {
        struct node element = node_element(own, i - derived);
        if (!is_satisfiable(&all->items[i], all, i, same))
            node_problem(&element,
                         "contradicts what the class's pools or earlier requirements say of %s: no node can have it",
                         all->items[i].key);
    }

    for (size_t i = 0; i < selector->count; i++) {
        const char *key = selector->items[i].key;
        const char *values[] = {selector->items[i].value};
        const struct requirement wanted = {.key = key, .op = OP_IN, .values = values, .value_count = 1};
        struct node entry = node_find(placement, PATH("nodeSelector", key));
        if (!is_satisfiable(&wanted, all, all->count, same))
            node_problem(&entry, "contradicts what placement.requirements says of %s: no node can have it", key);
    }

    free(same);
    return 0;
}

/* Functions that edit pods have arrays of CLASS_REQUIREMENTS_MAX requirements on the stack. */
static void check_requirement_count(const struct resolving *resolving)
{
    size_t count = resolving->slice_class->requirements.count;
    if (count > CLASS_REQUIREMENTS_MAX)
        node_problem(resolving->spec, "gives %zu requirements, the pools' labels included; must be at most %d", count,
                     CLASS_REQUIREMENTS_MAX);
}

/* Sets slice_class->pools to NULL after an error, so that nothing uses invalid pools. */
static void resolve_pools(struct resolving *resolving, struct names pools)
{
    struct slice_class *slice_class = resolving->slice_class;
    const size_t before = resolving->spec->document->problems->count;
    struct err err;

    slice_class->pools = calloc(slice_class->pool_names.count, sizeof(*slice_class->pools));
    if (!slice_class->pools) {
        object_nomem(resolving->spec);
        return;
    }
    if (find_pools(resolving, pools) && !profile_is_broken(resolving)) {
        check_pools(resolving);
        if (resolving->spec->document->problems->count == before &&
            (derive_class_values(slice_class, &err) < 0 || check_satisfiable(resolving, &err) < 0))
            object_nomem(resolving->spec);
        check_requirement_count(resolving);
        if (resolving->spec->document->problems->count == before)
            return;
    }

    free(slice_class->pools);
    slice_class->pools = NULL;
    slice_class->pool_count = 0;
}

void class_resolve(const struct node *object, const struct pool *pools, size_t pool_count,
                   struct slice_class *slice_class)
{
    struct node spec = node_member(*object, "spec");
    struct resolving resolving = {.slice_class = slice_class, .spec = &spec, .pools = node_member(spec, "pools")};
    /* If the decoder has left out a name, the index of a later name is not that of its element in spec.pools. */
    if (slice_class->pool_names.count == 0 || json_array_size(resolving.pools.value) != slice_class->pool_names.count)
        return;
    resolve_pools(&resolving, NAMES(pools, pool_count));
}
