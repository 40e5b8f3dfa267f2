/* Finds the GPUs of a NodePool in the GPU table, and how they are shared or partitioned. */
#include "migrate/pool_gpus.h"

#include "gpu/mig_layout.h"
#include "karpenter/instance.h"
#include "migrate/plugin_config.h"
#include "migrate/report/tree.h"
#include "nvidia/bottlerocket.h"

#include <string.h>

enum { VALUES_MAX = 256 };

/* Visits the requirement. Skips one that is malformed or has more than VALUES_MAX values. */
static bool visit_requirement(const json_t *object, requirement_visitor *visit, void *context)
{
    const char *values[VALUES_MAX];
    const char *key = tree_text(object, "key");
    const char *op = tree_text(object, "operator");
    const json_t *list = json_object_get(object, "values");
    size_t count = json_array_size(list);
    if (!key || !op || count > VALUES_MAX)
        return true;

    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        values[i] = text ? text : "";
    }

    return visit(
        &(struct requirement){.key = key, .op = requirement_op_parse(op), .values = values, .value_count = count},
        context);
}

bool requirements_visit(const json_t *list, requirement_visitor *visit, void *context)
{
    size_t i;
    json_t *requirement;
    json_array_foreach(json_unconst(list), i, requirement) {
        if (!visit_requirement(requirement, visit, context))
            return false;
    }
    return true;
}

/* Visits the requirements of the NodePool, and the labels of its template, which are also requirements. */
static bool visit_requirements(const json_t *pool, requirement_visitor *visit, void *context)
{
    const char *key;
    json_t *label;

    if (!requirements_visit(tree_get(pool, POOL_REQUIREMENTS), visit, context))
        return false;

    json_object_foreach(tree_get(pool, POOL_LABELS), key, label) {
        const char *value = json_string_value(label);
        if (value &&
            !visit(&(struct requirement){.key = key, .op = OP_IN, .values = &value, .value_count = 1}, context))
            return false;
    }

    return true;
}

static bool type_matches(const struct requirement *requirement, void *context)
{
    return instance_matches(context, requirement);
}

struct names {
    const struct gpu_table *gpus;
    const char *unlisted;
    bool narrow;      /* a requirement restricts the GPUs */
    bool without_gpu; /* a requirement admits only instance types without NVIDIA GPUs */
};

static bool note_names(const struct requirement *requirement, void *context)
{
    struct names *names = context;
    size_t without = 0;
    names->narrow |= instance_label_narrows(requirement->key);
    if (requirement->op != OP_IN || !instance_label_names(requirement->key))
        return true;

    for (size_t i = 0; i < requirement->value_count; i++) {
        enum instance_knowledge knowledge =
            instance_value_knowledge(names->gpus, requirement->key, requirement->values[i]);
        if (knowledge == INSTANCE_UNKNOWN)
            names->unlisted = requirement->values[i];
        without += knowledge == INSTANCE_WITHOUT_GPU;
    }

    names->without_gpu |= without > 0 && without == requirement->value_count;
    return true;
}

/* Adds the instance types with this GPU that the NodePool can have. */
static void add_types(const struct gpu_model *model, const json_t *pool, struct pool_gpus *gpus)
{
    for (size_t i = 0; i < model->instance_type_count + model->fraction_count; i++) {
        const struct gpu_instance_type *type = &model->instance_types[i];
        struct instance instance = instance_of(type);

        if (gpus->type_count == POOL_TYPES_MAX || !visit_requirements(pool, type_matches, &instance))
            continue;

        if (type->gpu_count == 0) {
            if (gpus->fraction_count < POOL_FRACTIONS_MAX)
                gpus->fractions[gpus->fraction_count++] = type;
            gpus->fraction_model = model;
            continue;
        }

        gpus->types[gpus->type_count++] = type;
        gpus->several |= gpus->model && gpus->model != model;
        if (!gpus->model)
            gpus->model = model;
    }
}

