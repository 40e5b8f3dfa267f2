/* Checks configs of mig-parted, which rejects unknown fields, and compares them with the GPUs of the NodePools that
 * select them. Source: NVIDIA/mig-parted v0.15.0 api/spec/v1/spec.go. */
#include "base/text.h"
#include "lint/check/check.h"
#include "nvidia/fields.h"

#include <stdio.h>
#include <string.h>

/* -- Form -- */

static void check_document(struct lint *lint, struct node root, const char *title)
{
    struct node version = node_member(root, "version");
    struct node configs = node_member(root, "mig-configs");

    if (strcmp(node_text(version), "v1") != 0)
        SAY(lint, RULE_MIG_VERSION, version, title, "version %s",
            version.value ? "must be the string v1" : "is missing; it must be the string v1");
    if (json_is_object(configs.value) && !node_member(configs, MIG_CONFIG_NONE).value)
        SAY(lint, RULE_MIG_ALL_DISABLED_MISSING, configs, title,
            "has no config all-disabled, which the operator gives to every node without a config of its own");

    NODE_MEMBERS(root, member) {
        if (strcmp(member.key, "version") != 0 && strcmp(member.key, "mig-configs") != 0)
            SAY_KEY(lint, RULE_MIG_UNKNOWN_FIELD, member, title,
                    "unknown field \"%s\"; known are version and mig-configs", member.key);
    }
}

/* mig-manager reads only the key config.yaml. */
void lint_check_mig_key(struct lint *lint, const struct manifest *object, const char *title)
{
    struct node data = node_member(object->node, "data");
    if (!object_is(object, CONFIG_MAP_KIND))
        return;

    for (size_t i = 0; i < lint->model.operator_count; i++) {
        if (strcmp(lint->model.operators[i].mig_config, object->name) == 0 && !node_member(data, "config.yaml").value)
            SAY(lint, RULE_MIG_CONFIG_KEY, data, title, "has no key config.yaml, the only one that mig-manager reads");
    }

    NODE_MEMBERS(data, text) {
        if (strstr(node_text(text), "mig-configs") && strcmp(text.key, "config.yaml") != 0)
            SAY_KEY(lint, RULE_MIG_CONFIG_KEY, text, title,
                    "the key must be config.yaml, not \"%s\"; mig-manager reads no other", text.key);
    }
}

/* -- One config -- */

static bool devices_is_fine(struct node devices)
{
    if (strcmp(node_text(devices), "all") == 0)
        return true;
    NODE_ELEMENTS(devices, element) {
        if (!json_is_integer(element.value))
            return false;
    }
    return json_is_array(devices.value) && node_count(devices) > 0;
}

static void check_entry(struct lint *lint, const struct mig_config *config, const struct mig_entry *entry)
{
    struct node devices = node_member(entry->node, "devices");
    fields_check(lint, entry->node, fields_mig, config->title, RULE_MIG_UNKNOWN_FIELD);
    if (devices.value && !devices_is_fine(devices))
        SAY(lint, RULE_FIELD_INVALID, devices, config->title, "config %s: devices must be all or a list of GPU indices",
            config->name);
    if (entry->enabled && !entry->devices.value)
        SAY(lint, RULE_FIELD_MISSING, entry->node, config->title,
            "config %s: mig-devices is missing where mig-enabled is true", config->name);
    if (!entry->enabled && node_count(entry->devices) > 0)
        SAY(lint, RULE_FIELD_INVALID, entry->devices, config->title,
            "config %s: mig-devices must be empty where mig-enabled is false", config->name);
}

static void check_disabled(struct lint *lint, const struct mig_config *config)
{
    if (strcmp(config->name, MIG_CONFIG_NONE) != 0)
        return;
    bool fine = config->entry_count == 1 && !config->entries[0].enabled &&
                strcmp(node_text(node_member(config->entries[0].node, "devices")), "all") == 0;
    if (!fine)
        SAY(lint, RULE_MIG_ALL_DISABLED_MISSING, config->node, config->title,
            "its config all-disabled does not turn MIG off on all GPUs");
}

static void check_form(struct lint *lint, const struct mig_config *config)
{
    if (config->entry_count == 0)
        SAY(lint, RULE_FIELD_INVALID, config->node, config->title, "config %s must be a list with at least one entry",
            config->name);
    for (size_t i = 0; i < config->entry_count; i++)
        check_entry(lint, config, &config->entries[i]);
    check_disabled(lint, config);
}

/* -- Against GPUs -- */

static void check_fit(struct lint *lint, const struct mig_config *config, const struct mig_entry *entry,
                      const struct gpu_model *gpu)
{
    struct layout layout = {0};
    struct err err;
    bool known = true;

    NODE_MEMBERS(entry->devices, value) {
        int64_t count = 0;
        const char *name = value.key;
        if (layout.count == LAYOUT_ENTRIES_MAX)
            break;
        const struct mig_profile *profile = gpu_profile(gpu, name);
        if (!profile)
            SAY_KEY(lint, RULE_MIG_PROFILE_UNKNOWN, value, config->title, "config %s: %s has no MIG profile %s",
                    config->name, gpu->product, name);
        known = known && profile;
        if (!node_integer(value, &count) || count < 0 || count > 64) {
            SAY(lint, RULE_FIELD_INVALID, value, config->title, "config %s: the number of %s must be from 0 to 64",
                config->name, name);
            return;
        }
        if (profile && count > 0)
            layout.entries[layout.count++] = (struct layout_entry){profile, (unsigned)count};
    }

    if (known && layout.count > 0 && layout_check(gpu, &layout, &err) < 0)
        SAY(lint, RULE_MIG_LAYOUT_DOES_NOT_FIT, entry->devices, config->title, "config %s on %s: %s", config->name,
            gpu->product, err.text);
}

