/* A NodePool against the GPU table. Changes nothing. */
#include "migrate/pool_gpus.h"

#include "core/requirement.h"
#include "migrate/mig_layout.h"
#include "migrate/plugin_config.h"
#include "migrate/tree.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_SIZE = 64, VALUES_MAX = 256 };

/* The value of a label of a node of that type; false where the table does not tell it. */
static bool label_of(const struct gpu_model *model, const struct gpu_instance_type *type, const char *key,
                     char value[VALUE_SIZE])
{
    const char *dot = strchr(type->name, '.');
    int family = dot ? (int)(dot - type->name) : (int)strlen(type->name);
    int category = (int)strcspn(type->name, "0123456789");
    static const char aws[] = AWS_INSTANCE_PREFIX;
    if (strcmp(key, LABEL_INSTANCE_TYPE) == 0)
        return snprintf(value, VALUE_SIZE, "%s", type->name) > 0;
    if (strcmp(key, LABEL_ARCH) == 0)
        return snprintf(value, VALUE_SIZE, "%s", type->arch) > 0;
    if (strncmp(key, aws, strlen(aws)) != 0)
        return false;
    key += strlen(aws);
    if (strcmp(key, "family") == 0)
        return snprintf(value, VALUE_SIZE, "%.*s", family, type->name) > 0;
    if (strcmp(key, "size") == 0 && dot)
        return snprintf(value, VALUE_SIZE, "%s", dot + 1) > 0;
    if (strcmp(key, "category") == 0)
        return snprintf(value, VALUE_SIZE, "%.*s", category, type->name) > 0;
    if (strcmp(key, "generation") == 0)
        return snprintf(value, VALUE_SIZE, "%.*s", (int)strspn(type->name + category, "0123456789"),
                        type->name + category) > 0;
    if (strcmp(key, "gpu-manufacturer") == 0)
        return snprintf(value, VALUE_SIZE, "nvidia") > 0;
    if (strcmp(key, "gpu-name") == 0 && model->aws_name)
        return snprintf(value, VALUE_SIZE, "%s", model->aws_name) > 0;
    if (strcmp(key, "gpu-count") == 0)
        return snprintf(value, VALUE_SIZE, "%u", type->gpu_count) > 0;
    if (strcmp(key, "gpu-memory") == 0)
        return snprintf(value, VALUE_SIZE, "%" PRId64, model->memory_bytes >> 20) > 0;
    return false;
}

/* Keys that say which instances a pool has; without any it can have all, and nothing is known. */
static bool says_instances(const char *key)
{
    static const char *const keys[] = {LABEL_INSTANCE_TYPE,      LABEL_INSTANCE_FAMILY,
                                       LABEL_INSTANCE_CATEGORY,  LABEL_INSTANCE_GPU_NAME,
                                       LABEL_INSTANCE_GPU_COUNT, LABEL_INSTANCE_GPU_MANUFACTURER};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (strcmp(keys[i], key) == 0)
            return true;
    }
    return false;
}

/* Unknown labels, and what is no requirement, exclude nothing. */
static bool meets(const struct gpu_model *model, const struct gpu_instance_type *type, const json_t *requirement)
{
    const char *values[VALUES_MAX];
    char value[VALUE_SIZE];
    const char *key = tree_text(requirement, "key");
    const char *op = tree_text(requirement, "operator");
    const json_t *list = json_object_get(requirement, "values");
    size_t count = json_array_size(list);
    if (!key || !op || count > VALUES_MAX || !label_of(model, type, key, value))
        return true;
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        values[i] = text ? text : "";
    }
    struct requirement item = {.key = key, .op = requirement_op_parse(op), .values = values, .value_count = count};
    return requirement_meets(&item, value);
}

static bool matches(const struct gpu_model *model, const struct gpu_instance_type *type, const json_t *pool)
{
    size_t i;
    json_t *requirement;
    const char *key;
    json_t *label;
    char value[VALUE_SIZE];
    json_array_foreach(tree_get(pool, POOL_REQUIREMENTS), i, requirement) {
        if (!meets(model, type, requirement))
            return false;
    }
    json_object_foreach(tree_get(pool, POOL_LABELS), key, label) {
        if (json_is_string(label) && label_of(model, type, key, value) && strcmp(value, json_string_value(label)) != 0)
            return false;
    }
    return true;
}

