/* Determines what NVIDIA's software does on nodes, from values of the GPU Operator, and configs of the device plugin
 * and of mig-parted.
 *
 * A ConfigMap can have any name, so it is recognised if the operator's values name it, if it has the name that
 * `gpuslice render` uses, or by its text. */
#include "base/text.h"
#include "lint/model/model.h"

#include <stdio.h>
#include <string.h>

/* -- The operator's values -- */

/* True if the values seem to be those of the operator. Other charts also have values named mig. */
static bool looks_like_operator(struct node values)
{
    return json_is_object(node_member(values, "devicePlugin").value) ||
           json_is_object(node_member(values, "migManager").value) ||
           json_is_string(node_find(values, PATH("mig", "strategy")).value);
}

/* Finds the values of the operator; returns false if the object has none. The spec of a ClusterPolicy has the same
 * fields as the values of the chart. A values file can belong to the chart, or to one that depends on it. */
static bool find_values(const struct manifest *object, struct node *ret_values)
{
    struct node inner = node_member(object->node, "gpu-operator");
    if (object_is(object, CLUSTER_POLICY_KIND))
        *ret_values = node_member(object->node, "spec");
    else if (*object->kind || *object->api_version)
        return false;
    else
        *ret_values = inner.value ? inner : object->node;
    return looks_like_operator(*ret_values);
}

void model_read_operator(struct model *model, const struct manifest *object)
{
    struct node values;
    if (!find_values(object, &values))
        return;

    struct operator_values *op = ARENA_PUSH(&model->arena, model->operators, model->operator_count);
    if (!op)
        return;

    struct node strategy = node_find(values, PATH("mig", "strategy"));
    *op = (struct operator_values){
        .node = values,
        .title = *object->kind ? object_title(&model->arena, object) : "GPU Operator values",
        .plugin_config = node_text(node_find(values, PATH("devicePlugin", "config", "name"))),
        .plugin_default = node_text(node_find(values, PATH("devicePlugin", "config", "default"))),
        .mig_config = node_text(node_find(values, PATH("migManager", "config", "name"))),
        .strategy = node_text(strategy),
        .has_strategy = strategy.value != NULL,
    };
}

/* -- Device plugin configs -- */

static void read_shares(struct model *model, struct plugin_config *config, struct node sharing)
{
    struct node resources = node_member(sharing, "resources");
    config->rename = json_is_true(node_member(sharing, "renameByDefault").value);
    NODE_ELEMENTS(resources, element) {
        struct plugin_share *share = ARENA_PUSH(&model->arena, config->shares, config->share_count);
        if (!share)
            return;
        share->node = element;
        const char *name = node_text(node_member(share->node, "name"));
        text_printf(share->resource, sizeof(share->resource), "%s%.50s", strchr(name, '/') ? "" : NVIDIA_PREFIX, name);
        (void)node_integer(node_member(share->node, "replicas"), &share->replicas);
    }
}

/* Reads sharing and strategy. MPS takes precedence if both kinds of sharing are written (config/v1/sharing.go). */
static void read_plugin(struct model *model, struct plugin_config *config)
{
    struct node mps = node_find(config->root, PATH("sharing", "mps"));
    struct node slicing = node_find(config->root, PATH("sharing", "timeSlicing"));
    struct node sharing = mps.value ? mps : slicing;
    struct node fail = node_member(sharing, "failRequestsGreaterThanOne");
    config->strategy = node_text(node_find(config->root, PATH("flags", "migStrategy")));
    config->sharing = mps.value ? PLUGIN_MPS : slicing.value ? PLUGIN_TIME_SLICING : PLUGIN_WHOLE;
    config->allows_more = fail.value ? !json_is_true(fail.value) : !mps.value;
    read_shares(model, config, sharing);
}

static void add_plugin(struct model *model, const struct manifest *object, const char *title, const char *key,
                       struct node text, struct node root, const char *fault)
{
    struct plugin_config *config = ARENA_PUSH(&model->arena, model->plugins, model->plugin_count);
    if (!config)
        return;
    *config = (struct plugin_config){
        .object = object, .title = title, .key = key, .text = text, .root = root, .fault = fault, .strategy = ""};
    read_plugin(model, config);
}

/* True if the config is in the ConfigMap that the operator reads. If the operator names no ConfigMap, or one that is
 * not among the manifests, every ConfigMap counts. */
bool plugin_is_mounted(const struct model *model, const struct plugin_config *config)
{
    const char *name = model->operator_count > 0 ? model->operators[0].plugin_config : "";
    bool there = false;
    for (size_t i = 0; i < model->plugin_count; i++)
        there = there || strcmp(model->plugins[i].object->name, name) == 0;
    return !*name || !there || strcmp(config->object->name, name) == 0;
}

const struct plugin_config *model_plugin(const struct model *model, const char *key)
{
    for (size_t i = 0; i < model->plugin_count; i++) {
        if (strcmp(model->plugins[i].key, key) == 0 && plugin_is_mounted(model, &model->plugins[i]))
            return &model->plugins[i];
    }
    return NULL;
}