static void check_against_gpu(struct lint *lint, const struct mig_config *config)
{
    const struct gpu_model *gpu = model_gpu_of(&lint->model, config);
    for (size_t i = 0; gpu && i < config->entry_count; i++) {
        if (config->entries[i].enabled && !config->entries[i].filtered)
            check_fit(lint, config, &config->entries[i], gpu);
    }
}

/* -- Against the SlicePool -- */

static void check_slices(struct lint *lint, const struct mig_config *config, const struct pool *pool)
{
    for (size_t i = 0; i < pool->layout.count; i++) {
        const struct layout_entry *entry = &pool->layout.entries[i];
        int64_t count = 0;
        struct node found = node_member(config->entries[0].devices, entry->profile->name);
        (void)node_integer(found, &count);
        if (count != (int64_t)entry->count)
            SAY(lint, RULE_MIG_CONFIG_DIFFERS, found, config->title,
                "config %s makes %lld of %s, but SlicePool \"%s\" has %u", config->name, (long long)count,
                entry->profile->name, pool->name, entry->count);
    }

    if (config->entries[0].gpus > 0)
        SAY(lint, RULE_MIG_CONFIG_DIFFERS, node_member(config->entries[0].node, "devices"), config->title,
            "config %s is for %lld of a node's GPUs, but SlicePool \"%s\" partitions all of them", config->name,
            (long long)config->entries[0].gpus, pool->name);
}

/* True if the setting is the profile, or the number of slices, which Bottlerocket also accepts. */
static bool is_same_slices(const char *setting, const struct layout_entry *entry)
{
    char count[16];
    (void)snprintf(count, sizeof(count), "%u", entry->count);
    return text_is_any(setting, WORDS(entry->profile->name, count));
}

/* Compares the MIG layout of Bottlerocket, whose MIG manager reads the node's settings instead of a config. */
static void check_bottlerocket(struct lint *lint, const struct node_pool *node_pool)
{
    const struct pool *pool = node_pool->slice_pool;
    const struct bottlerocket_settings *settings = node_pool->settings;
    if (pool_is_mig(pool) != settings->partitioned) {
        SAY(lint, RULE_MIG_CONFIG_DIFFERS, node_pool->user_data, node_pool->title,
            "the settings of its Bottlerocket nodes turn MIG %s, but SlicePool \"%s\" %s",
            settings->partitioned ? "on" : "off", pool->name, settings->partitioned ? "does not use MIG" : "uses MIG");
        return;
    }
    if (!settings->partitioned)
        return;

    const char *model = pool->gpu->bottlerocket_model;
    const char *profile = model ? bottlerocket_profile(settings, model) : NULL;
    if (!model)
        SAY(lint, RULE_MIG_CONFIG_DIFFERS, node_pool->user_data, node_pool->title,
            "Bottlerocket's MIG manager does not know the %s of SlicePool \"%s\"", pool->gpu->id, pool->name);
    else if (!profile)
        SAY(lint, RULE_MIG_CONFIG_DIFFERS, node_pool->user_data, node_pool->title,
            "the settings of its Bottlerocket nodes name no MIG profile for \"%s\", so each GPU becomes one slice",
            model);
    else if (!is_same_slices(profile, &pool->layout.entries[0]))
        SAY(lint, RULE_MIG_CONFIG_DIFFERS, node_pool->user_data, node_pool->title,
            "its Bottlerocket nodes fill the GPUs with %s, but SlicePool \"%s\" has %s", profile, pool->name,
            pool->layout.entries[0].profile->name);
}

void lint_check_mig_layout(struct lint *lint, const struct node_pool *node_pool)
{
    if (node_pool->slice_pool && node_pool->settings)
        check_bottlerocket(lint, node_pool);
    const struct pool *pool = node_pool->slice_pool;
    const struct mig_config *config = node_pool->mig;
    bool any = false;
    for (size_t i = 0; config && i < config->entry_count; i++)
        any = any || config->entries[i].enabled;
    if (!pool || !config)
        return;
    if (pool_is_mig(pool) && !any)
        SAY(lint, RULE_MIG_CONFIG_DIFFERS, config->node, config->title,
            "config %s leaves MIG off, but SlicePool \"%s\" uses MIG", config->name, pool->name);
    if (config->entry_count == 1 && any)
        check_slices(lint, config, pool);
}

void lint_check_mig(struct lint *lint)
{
    for (size_t i = 0; i < lint->model.mig_document_count; i++)
        check_document(lint, lint->model.mig_documents[i].root, lint->model.mig_documents[i].title);
    for (size_t i = 0; i < lint->model.mig_count; i++) {
        check_form(lint, &lint->model.migs[i]);
        check_against_gpu(lint, &lint->model.migs[i]);
    }
}