void pool_gpus_find(const struct migration *migration, const json_t *pool, struct pool_gpus *ret_gpus)
{
    struct names names = {.gpus = migration->gpus};
    *ret_gpus = (struct pool_gpus){.why_unknown = "its requirements do not determine its instance types"};
    (void)visit_requirements(pool, note_names, &names);
    ret_gpus->open = !names.narrow;
    if (ret_gpus->open)
        return;

    for (size_t i = 0; i < migration->gpus->model_count; i++)
        add_types(&migration->gpus->models[i], pool, ret_gpus);
    bool fraction = ret_gpus->fraction_count > 0;
    ret_gpus->unlisted = names.unlisted;
    ret_gpus->without_gpu = !ret_gpus->model && !fraction && names.without_gpu;
    ret_gpus->why_unknown = ret_gpus->model ? NULL
                            : fraction      ? "its instance types have a share of a GPU, which Karpenter does not count"
                            : names.without_gpu ? "its instance types have no NVIDIA GPU"
                            : names.unlisted    ? "its instance types are not in the GPU table, so its GPU is not known"
                                                : "no instance type of the GPU table meets its requirements";
}

const struct offer *slicing_offer(const struct slicing *slicing, const char *resource)
{
    for (size_t i = 0; i < slicing->offer_count; i++) {
        if (strcmp(slicing->offers[i].resource, resource) == 0)
            return &slicing->offers[i];
    }
    return NULL;
}

void slicing_add_offer(struct slicing *slicing, const char *profile, bool rename, int64_t per_gpu)
{
    struct offer *offer = &slicing->offers[slicing->offer_count++];
    gpu_resource_name(profile, rename, offer->resource);
    offer->per_gpu = per_gpu;
}

/* Returns the number of shares into which the configuration divides the resource, or 0. */
static int64_t shares_of(const struct plugin_config *config, const char *resource)
{
    return config ? json_integer_value(json_object_get(config->shares, resource)) : 0;
}

/* The operator passes its own strategy to the device plugin, unless it is empty. */
static bool is_single(const struct migration *migration, const struct plugin_config *config)
{
    const char *strategy = migration->mig_strategy && *migration->mig_strategy ? migration->mig_strategy
                           : config                                            ? config->strategy
                                                                               : "mixed";
    return strcmp(strategy, "single") == 0;
}

static void slice_by_mig(const struct migration *migration, const struct pool_gpus *gpus, const char *name,
                         const struct plugin_config *config, struct slicing *slicing)
{
    slicing->kind = SLICING_MIG;
    slicing->single = is_single(migration, config);

    if (!gpus->model)
        slicing->why_unknown = gpus->why_unknown;
    else if (gpus->several)
        slicing->why_unknown = "it can have several kinds of GPU";
    else if (gpus->model->profile_count == 0)
        slicing->why_unknown =
            "its GPU does not support MIG: share it by time-slicing or MPS, or choose instance types "
            "with one that does (gpuslice gpu list)";
    else if (!mig_layout_find(gpus->model, name, migration->mig_layouts, &slicing->layout))
        slicing->why_unknown = "that MIG configuration is not known for its GPU";

    if (slicing->why_unknown)
        return;

    for (size_t i = 0; i < slicing->layout.count; i++) {
        char resource[GPU_RESOURCE_SIZE];
        const char *profile = slicing->single ? NULL : slicing->layout.entries[i].profile->name;
        gpu_resource_name(profile, false, resource);
        int64_t shares = shares_of(config, resource);
        if (shares > 0)
            slicing->replicas = shares;
        slicing_add_offer(slicing, profile, shares > 0 && config->rename,
                          slicing->layout.entries[i].count * (shares > 0 ? shares : 1));
        if (slicing->single)
            break; /* all devices have one name; if the layout has several profiles, the device plugin fails */
    }
}

bool pool_is_bottlerocket(const struct pool_draft *pool)
{
    const json_t *spec = pool->node_class ? json_object_get(pool->node_class->value, "spec") : NULL;
    const char *alias = tree_text(json_array_get(json_object_get(spec, "amiSelectorTerms"), 0), "alias");
    const char *family = tree_text(spec, "amiFamily");
    return (alias && text_begins(alias, "bottlerocket@")) || (family && strcmp(family, "Bottlerocket") == 0);
}