/* -- mig-parted configs -- */

static void add_mig_entry(struct model *model, struct mig_config *config, struct node node)
{
    struct mig_entry *entry = ARENA_PUSH(&model->arena, config->entries, config->entry_count);
    if (!entry)
        return;
    struct node devices = node_member(node, "devices");
    *entry = (struct mig_entry){
        .node = node,
        .devices = node_member(node, "mig-devices"),
        .enabled = json_is_true(node_member(node, "mig-enabled").value),
        .filtered = node_member(node, "device-filter").value != NULL,
        .gpus = json_is_array(devices.value) ? (int64_t)node_count(devices) : 0,
    };
}

static void add_mig(struct model *model, const struct manifest *object, const char *title, struct node root)
{
    struct node configs = node_member(root, "mig-configs");
    struct mig_document *document = ARENA_PUSH(&model->arena, model->mig_documents, model->mig_document_count);
    if (document)
        *document = (struct mig_document){root, title};

    NODE_MEMBERS(configs, node) {
        struct mig_config *config = ARENA_PUSH(&model->arena, model->migs, model->mig_count);
        if (!config)
            return;
        *config = (struct mig_config){.object = object, .title = title, .node = node, .name = node.key};
        NODE_ELEMENTS(node, entry) {
            add_mig_entry(model, config, entry);
        }
    }
}

const struct mig_config *model_mig(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->mig_count; i++) {
        if (strcmp(model->migs[i].name, name) == 0)
            return &model->migs[i];
    }
    return NULL;
}

const struct gpu_model *model_gpu_of(const struct model *model, const void *config)
{
    FOREACH_NODE_POOL(model, node_pool) {
        bool applies = node_pool->plugin == config || node_pool->mig == config;
        FOREACH_MACHINE(node_pool, machine) {
            if (applies && machine->type.gpu)
                return machine->type.gpu;
        }
    }
    return NULL;
}

/* -- ConfigMaps -- */

enum purpose { PURPOSE_NONE, PURPOSE_PLUGIN, PURPOSE_MIG };

static enum purpose purpose_by_name(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->operator_count; i++) {
        if (*name && strcmp(model->operators[i].plugin_config, name) == 0)
            return PURPOSE_PLUGIN;
        if (*name && strcmp(model->operators[i].mig_config, name) == 0)
            return PURPOSE_MIG;
    }
    if (strcmp(name, PLUGIN_CONFIG_NAME) == 0)
        return PURPOSE_PLUGIN;
    return strcmp(name, MIG_CONFIG_NAME) == 0 ? PURPOSE_MIG : PURPOSE_NONE;
}

static enum purpose purpose_by_text(const char *text)
{
    if (strstr(text, "mig-configs"))
        return PURPOSE_MIG;
    return strstr(text, "timeSlicing") || strstr(text, "migStrategy") || strstr(text, "renameByDefault")
               ? PURPOSE_PLUGIN
               : PURPOSE_NONE;
}

static int read_value(struct model *model, struct sources *sources, const struct manifest *object, const char *title,
                      const char *key, struct node text, enum purpose purpose, struct err *err)
{
    const char *fault = NULL;
    struct node root = {.document = text.document, .mark = text.mark};

    if (purpose == PURPOSE_NONE)
        purpose = purpose_by_text(node_text(text));
    if (purpose == PURPOSE_NONE)
        return 0;

    if (sources_embed(sources, object, text, &root, err) < 0) {
        if (err->code != ERR_INVALID)
            return -1;
        fault = arena_printf(&model->arena, "%s", err->text);
    }

    if (purpose == PURPOSE_PLUGIN)
        add_plugin(model, object, title, key, text, root, fault);
    else if (!fault)
        add_mig(model, object, title, root);
    else /* recorded for the rule about unreadable configs */
        add_plugin(model, object, title, "", text, root, fault);

    return 0;
}

static int read_map(struct model *model, struct sources *sources, const struct manifest *object, const char *title,
                    struct node data, enum purpose purpose, struct err *err)
{
    NODE_MEMBERS(data, text) {
        if (json_is_string(text.value) && read_value(model, sources, object, title, text.key, text, purpose, err) < 0)
            return -1;
    }
    return 0;
}

int model_read_data(struct model *model, struct sources *sources, const struct manifest *object, struct err *err)
{
    if (object_is(object, CONFIG_MAP_KIND))
        return read_map(model, sources, object, object_title(&model->arena, object), node_member(object->node, "data"),
                        purpose_by_name(model, object->name), err);

    for (size_t i = 0; i < model->operator_count; i++) {
        const struct operator_values *op = &model->operators[i];
        if (op->node.value != object->node.value || op->node.document != object->node.document)
            continue;
        struct node plugin = node_find(op->node, PATH("devicePlugin", "config", "data"));
        struct node mig = node_find(op->node, PATH("migManager", "config", "data"));
        if (read_map(model, sources, object, op->title, plugin, PURPOSE_PLUGIN, err) < 0 ||
            read_map(model, sources, object, op->title, mig, PURPOSE_MIG, err) < 0)
            return -1;
    }

    return 0;
}

