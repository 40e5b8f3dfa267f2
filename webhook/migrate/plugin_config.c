/* Converts the device plugin's ConfigMap. plugin_sharing.c converts its `sharing`. */
#include "migrate/plugin_config.h"

#include "base/text.h"
#include "base/vec.h"
#include "json/yaml_write.h"
#include "migrate/report/tree.h"
#include "nvidia/fields.h"

#include <stdio.h>
#include <string.h>

enum { CONFIG_MAX = 1 << 20 };

static void rule_data(struct draft *draft, const struct node *node, const struct rule *rule);

static const struct rule map_rules[] = {
    {"apiVersion", rule_carry, "apiVersion", NULL},
    {"kind", rule_carry, "kind", NULL},
    {"metadata.namespace", rule_carry, "metadata.namespace", NULL},
    {"immutable", rule_carry, "immutable", NULL},
    {"binaryData", rule_carry, "binaryData", NULL},
    {"data", rule_data, "data", NULL},
    {0},
};

static void rule_version(struct draft *draft, const struct node *node, const struct rule *rule)
{
    const char *version = json_string_value(node->value);
    (void)rule;
    if (version && strcmp(version, "v1") == 0)
        report_carried(draft->report, node, draft->out->title, "version");
    else
        report_add(draft->report, node, FATE_CHANGED, "v1, the only version that the plugin knows");
}

static const char misplaced[] = "the plugin silently ignores it here; it belongs below sharing.timeSlicing (or "
                                "sharing.mps)";

/* The other fields of the plugin are carried. */
static const struct rule config_rules[] = {
    {"version", rule_version, NULL, NULL},
    {"flags.renameByDefault", rule_lost, NULL, misplaced},
    {"flags.failRequestsGreaterThanOne", rule_lost, NULL, misplaced},
    {"sharing.renameByDefault", rule_lost, NULL, misplaced},
    {"sharing.failRequestsGreaterThanOne", rule_lost, NULL, misplaced},
    {"resources", rule_lost, NULL, "the plugin drops names for resources with a warning"},
    {"sharing.timeSlicing", rule_sharing, "sharing.timeSlicing", NULL},
    {"sharing.mps", rule_sharing, "sharing.mps", NULL},
    {0},
};

static bool looks_like_config(const json_t *value)
{
    return json_object_get(value, "sharing") || tree_get(value, "flags.migStrategy") ||
           (json_object_get(value, "version") && json_object_get(value, "flags"));
}

/* Returns why the device plugin would refuse the text, which is meant for it, or NULL. */
static const char *why_refused(struct migration *migration, const struct source_object *object, struct node text)
{
    static const char *const names[] = {"timeSlicing", "mps", NULL};
    const char *content = json_string_value(text.value);
    struct node root;
    bool parsed = content && work_embedded(migration, object->manifest, text, &root);

    for (size_t i = 0; content && names[i]; i++) {
        if (!parsed && strstr(content, names[i]) && strstr(content, "replicas"))
            return "it shares GPUs, but is not YAML or JSON, so that the device plugin refuses it: not converted";
        if (parsed && json_object_get(root.value, names[i]))
            return "timeSlicing and mps belong below sharing, and the device plugin ignores them here: not converted";
    }
    return NULL;
}

static bool has_config(struct migration *migration, const struct source_object *object)
{
    NODE_MEMBERS(node_member(object->node, "data"), text) {
        struct node root;
        if (work_embedded(migration, object->manifest, text, &root) && looks_like_config(root.value))
            return true;
    }
    return false;
}

struct plugin_config *plugin_config_find(const struct migration *migration, const char *key)
{
    for (size_t i = 0; key && i < migration->config_count; i++) {
        if (strcmp(migration->configs[i].key, key) == 0)
            return &migration->configs[i];
    }
    return NULL;
}

/* Returns the old key if it can be the value of a node label and is not a file name; otherwise an unused key such as
 * ts-3. Returns NULL when out of memory. */