/* Bottlerocket fills each GPU with devices of one profile, and calls them nvidia.com/gpu. */
static void slice_by_profile(const struct pool_gpus *gpus, const struct bottlerocket_settings *settings,
                             struct slicing *slicing)
{
    const char *model = gpus->model ? gpus->model->bottlerocket_model : NULL;
    const char *name = model ? bottlerocket_profile(settings, model) : NULL;
    const struct mig_profile *profile = name ? gpu_profile(gpus->model, name) : NULL;
    slicing->kind = SLICING_MIG;
    slicing->single = true;
    if (gpus->several)
        slicing->why_unknown = "it can have several kinds of GPU";
    else if (profile && !profile->on_bottlerocket)
        slicing->why_unknown = "Bottlerocket's MIG manager makes no instances of that profile on its GPU, but one of "
                               "the whole GPU";
    else if (profile)
        slicing->layout = (struct layout){.entries = {{profile, profile->max_instances}}, .count = 1};
    else
        slicing->why_unknown = "the user data of its Bottlerocket nodes has no MIG profile for its GPU";
}

/* The shares of a GPU or MIG device are .shared unless the settings say otherwise. */
static void slice_by_user_data(const struct pool_draft *pool, const struct pool_gpus *gpus, struct slicing *slicing)
{
    struct bottlerocket_settings settings = {0};
    const char *text = tree_text(json_object_get(pool->node_class->value, "spec"), "userData");
    if (text && !bottlerocket_read(text, &settings))
        slicing->why_unknown = "the user data of its Bottlerocket nodes is not TOML";
    else if (settings.replicas == BOTTLEROCKET_UNREADABLE)
        slicing->why_unknown = "the user data of its Bottlerocket nodes has replicas that are not a number";
    if (slicing->why_unknown)
        return;

    if (settings.partitioned)
        slice_by_profile(gpus, &settings, slicing);
    else if (settings.sharing != BOTTLEROCKET_WHOLE)
        slicing->kind = SLICING_SHARED;
    if (settings.sharing != BOTTLEROCKET_WHOLE) {
        slicing->mps = settings.sharing == BOTTLEROCKET_MPS;
        slicing->rename = settings.rename;
        slicing->replicas = settings.replicas;
    }
    int64_t devices = slicing->layout.count > 0 ? slicing->layout.entries[0].count : 1;
    slicing_add_offer(slicing, NULL, slicing->rename, devices * slicing->replicas);
}

void pool_slicing(const struct migration *migration, const struct pool_draft *pool, const struct pool_gpus *gpus,
                  struct slicing *ret_slicing)
{
    const json_t *labels = tree_get(pool->out->value, POOL_LABELS);
    const char *mig = tree_text(labels, LABEL_MIG_CONFIG);
    const char *key = tree_text(labels, LABEL_PLUGIN_CONFIG);
    const struct plugin_config *config = plugin_config_find(migration, key);
    struct slicing slicing = {.kind = SLICING_NONE, .replicas = 1};

    if (pool_is_bottlerocket(pool)) {
        slice_by_user_data(pool, gpus, &slicing);
    } else if (mig && strcmp(mig, MIG_CONFIG_NONE) != 0) {
        slice_by_mig(migration, gpus, mig, config, &slicing);
    } else if (shares_of(config, GPU_RESOURCE_WHOLE) > 0) {
        slicing.kind = SLICING_SHARED;
        slicing.mps = config->mps;
        slicing.rename = config->rename;
        slicing.replicas = shares_of(config, GPU_RESOURCE_WHOLE);
        slicing_add_offer(&slicing, NULL, config->rename, slicing.replicas);
    } else {
        if (key && !config && !pool->current) /* NodeOverlays of today can show it (policy_slicing()) */
            slicing.why_unknown = "the input has no configuration with the key that its label " LABEL_PLUGIN_CONFIG
                                  " or the default of NVIDIA's chart names";
        slicing_add_offer(&slicing, NULL, false, 1);
    }

    slicing.packed = !pool_is_bottlerocket(pool) && config && config->packed && slicing.replicas > 1;
    *ret_slicing = slicing;
}
