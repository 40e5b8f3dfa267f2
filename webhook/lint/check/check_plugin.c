/* Checks configs of NVIDIA's device plugin. The plugin ignores unknown fields, so they are reported here. Source:
 * k8s-device-plugin v0.20.0, api/config/v1/{config,flags,sharing,replicas}.go, internal/rm, internal/plugin. */
#include "base/text.h"
#include "core/keyvalue.h"
#include "lint/check/check.h"
#include "nvidia/fields.h"

#include <string.h>

/* -- Form -- */

static void check_form(struct lint *lint, const struct plugin_config *config)
{
    if (config->fault) {
        SAY(lint, RULE_CONFIG_UNREADABLE, config->text, config->title, "the value of its key %s is not YAML: %s",
            config->text.key, config->fault);
        return;
    }

    if (name_label_value_fault(config->key) || !*config->key)
        SAY_KEY(lint, RULE_DEVICE_PLUGIN_KEY_INVALID, config->text, config->title,
                "the key \"%s\" cannot be the value of a node label, by which nodes select a config", config->key);
    if (!config->root.value)
        return;
    struct node version = node_member(config->root, "version");
    if (strcmp(node_text(version), "v1") != 0)
        SAY(lint, RULE_DEVICE_PLUGIN_VERSION, version, config->title, "config %s: version %s", config->key,
            version.value ? "must be the string v1" : "is missing; it must be the string v1");
    fields_check(lint, config->root, fields_plugin, config->title, RULE_DEVICE_PLUGIN_UNKNOWN_FIELD);
}

/* -- Sharing -- */

static void check_share(struct lint *lint, const struct plugin_config *config, const struct plugin_share *share)
{
    struct node replicas = node_member(share->node, "replicas");
    const struct gpu_model *gpu = model_gpu_of(&lint->model, config);
    int64_t most = gpu ? gpu->mps_max_replicas : 48;

    if (!json_is_integer(replicas.value) || share->replicas < 2)
        SAY(lint, RULE_DEVICE_PLUGIN_REPLICAS, replicas.value ? replicas : share->node, config->title,
            "config %s: replicas of %s %s", config->key, share->resource,
            replicas.value ? "is not a whole number from 2" : "is missing; it must be a whole number from 2");
    else if (config->sharing == PLUGIN_MPS && share->replicas > most)
        SAY(lint, RULE_DEVICE_PLUGIN_MPS_LIMITS, replicas, config->title,
            "config %s: %lld clients of MPS; %s%s takes %lld at most", config->key, (long long)share->replicas,
            gpu ? "the " : "a GPU", gpu ? gpu->product : "", (long long)most);

    if (config->sharing == PLUGIN_MPS && text_begins(share->resource, MIG_RESOURCE_PREFIX))
        SAY(lint, RULE_DEVICE_PLUGIN_MPS_LIMITS, share->node, config->title,
            "config %s: MPS on MIG devices (%s) is not supported", config->key, share->resource);

    struct node rename = node_member(share->node, "rename");
    struct node devices = node_member(share->node, "devices");
    if (rename.value)
        SAY_KEY(lint, RULE_DEVICE_PLUGIN_FIELD_IGNORED, rename, config->title,
                "config %s: the plugin ignores rename and logs a warning; only renameByDefault changes the name (to "
                "%s.shared)",
                config->key, share->resource);
    if (devices.value && strcmp(node_text(devices), "all") != 0)
        SAY_KEY(lint, RULE_DEVICE_PLUGIN_FIELD_IGNORED, devices, config->title,
                "config %s: the plugin ignores devices and logs a warning; the sharing applies to all GPUs of the node",
                config->key);
}

static void check_sharing(struct lint *lint, const struct plugin_config *config)
{
    static const char *const keys[] = {"timeSlicing", "mps"};
    struct node sharing = node_member(config->root, "sharing");
    struct node own = node_member(sharing, keys[config->sharing == PLUGIN_MPS]);
    struct node fail = node_member(own, "failRequestsGreaterThanOne");

    if (node_member(sharing, "mps").value && node_member(sharing, "timeSlicing").value)
        SAY_KEY(lint, RULE_DEVICE_PLUGIN_BOTH_SHARERS, node_member(sharing, "timeSlicing"), config->title,
                "config %s has both mps and timeSlicing; MPS takes precedence without a message", config->key);
    if (config->sharing == PLUGIN_WHOLE)
        return;
    if (config->share_count == 0)
        SAY(lint, RULE_DEVICE_PLUGIN_NO_RESOURCES, own, config->title,
            "config %s shares no resource; the plugin ends with \"no resources specified\"", config->key);
    for (size_t i = 0; i < config->share_count; i++)
        check_share(lint, config, &config->shares[i]);

    if (config->allows_more)
        SAY(lint, RULE_DEVICE_PLUGIN_ALLOWS_MORE, fail.value ? fail : own, config->title,
            "config %s: failRequestsGreaterThanOne is %s, so a container may ask for several shares, although these "
            "give it no more of the GPU than one share",
            config->key, fail.value ? "false" : "not set");

    if (config->sharing == PLUGIN_MPS && strcmp(config->strategy, "mixed") == 0)
        SAY(lint, RULE_DEVICE_PLUGIN_MPS_LIMITS, node_find(config->root, PATH("flags", "migStrategy")), config->title,
            "config %s: MPS with migStrategy mixed is not supported", config->key);
}