static char *new_key(const struct migration *migration, const struct plugin_config *config)
{
    char base[64] = "no-sharing";
    char *key = NULL;
    bool is_file_name = text_ends_any(config->old_key, manifest_suffixes);
    if (*config->old_key && !is_file_name && !name_label_value_fault(config->old_key))
        return strdup(config->old_key);

    if (config->sharing)
        (void)snprintf(base, sizeof(base), "%s-%lld", config->mps ? "mps" : "ts", (long long)config->replicas);

    for (unsigned number = 1; number < 1000; number++) {
        free(key);
        key = number == 1 ? strdup(base) : text_asprintf("%s-%u", base, number);
        if (!key || !plugin_config_find(migration, key))
            return key;
    }

    return key;
}

static struct plugin_config *add_config(struct migration *migration, struct plugin_config *config, const char *old_key)
{
    config->old_key = strdup(old_key);
    config->key = config->old_key ? new_key(migration, config) : NULL;
    if (!config->key || !config->resource || !config->shares || !config->strategy ||
        !GROW(migration->configs, migration->config_count)) {
        migration->out_of_memory = true;
        plugin_config_fini(config);
        return NULL;
    }
    migration->configs[migration->config_count] = *config;
    return &migration->configs[migration->config_count++];
}

static void put_text(struct draft *map, const json_t *config, const char *key)
{
    static const char *const order[] = {"version", "flags", "sharing", NULL};
    struct err err;
    AUTO(buf) text;
    AUTO(json) copy = json_deep_copy(config);
    buf_init(&text, CONFIG_MAX);
    if (!copy || tree_order(copy, order) < 0 || yaml_write(copy, &text, &err) < 0)
        map->migration->out_of_memory = true;
    else
        work_put_key(map->migration, map->out->value, "data", key, json_string(buf_text(&text)));
}

static void report_key(struct draft *map, const struct node *text, const struct plugin_config *config)
{
    if (strcmp(config->old_key, config->key) != 0)
        report_add(map->report, text, FATE_CHANGED,
                   "the key is %s now: it is the configuration's name, which the node label " LABEL_PLUGIN_CONFIG
                   " selects",
                   config->key);
    else
        report_add(map->report, text, FATE_KEPT, "the key stays the same; its contents are reported below");
}

static void convert_key(struct draft *map, const struct node *text, const struct node *root)
{
    struct migration *migration = map->migration;
    struct plugin_config parsed = sharing_read(root->value);

    parsed.map = map->out;
    parsed.from = *text;

    struct plugin_config *config = add_config(migration, &parsed, text->key);
    AUTO(json) value = json_pack("{s:s}", "version", "v1");
    if (!config || !value)
        return;

    AUTO(buf) title = tree_path("%s, key %s", map->out->title, config->key);
    struct output inner = {.value = value, .title = title.data};
    struct draft draft = {.migration = migration,
                          .report = &migration->report,
                          .source = map->source,
                          .out = &inner,
                          .fields = fields_plugin,
                          .noun = "the device plugin's configuration"};

    report_key(map, text, config);
    rules_apply(&draft, root, (const struct rules[]){{"", config_rules, false}, {0}});
    report_sweep(&migration->report, root);
    sharing_finish(&draft, text, config);
    put_text(map, value, config->key);
    report_account(&migration->report, text);
}

void plugin_config_note(struct migration *migration, const struct source_object *object, struct node data)
{
    struct output *map = node_count(data) > 0 ? work_output(migration, RANK_CONFIG, "v1", "ConfigMap", NULL) : NULL;
    NODE_MEMBERS(data, text) {
        struct node root;
        if (!map || !work_embedded(migration, object->manifest, text, &root))
            continue;
        struct plugin_config parsed = sharing_read(root.value);
        parsed.map = map;
        parsed.from = text;
        (void)add_config(migration, &parsed, text.key);
    }
}

static void rule_data(struct draft *draft, const struct node *node, const struct rule *rule)
{
    NODE_MEMBERS(*node, text) {
        struct node root;
        if (work_embedded(draft->migration, draft->source->manifest, text, &root) && looks_like_config(root.value)) {
            convert_key(draft, &text, &root);
            continue;
        }
        work_put_key(draft->migration, draft->out->value, rule->target, text.key, json_deep_copy(text.value));
        const char *why = why_refused(draft->migration, draft->source, text);
        report_add(draft->report, &text, why ? FATE_MANUAL : FATE_KEPT, "%s",
                   why ? why : "it is not a configuration of the device plugin");
    }
}

