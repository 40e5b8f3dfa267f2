/* Describes the nodes of a SlicePool. Omits what gpuslice adds itself (labels, taints, overlays). */
#include "migrate/policies.h"

#include "migrate/tree.h"

#include <string.h>

/* True for keys that the list of instance types implies, and for the operating system and nvidia.com/gpu, which
 * `gpuslice render` writes itself. */
static bool is_implied_key(const char *key)
{
    return text_is_any(key, WORDS(LABEL_INSTANCE_TYPE, LABEL_ARCH, LABEL_OS, LABEL_GPU, LABEL_INSTANCE_FAMILY,
                                  LABEL_INSTANCE_SIZE, LABEL_INSTANCE_CATEGORY, LABEL_INSTANCE_GENERATION,
                                  LABEL_INSTANCE_GPU_NAME, LABEL_INSTANCE_GPU_COUNT, LABEL_INSTANCE_GPU_MEMORY,
                                  LABEL_INSTANCE_GPU_MANUFACTURER));
}

/* Copies the requirement without minValues, which is reported as lost. */
static void put_requirement(struct migration *migration, const struct pool_draft *pool, const json_t *requirement,
                            json_t *slice_pool)
{
    json_t *copy = json_deep_copy(requirement);
    if (json_object_get(copy, "minValues")) {
        (void)json_object_del(copy, "minValues");
        work_report_pool(migration, pool, FATE_LOST, "minValues of %s: a SlicePool's requirements have none",
                         tree_text(requirement, "key"));
    }
    work_append(migration, slice_pool, "spec.nodes.requirements", copy);
}

static void put_requirements(struct migration *migration, const struct pool_draft *pool, json_t *slice_pool)
{
    size_t i;
    json_t *requirement;

    json_array_foreach(tree_get(pool->out->value, POOL_REQUIREMENTS), i, requirement) {
        const char *key = tree_text(requirement, "key");
        const char *op = tree_text(requirement, "operator");
        const json_t *values = json_object_get(requirement, "values");
        bool in = op && strcmp(op, "In") == 0;
        if (!key || is_implied_key(key))
            continue;
        if (in && strcmp(key, LABEL_CAPACITY_TYPE) == 0)
            work_put(migration, slice_pool, "spec.nodes.capacityTypes", json_deep_copy(values));
        else if (in && strcmp(key, LABEL_ZONE) == 0)
            work_put(migration, slice_pool, "spec.nodes.zones", json_deep_copy(values));
        else
            put_requirement(migration, pool, requirement, slice_pool);
    }
}

static void put_labels(struct migration *migration, const json_t *node_pool, json_t *slice_pool)
{
    const char *key;
    json_t *value;
    json_object_foreach(tree_get(node_pool, POOL_LABELS), key, value) {
        if (strcmp(key, LABEL_CAPACITY_TYPE) == 0)
            work_put(migration, slice_pool, "spec.nodes.capacityTypes", json_pack("[O]", value));
        else if (!text_is_any(key, WORDS(LABEL_PLUGIN_CONFIG, LABEL_MIG_CONFIG, LABEL_POOL)) && !is_implied_key(key))
            work_put_key(migration, slice_pool, "spec.nodes.labels", key, json_incref(value));
    }
}

static unsigned least_gpus(const struct pool_gpus *gpus)
{
    unsigned least = gpus->types[0]->gpu_count;
    for (size_t i = 1; i < gpus->type_count; i++)
        least = gpus->types[i]->gpu_count < least ? gpus->types[i]->gpu_count : least;
    return least;
}

static void put_slice_limit(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                            const struct slicing *slicing, const struct offer *offer, const json_t *limit,
                            json_t *slice_pool)
{
    json_int_t slices = json_integer_value(limit);

    if (!json_is_integer(limit) || slices < offer->per_gpu * least_gpus(gpus)) {
        work_report_pool(
            migration, pool, FATE_MANUAL,
            "SlicePool %s has no limit in slices: that of NodePool %s is less than one node has, or not a whole number",
            pool->name, pool->name);
        return;
    }

    size_t index = (size_t)(offer - slicing->offers);
    if (slicing->kind == SLICING_MIG && slicing->layout.count > 1 && !slicing->single)
        work_put_key(migration, slice_pool, "spec.nodes.limits.slices", slicing->layout.entries[index].profile->name,
                     json_integer(slices));
    else
        work_put(migration, slice_pool, "spec.nodes.limits.slices", json_integer(slices));
}