/* -- Registered resources -- */

/* Returns the MIG strategy: that of the operator (by default single) or, if it is "" or there is no operator, that of
 * the config file (by default none). */
static const char *strategy_of(const struct model *model, const struct plugin_config *plugin)
{
    if (model->operator_count > 0) {
        const struct operator_values *op = &model->operators[0];
        if (!op->has_strategy)
            return "single";
        if (*op->strategy)
            return op->strategy;
    }
    return plugin && *plugin->strategy ? plugin->strategy : "none";
}

/* Multiplies with saturation, so that absurd numbers in a file do not wrap to plausible ones. */
static int64_t times_saturating(int64_t count, int64_t factor)
{
    int64_t product;
    return __builtin_mul_overflow(count, factor, &product) ? INT64_MAX : product;
}

static void register_mig(const struct mig_config *mig, const char *strategy, int64_t gpus, struct amounts *devices)
{
    int64_t whole = gpus;
    bool mixed = strcmp(strategy, "mixed") == 0;

    for (size_t i = 0; i < mig->entry_count; i++) {
        const struct mig_entry *entry = &mig->entries[i];
        int64_t share = entry->gpus > 0 && entry->gpus < gpus ? entry->gpus : gpus;
        if (!entry->enabled)
            continue;
        whole -= share;
        NODE_MEMBERS(entry->devices, device) {
            int64_t count = 0;
            char resource[GPU_RESOURCE_SIZE];
            (void)node_integer(device, &count);
            gpu_resource_name(mixed ? device.key : NULL, false, resource);
            amounts_add(devices, resource, times_saturating(count, share));
        }
    }

    if (whole > 0)
        amounts_add(devices, GPU_RESOURCE_WHOLE, whole);
}

static void share_devices(const struct plugin_config *plugin, const struct amounts *devices, struct amounts *registered)
{
    *registered = *devices;
    for (size_t i = 0; i < plugin->share_count; i++) {
        const struct plugin_share *share = &plugin->shares[i];
        int64_t count = times_saturating(amounts_get(devices, share->resource), share->replicas);
        char name[GPU_RESOURCE_SIZE];
        if (count == 0)
            continue;
        text_printf(name, sizeof(name), "%.55s.shared", share->resource);
        amounts_set(registered, share->resource, plugin->rename ? 0 : count);
        if (plugin->rename)
            amounts_set(registered, name, count);
    }
}

/* False if there are several entries and one of them has a device-filter. */
static bool mig_layout_is_known(const struct mig_config *mig)
{
    for (size_t i = 0; mig && mig->entry_count > 1 && i < mig->entry_count; i++) {
        if (mig->entries[i].filtered)
            return false;
    }
    return true;
}

static bool shares_are_known(const struct plugin_config *plugin)
{
    return plugin && (plugin->share_count == 0 || plugin->shares[0].replicas != REPLICAS_UNKNOWN);
}

static void register_machine(const struct model *model, const struct node_pool *node_pool, struct machine *machine)
{
    struct amounts devices = {0};
    machine->registered_known = machine->type.knowledge != INSTANCE_UNKNOWN;
    if (!machine->type.type)
        return;

    int64_t gpus = gpu_instance_devices(machine->type.type);
    const char *strategy = strategy_of(model, node_pool->plugin);
    if (node_pool->mig && strcmp(strategy, "none") != 0)
        register_mig(node_pool->mig, strategy, gpus, &devices);
    else
        amounts_set(&devices, GPU_RESOURCE_WHOLE, gpus);

    if (node_pool->plugin)
        share_devices(node_pool->plugin, &devices, &machine->registered);
    else
        machine->registered = devices;
}

/* Determines what the machines of the NodePool register, if all configs that decide it are known. A label that names a
 * missing config is reported by another rule. */
static void register_pool(const struct model *model, struct node_pool *node_pool)
{
    const char *key = needs_value(&node_pool->needs, LABEL_PLUGIN_CONFIG);
    const char *name = needs_value(&node_pool->needs, LABEL_MIG_CONFIG);

    if (name)
        node_pool->mig = model_mig(model, name);
    bool known = shares_are_known(node_pool->plugin);
    if (!node_pool->bottlerocket) {
        if (!key && model->operator_count > 0 && *model->operators[0].plugin_default)
            key = model->operators[0].plugin_default;
        node_pool->plugin = key ? model_plugin(model, key) : NULL;
        known = (model->plugin_count > 0 || model->operator_count > 0) && (!key || node_pool->plugin) &&
                (!name || node_pool->mig) && mig_layout_is_known(node_pool->mig);
    }
    for (size_t i = 0; known && i < node_pool->machine_count; i++)
        register_machine(model, node_pool, &node_pool->machines[i]);
}

void model_register(struct model *model)
{
    for (size_t i = 0; i < model->node_pool_count; i++)
        register_pool(model, &model->node_pools[i]);
}