bool plugin_config_convert(struct migration *migration, const struct source_object *object)
{
    if (!has_config(migration, object)) {
        NODE_MEMBERS(node_member(object->node, "data"), text) {
            const char *why = why_refused(migration, object, text);
            if (why)
                report_add(&migration->report, &text, FATE_MANUAL, "%s", why);
        }
        return false;
    }

    struct draft draft = {.migration = migration, .report = &migration->report, .source = object};
    draft.out = work_output(migration, RANK_CONFIG, "v1", "ConfigMap", object->name);
    work_comment(migration, draft.out, "The device plugin's configurations from ConfigMap %s, one for each key.",
                 object->name);
    rules_apply(&draft, &object->node, (const struct rules[]){{"", map_rules, false}, {"", object_rules, false}, {0}});
    return true;
}

const struct plugin_config *plugin_config_only_sharing(const struct migration *migration, size_t *ret_count)
{
    const struct plugin_config *found = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < migration->config_count; i++) {
        if (!migration->configs[i].sharing)
            continue;
        found = &migration->configs[i];
        ++*ret_count;
    }
    return *ret_count == 1 ? found : NULL;
}

/* Returns the configuration for nodes without the label: the only configuration that shares, if no NodePool selects it;
 * otherwise the first that does not share, or NULL. */
static const struct plugin_config *default_config(const struct migration *migration)
{
    size_t count;
    const struct plugin_config *sharing = plugin_config_only_sharing(migration, &count);
    if (sharing && !sharing->selected)
        return sharing;
    for (size_t i = 0; i < migration->config_count; i++) {
        if (!migration->configs[i].sharing)
            return &migration->configs[i];
    }
    return NULL;
}

/* Adds a key that shares nothing to the ConfigMap that the operator is given. Without a default, nodes that have no
 * label get no configuration at all. */
static void add_default(struct migration *migration)
{
    static const char key[] = "no-sharing";
    struct output *map = migration->configs[migration->config_count - 1].map;
    if (plugin_config_find(migration, key) || !map)
        return;
    work_put_key(migration, map->value, "data", key, json_string("version: v1\nflags:\n  migStrategy: none\n"));
    work_put_value(migration, "gpu-operator-values.yaml", "devicePlugin.config.default", json_string(key));
    work_comment(migration, map,
                 "Key %s, which is added, is for nodes without the label " LABEL_PLUGIN_CONFIG
                 ", by the operator's devicePlugin.config.default (gpu-operator-values.yaml).",
                 key);
}

/* Reports a configuration that shares and that nothing selects, though others are selected. */
static void report_unused(struct migration *migration, const struct plugin_config *config)
{
    bool others = false;
    for (size_t i = 0; i < migration->config_count; i++)
        others |= migration->configs[i].selected;
    if (config->sharing && !config->selected && others &&
        !text_is_any(config->old_key, WORDS(migration->plugin_default ? migration->plugin_default : "")))
        report_add(&migration->report, &config->from, FATE_MANUAL,
                   "no NodePool of the input selects it: give the template of one the label " LABEL_PLUGIN_CONFIG
                   ": %s, or it is never applied",
                   config->key);
}

/* The operator applies a configuration only if it is named by a label of the node or by the operator's default. */
void plugin_config_select(struct migration *migration)
{
    const struct plugin_config *standard = default_config(migration);
    for (size_t i = 0; i < migration->config_count; i++) {
        const struct plugin_config *config = &migration->configs[i];
        work_put_value(migration, "gpu-operator-values.yaml", "devicePlugin.config.name",
                       json_string(work_name(config->map)));
        if (config == standard) {
            work_put_value(migration, "gpu-operator-values.yaml", "devicePlugin.config.default",
                           json_string(config->key));
            work_comment(migration, config->map,
                         "Key %s is for nodes without the label " LABEL_PLUGIN_CONFIG
                         ", by the operator's devicePlugin.config.default (gpu-operator-values.yaml).",
                         config->key);
        } else {
            report_unused(migration, config);
            work_comment(migration, config->map, "Key %s is for nodes with the label " LABEL_PLUGIN_CONFIG ": %s%s.",
                         config->key, config->key, config->selected ? ", which the NodePool gives them" : "");
        }
    }

    if (!standard && migration->config_count > 0)
        add_default(migration);
}