static void put_limits(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                       const struct slicing *slicing, json_t *slice_pool)
{
    const char *key;
    json_t *limit;

    json_object_foreach(tree_get(pool->out->value, "spec.limits"), key, limit) {
        const struct offer *offer = slicing_offer(slicing, key);
        if (offer)
            put_slice_limit(migration, pool, gpus, slicing, offer, limit, slice_pool);
        else if (text_is_any(key, WORDS("cpu", "memory", "nodes")))
            work_put_key(migration, slice_pool, "spec.nodes.limits", key, json_incref(limit));
        else
            work_report_pool(migration, pool, FATE_LOST, "limit %s: a SlicePool limits slices, cpu, memory and nodes",
                             key);
    }
}

/* Returns AL2023 or Bottlerocket, or NULL for other images, which a SlicePool cannot describe. */
static const char *family_of(const json_t *class_spec)
{
    const char *alias = tree_text(json_array_get(json_object_get(class_spec, "amiSelectorTerms"), 0), "alias");
    const char *family = tree_text(class_spec, "amiFamily");
    if (alias)
        return text_begins(alias, "al2023@") ? "AL2023" : text_begins(alias, "bottlerocket@") ? "Bottlerocket" : NULL;
    return text_is_any(family, WORDS("AL2023", "Bottlerocket")) ? family : NULL;
}

/* Removes fields that contain UNKNOWN_CLUSTER; `gpuslice render --cluster` fills them in. */
static void drop_placeholders(json_t *class_spec)
{
    static const char *const selectors[] = {"subnetSelectorTerms", "securityGroupSelectorTerms"};
    const char *role = tree_text(class_spec, "role");
    for (size_t i = 0; i < ARRAY_SIZE(selectors); i++) {
        const json_t *first = json_array_get(json_object_get(class_spec, selectors[i]), 0);
        const char *cluster = tree_text(json_object_get(first, "tags"), TAG_DISCOVERY);
        if (cluster && strcmp(cluster, UNKNOWN_CLUSTER) == 0)
            (void)json_object_del(class_spec, selectors[i]);
    }
    if (role && strstr(role, UNKNOWN_CLUSTER))
        (void)json_object_del(class_spec, "role");
}

static void put_class(struct migration *migration, const struct pool_draft *pool, json_t *slice_pool)
{
    const json_t *class_spec = pool->node_class ? json_object_get(pool->node_class->value, "spec") : NULL;
    const char *family = class_spec ? family_of(class_spec) : NULL;
    if (!family) {
        work_put(migration, slice_pool, "spec.nodes.nodeClass.name", json_string(pool->class_name));
        return;
    }
    json_t *copy = json_deep_copy(class_spec);
    work_put(migration, copy, "amiFamily", json_string(family));
    drop_placeholders(copy);
    work_put(migration, slice_pool, "spec.nodes.nodeClass", copy);
}

void policy_nodes_put(struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                      const struct slicing *slicing, json_t *slice_pool)
{
    static const struct {
        const char *from, *to;
    } copied[] = {
        {"spec.disruption", "spec.nodes.disruption"},
        {"spec.template.spec.expireAfter", "spec.nodes.expireAfter"},
        {"spec.weight", "spec.nodes.weight"},
        {"spec.template.metadata.annotations", "spec.nodes.annotations"},
        {"spec.template.spec.startupTaints", "spec.nodes.startupTaints"},
    };
    const json_t *node_pool = pool->out->value;

    for (size_t i = 0; i < gpus->type_count; i++)
        work_append(migration, slice_pool, "spec.nodes.instanceTypes", json_string(gpus->types[i]->name));
    put_requirements(migration, pool, slice_pool);
    put_class(migration, pool, slice_pool);
    put_limits(migration, pool, gpus, slicing, slice_pool);
    for (size_t i = 0; i < ARRAY_SIZE(copied); i++) {
        const json_t *value = tree_get(node_pool, copied[i].from);
        if (value)
            work_put(migration, slice_pool, copied[i].to, json_deep_copy(value));
    }
    put_labels(migration, node_pool, slice_pool);
}