static bool pool_says_instances(const json_t *pool)
{
    size_t i;
    json_t *requirement;
    const char *key;
    json_t *label;
    json_array_foreach(tree_get(pool, POOL_REQUIREMENTS), i, requirement) {
        const char *own = tree_text(requirement, "key");
        if (own && says_instances(own))
            return true;
    }
    json_object_foreach(tree_get(pool, POOL_LABELS), key, label) {
        if (says_instances(key))
            return true;
    }
    return false;
}

static void add_types(const struct gpu_model *model, const json_t *pool, struct pool_gpus *gpus)
{
    for (size_t i = 0; i < model->instance_type_count; i++) {
        const struct gpu_instance_type *type = &model->instance_types[i];
        if (gpus->type_count == POOL_TYPES_MAX || !matches(model, type, pool))
            continue;
        gpus->types[gpus->type_count++] = type;
        gpus->several |= gpus->model && gpus->model != model;
        if (!gpus->model)
            gpus->model = model;
    }
}

void pool_gpus_find(const struct migration *migration, const json_t *pool, struct pool_gpus *ret_gpus)
{
    *ret_gpus = (struct pool_gpus){0};
    if (!pool_says_instances(pool))
        return;
    for (size_t i = 0; i < migration->gpus->model_count; i++)
        add_types(&migration->gpus->models[i], pool, ret_gpus);
}

static void add_offer(struct cut *cut, const char *profile, bool rename, int64_t per_gpu)
{
    struct offer *offer = &cut->offers[cut->offer_count++];
    gpu_resource_name(profile, rename, offer->resource);
    offer->per_gpu = per_gpu;
}

/* Is it this resource that the configuration shares? */
static bool shares(const struct plugin_config *config, const char *resource)
{
    return config && config->sharing && strcmp(config->resource, resource) == 0;
}

static void cut_mig(const struct migration *migration, const struct pool_gpus *gpus, const char *name,
                    const struct plugin_config *config, struct cut *cut)
{
    cut->kind = CUT_MIG;
    cut->single = config && strcmp(config->strategy, "single") == 0;
    if (!gpus->model)
        cut->trouble = "its GPU is not known";
    else if (gpus->several)
        cut->trouble = "it can have several kinds of GPU";
    else if (!mig_layout_find(gpus->model, name, migration->mig_layouts, &cut->layout))
        cut->trouble = "that MIG configuration is not known for its GPU";
    if (cut->trouble)
        return;
    for (size_t i = 0; i < cut->layout.count; i++) {
        char resource[GPU_RESOURCE_SIZE];
        const char *profile = cut->single ? NULL : cut->layout.entries[i].profile->name;
        gpu_resource_name(profile, false, resource);
        bool shared = shares(config, resource);
        if (shared)
            cut->replicas = config->replicas;
        add_offer(cut, profile, shared && config->rename,
                  cut->layout.entries[i].count * (shared ? config->replicas : 1));
        if (cut->single)
            break; /* one profile only, or the plugin refuses the node */
    }
}

void pool_cut(const struct migration *migration, const json_t *pool, const struct pool_gpus *gpus, struct cut *ret_cut)
{
    const json_t *labels = tree_get(pool, POOL_LABELS);
    const char *mig = tree_text(labels, LABEL_MIG_CONFIG);
    const struct plugin_config *config = plugin_config_find(migration, tree_text(labels, LABEL_PLUGIN_CONFIG));
    struct cut cut = {.kind = CUT_WHOLE, .replicas = 1};
    if (mig && strcmp(mig, MIG_CONFIG_NONE) != 0) {
        cut_mig(migration, gpus, mig, config, &cut);
    } else if (shares(config, GPU_RESOURCE_WHOLE)) {
        cut.kind = CUT_SHARED;
        cut.mps = config->mps;
        cut.rename = config->rename;
        cut.replicas = config->replicas;
        add_offer(&cut, NULL, config->rename, config->replicas);
    } else {
        add_offer(&cut, NULL, false, 1);
    }
    *ret_cut = cut;
}
