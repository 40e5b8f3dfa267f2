/* Decodes SlicePool, and derives what the nodes of a pool offer. */
#include "base/units.h"
#include "policy/object.h"
#include "policy/pool.h"
#include "policy/pool_nodes_parts.h"
#include "policy/sharing.h"

#include <string.h>

enum { MESSAGE_MAX = 1024 };

void pool_fini(struct pool *pool)
{
    free(pool->name);
    keyvalues_fini(&pool->labels);
    taints_fini(&pool->taints);
    pool_nodes_fini(&pool->nodes);
    *pool = (struct pool){0};
}

static const struct field spec_fields[] = {
    {"gpu", decode_elsewhere, .flags = FIELD_REQUIRED},
    {"sharing", decode_elsewhere, .flags = FIELD_REQUIRED},
    {"labels", decode_labels, offsetof(struct pool, labels)},
    {"taints", decode_taints, offsetof(struct pool, taints)},
    {"nodes", decode_elsewhere},
};

static void report_unknown_gpu(const struct node *node, const struct gpu_table *gpus)
{
    const char *id = json_string_value(node->value);
    const char *nearest = gpu_nearest_id(gpus, id);
    AUTO(buf) list;
    buf_init(&list, MESSAGE_MAX);
    for (size_t i = 0; i < gpus->model_count; i++)
        buf_addf(&list, "%s%s", i ? ", " : "", gpus->models[i].id);
    if (nearest)
        node_problem(node, "there is no GPU \"%s\" in the table; did you mean \"%s\"? `gpuslice gpu list` shows all",
                     id, nearest);
    else
        node_problem(node, "there is no GPU \"%s\" in the table; there are %s", id, buf_text(&list));
}

static void decode_gpu(const struct node *spec, const struct gpu_table *gpus, struct pool *pool)
{
    struct node node = node_member(*spec, "gpu");
    if (!node.value || !node_expect(&node, JSON_STRING))
        return;
    pool->gpu = gpu_find(gpus, json_string_value(node.value));
    if (!pool->gpu)
        report_unknown_gpu(&node, gpus);
}

/* Only the second taint isolates the pool: the admission plugin ExtendedResourceToleration, enabled in EKS, adds a
 * toleration of the first one to every pod that requests nvidia.com/gpu. */
static int default_taints(struct pool *pool, struct err *err)
{
    if (taints_add(&pool->taints, GPU_RESOURCE_WHOLE, "true", "NoSchedule", err) < 0)
        return -1;
    return taints_add(&pool->taints, LABEL_POOL, pool->name, "NoSchedule", err);
}

static void decode_placement(const struct node *spec, struct pool *pool)
{
    struct err err;
    struct node labels = node_member(*spec, "labels");
    int result = 0;

    if (!labels.value)
        result = keyvalues_set(&pool->labels, LABEL_POOL, pool->name, &err);
    else if (json_is_object(labels.value) && json_object_size(labels.value) == 0)
        node_problem(&labels,
                     "is empty, must have a label that identifies the pool's nodes; without the field it is {%s: %s}",
                     LABEL_POOL, pool->name);

    if (result == 0 && !node_member(*spec, "taints").value)
        result = default_taints(pool, &err);
    if (result < 0)
        object_nomem(spec);
}

void pool_decode(const struct node *object, const struct gpu_table *gpus, struct pool *ret_pool)
{
    static const struct field spec_field = {"spec", FIELDS(spec_fields), .flags = FIELD_REQUIRED};
    const size_t before = object->document->problems->count;

    *ret_pool = (struct pool){.replicas = 1};
    object_decode(object, &spec_field, ret_pool, &ret_pool->mark);

    struct node spec = node_member(*object, "spec");
    if (ret_pool->name && json_is_object(spec.value)) {
        decode_gpu(&spec, gpus, ret_pool);
        sharing_decode(&spec, gpus, ret_pool);
        decode_placement(&spec, ret_pool);
        pool_nodes_decode(&spec, object->document->problems->count == before, gpus, ret_pool);
    }
    if (object->document->problems->count > before)
        ret_pool->gpu = NULL; /* so that nothing is derived from an invalid pool */
}

void pool_resource(const struct pool *pool, const struct mig_profile *profile, char ret_name[GPU_RESOURCE_SIZE])
{
    bool named = profile && pool->strategy == MIG_MIXED;
    gpu_resource_name(named ? profile->name : NULL, pool->rename, ret_name);
}

bool pool_has_fractions(const struct pool *pool)
{
    return pool->nodes.type_count > 0 && pool->nodes.types[0]->gpu_count == 0;
}

bool pool_takes(const struct pool *pool, const struct gpu_instance_type *type)
{
    bool fraction = type->gpu_count == 0;
    if (type->gpu != pool->gpu || fraction != pool_has_fractions(pool))
        return false;
    return !fraction || type->gpu_memory_mib == pool->nodes.types[0]->gpu_memory_mib;
}

/* No driver's figure is known for a share of a GPU, so its memory is EC2's figure. */
static int64_t gpu_memory(const struct pool *pool)
{
    return pool_has_fractions(pool) ? pool->nodes.types[0]->gpu_memory_mib * MIB : pool->gpu->memory_bytes;
}

int64_t pool_slice_memory(const struct pool *pool, const struct mig_profile *profile)
{
    return (profile ? profile->memory_bytes : gpu_memory(pool)) / pool->replicas;
}

bool pool_is_shared(const struct pool *pool)
{
    return pool->sharing == SHARING_TIME_SLICING || pool->sharing == SHARING_MPS ||
           pool->sharing == SHARING_MIG_TIME_SLICING;
}

bool pool_is_mig(const struct pool *pool)
{
    return pool->sharing == SHARING_MIG || pool->sharing == SHARING_MIG_TIME_SLICING;
}

enum isolation pool_isolation(const struct pool *pool)
{
    static const enum isolation by_sharing[] = {
        [SHARING_WHOLE] = ISOLATION_HARDWARE,         [SHARING_TIME_SLICING] = ISOLATION_NONE,
        [SHARING_MPS] = ISOLATION_MEMORY_AND_THREADS, [SHARING_MIG] = ISOLATION_HARDWARE,
        [SHARING_MIG_TIME_SLICING] = ISOLATION_NONE,
    };
    return by_sharing[pool->sharing];
}

const char *isolation_text(enum isolation isolation)
{
    static const char *const texts[] = {"none", "memory and threads", "hardware"};
    return texts[isolation];
}

/* The resource names are distinct: with strategy single, a layout has one profile. */
size_t pool_offers(const struct pool *pool, struct pool_offer ret_offers[LAYOUT_ENTRIES_MAX])
{
    if (!pool_is_mig(pool)) {
        pool_resource(pool, NULL, ret_offers[0].resource);
        ret_offers[0].per_gpu = pool->replicas;
        return 1;
    }
    for (size_t i = 0; i < pool->layout.count; i++) {
        pool_resource(pool, pool->layout.entries[i].profile, ret_offers[i].resource);
        ret_offers[i].per_gpu = pool->layout.entries[i].count * pool->replicas;
    }
    return pool->layout.count;
}

bool pool_offers_whole_name(const struct pool *pool)
{
    return !pool->rename && !(pool_is_mig(pool) && pool->strategy == MIG_MIXED);
}

bool pool_has_plugin_config(const struct pool *pool)
{
    return pool->sharing != SHARING_WHOLE && pool->nodes.node_class.family != AMI_BOTTLEROCKET;
}

bool pool_needs_layout_taint(const struct pool *pool)
{
    return pool_has_plugin_config(pool) && pool_offers_whole_name(pool);
}