/* -- Selection -- */

static bool is_read(const struct lint *lint, const struct plugin_config *config)
{
    if (!plugin_is_mounted(&lint->model, config))
        return false;
    for (size_t i = 0; i < lint->model.operator_count; i++) {
        if (strcmp(lint->model.operators[i].plugin_default, config->key) == 0)
            return true;
    }
    FOREACH_NODE_POOL(&lint->model, node_pool) {
        const char *label = node_text(node_member(node_pool->labels, LABEL_PLUGIN_CONFIG));
        if (strcmp(label, config->key) == 0)
            return true;
    }
    return false;
}

/* The operator disables the fallbacks of the plugin, so neither a key named `default` nor a single key is used unless
 * it is selected. */
static void check_selected(struct lint *lint, const struct plugin_config *config)
{
    if (lint->model.node_pool_count == 0 || config->sharing == PLUGIN_WHOLE || is_read(lint, config))
        return;
    SAY_KEY(lint, RULE_DEVICE_PLUGIN_NOT_SELECTED, config->text, config->title, "config \"%s\" is never applied: %s",
            config->key,
            plugin_is_mounted(&lint->model, config)
                ? "no NodePool has the label nvidia.com/device-plugin.config with that value, and no values of the GPU "
                  "Operator name it in devicePlugin.config.default"
                : "the operator reads another ConfigMap");
}

/* -- Registered resources -- */

static void check_registered(struct lint *lint, const struct node_pool *node_pool, const struct machine *machine)
{
    struct amounts expected;
    if (!machine->registered_known || !machine->type.type)
        return;
    if (machine->type.type->gpu_count == 0 && !pool_has_fractions(node_pool->slice_pool))
        return;

    pool_amounts(node_pool->slice_pool, gpu_instance_devices(machine->type.type), &expected);
    const struct plugin_config *plugin = node_pool->plugin;

    struct node node = plugin ? plugin->text : node_pool->labels;
    const char *title = plugin ? plugin->title : node_pool->title;
    for (size_t i = 0; i < expected.count; i++) {
        const struct amount *amount = &expected.items[i];
        int64_t count = amounts_get(&machine->registered, amount->resource);
        if (count != amount->count)
            SAY_KEY(lint, RULE_REGISTERED_DIFFERS, node, title,
                    "%s of %s will offer %lld %s; SlicePool \"%s\" says %lld", machine->type.name, node_pool->title,
                    (long long)count, amount->resource, node_pool->slice_pool->name, (long long)amount->count);
    }

    for (size_t i = 0; i < machine->registered.count; i++) {
        const struct amount *amount = &machine->registered.items[i];
        if (amount->count > 0 && amounts_get(&expected, amount->resource) == 0)
            SAY_KEY(lint, RULE_REGISTERED_DIFFERS, node, title,
                    "%s of %s will offer %lld %s, which SlicePool \"%s\" does not have", machine->type.name,
                    node_pool->title, (long long)amount->count, amount->resource, node_pool->slice_pool->name);
    }
}

/* Compares the kind of sharing, which the amounts do not show: time slices and MPS shares have the same resource name.
 */
static void check_sharing_matches(struct lint *lint, const struct node_pool *node_pool)
{
    static const enum plugin_sharing sharings[] = {[SHARING_WHOLE] = PLUGIN_WHOLE,
                                                   [SHARING_TIME_SLICING] = PLUGIN_TIME_SLICING,
                                                   [SHARING_MPS] = PLUGIN_MPS,
                                                   [SHARING_MIG] = PLUGIN_WHOLE,
                                                   [SHARING_MIG_TIME_SLICING] = PLUGIN_TIME_SLICING};
    static const char *const names[] = {"not shared", "time-sliced", "shared by MPS"};
    const struct plugin_config *plugin = node_pool->plugin;
    enum plugin_sharing wanted = sharings[node_pool->slice_pool->sharing];
    if (plugin && plugin->sharing != wanted)
        SAY_KEY(lint, RULE_REGISTERED_DIFFERS, plugin->text, plugin->title,
                "GPUs of %s will be %s, but according to SlicePool \"%s\" they are %s", node_pool->title,
                names[plugin->sharing], node_pool->slice_pool->name, names[wanted]);
}

void lint_check_plugin(struct lint *lint)
{
    for (size_t i = 0; i < lint->model.plugin_count; i++) {
        check_form(lint, &lint->model.plugins[i]);
        check_sharing(lint, &lint->model.plugins[i]);
        check_selected(lint, &lint->model.plugins[i]);
    }
}

void lint_check_registered(struct lint *lint, const struct node_pool *node_pool)
{
    if (!node_pool->slice_pool)
        return;
    check_sharing_matches(lint, node_pool);
    FOREACH_MACHINE(node_pool, machine) {
        check_registered(lint, node_pool, machine);
    }
}
