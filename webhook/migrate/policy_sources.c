/* Takes today's objects as sources of policies: NodePools and EC2NodeClasses of v1, NodeOverlays, and Helm values of
 * NVIDIA's charts. In manifests they pass through. Sources: the charts gpu-operator v26.7 and nvidia-device-plugin
 * v0.20.0; Flux helm.toolkit.fluxcd.io, Argo CD argoproj.io, K3s helm.cattle.io. */
#include "migrate/policies.h"

#include "karpenter/label.h"
#include "migrate/node_pool.h"
#include "migrate/plugin_config.h"
#include "migrate/pool_fields.h"
#include "migrate/report/tree.h"

#include <string.h>

/* -- Helm values -- */

static const char *text_at(struct node node, const char *const path[])
{
    struct node found = node_find(node, path);
    return json_is_string(found.value) ? json_string_value(found.value) : NULL;
}

/* The operator's default strategy is single; an empty one leaves the choice to the device plugin's configuration. */
static bool note_operator(struct migration *migration, const struct source_object *object, struct node values)
{
    struct node plugin = node_member(values, "devicePlugin");
    const char *strategy = text_at(values, PATH("mig", "strategy"));
    const char *standard = text_at(plugin, PATH("config", "default"));
    if (!json_is_object(plugin.value) && !json_is_object(node_member(values, "migManager").value) && !strategy)
        return false;
    migration->mig_strategy = strategy ? strategy : "single";
    if (standard && *standard)
        migration->plugin_default = standard;
    plugin_config_note(migration, object, node_find(plugin, PATH("config", "data")));
    return true;
}

/* The values of the device plugin's own chart. Without a default the only configuration is used, or that named
 * default. */
static bool note_plugin(struct migration *migration, const struct source_object *object, struct node values)
{
    struct node config = node_member(values, "config");
    struct node map = node_member(config, "map");
    const char *standard = text_at(config, PATH("default"));
    const char *strategy = text_at(values, PATH("migStrategy"));
    if (!json_is_object(map.value) && !standard && !strategy)
        return false;

    plugin_config_note(migration, object, map);
    if (strategy)
        migration->mig_strategy = strategy;
    NODE_MEMBERS(map, member) {
        if (!standard && (node_count(map) == 1 || strcmp(member.key, "default") == 0))
            standard = member.key;
    }
    if (standard && *standard)
        migration->plugin_default = standard;
    return true;
}

/* Returns the values in the object, or a node without a value. */
static struct node find_values(struct migration *migration, const struct source_object *object)
{
    const struct {
        const char *kind;
        const char *const *path;
    } places[] = {
        {"ClusterPolicy", PATH("spec")},
        {"HelmRelease", PATH("spec", "values")},
        {"Application", PATH("spec", "source", "helm", "valuesObject")},
        {"Application", PATH("spec", "source", "helm", "values")},
        {"HelmChart", PATH("spec", "valuesContent")},
        {"HelmChartConfig", PATH("spec", "valuesContent")},
    };
    if (!*object->kind && !*object->version)
        return object->node;

    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        struct node root;
        struct node found = node_find(object->node, places[i].path);
        if (strcmp(places[i].kind, object->kind) != 0 || !found.value)
            continue;
        if (!json_is_string(found.value))
            return found;
        if (work_embedded(migration, object->manifest, found, &root))
            return root;
    }
    return (struct node){0};
}

/* A chart that depends on NVIDIA's has their values below their names. */
static bool note_values(struct migration *migration, const struct source_object *object)
{
    struct node values = find_values(migration, object);
    struct node op = node_member(values, "gpu-operator");
    struct node plugin = node_member(values, "nvidia-device-plugin");
    return values.value && (note_operator(migration, object, op.value ? op : values) ||
                            note_plugin(migration, object, plugin.value ? plugin : values));
}

/* -- Karpenter's objects -- */

static bool is_current(const struct source_object *object, const char *version, const char *kind)
{
    return strcmp(object->version, version) == 0 && strcmp(object->kind, kind) == 0;
}

bool policy_source_is_overlay(const struct source_object *object)
{
    return is_current(object, KARPENTER_V1ALPHA1, NODE_OVERLAY);
}

/* Writes Gte and Lte as Gt and Lt, the operators that policies have: their values are whole numbers. */
static void use_strict_operator(struct migration *migration, json_t *requirement)
{
    const char *op = tree_text(requirement, "operator");
    const char *text = json_string_value(json_array_get(json_object_get(requirement, "values"), 0));
    bool least = text_is_any(op, WORDS("Gte"));
    int64_t number;
    if ((!least && !text_is_any(op, WORDS("Lte"))) || !text || !requirement_integer(text, &number) || number < 0 ||
        number == INT64_MAX)
        return;
    AUTO(buf) bound = tree_path("%lld", (long long)(least ? number - 1 : number + 1));
    work_put(migration, requirement, "operator", json_string(least ? "Gt" : "Lt"));
    work_put(migration, requirement, "values", json_pack("[s]", buf_text(&bound)));
}

/* Gives requirements and labels the keys that Karpenter uses for aliases, and the label of the device plugin's
 * configuration the key that the configuration has now. */
static void use_current_keys(struct migration *migration, json_t *pool)
{
    json_t *labels = tree_get(pool, POOL_LABELS);
    const char *config = tree_text(labels, LABEL_PLUGIN_CONFIG);
    size_t i;
    json_t *requirement;

    if (config)
        work_put_key(migration, pool, POOL_LABELS, LABEL_PLUGIN_CONFIG,
                     json_string(pool_label_value(migration, LABEL_PLUGIN_CONFIG, config)));
    json_array_foreach(tree_get(pool, POOL_REQUIREMENTS), i, requirement) {
        const char *key = tree_text(requirement, "key");
        const char *alias = key ? karpenter_label_alias(key) : NULL;
        if (alias)
            work_put(migration, requirement, "key", json_string(alias));
        use_strict_operator(migration, requirement);
    }
}

/* A null has no effect, but no field can be added below it. */
static void drop_nulls(json_t *value)
{
    const char *key;
    void *next;
    size_t i;
    json_t *child;
    json_object_foreach_safe(value, next, key, child)
    {
        if (json_is_null(child))
            (void)json_object_del(value, key);
        else
            drop_nulls(child);
    }
    json_array_foreach(value, i, child) {
        drop_nulls(child);
    }
}

static void take_pool(struct migration *migration, struct source_object *object)
{
    const json_t *labels = tree_get(object->node.value, POOL_LABELS);
    if (!json_is_object(tree_get(object->node.value, "spec.template.spec")) ||
        (labels && !json_is_null(labels) && !json_is_object(labels))) {
        report_note(&migration->report, &object->node, FATE_MANUAL,
                    "no SlicePool for NodePool %s: it has no template, or labels that are not a map", object->name);
        return;
    }
    struct pool_draft *pool = node_pool_new(migration, object);
    if (!pool)
        return;
    const char *name = tree_text(tree_get(object->node.value, "spec.template.spec.nodeClassRef"), "name");
    const struct source_object *node_class = name ? work_find_object(migration, EC2_NODE_CLASS, name) : NULL;

    work_must(migration, json_object_update_new(pool->out->value, json_deep_copy(object->node.value)));
    drop_nulls(pool->out->value);
    use_current_keys(migration, pool->out->value);
    pool->current = true;
    object->passed = pool->out; /* kubelet_from_annotation() may give it another class */
    pool->class_name = name ? name : object->name;
    pool->node_class = node_class ? node_class->node_class : NULL;
    if (!name)
        report_note(&migration->report, &object->node, FATE_MANUAL, "nodeClassRef names no node class");
}

static bool take_object(struct migration *migration, struct source_object *object)
{
    if (is_current(object, KARPENTER_AWS_V1, EC2_NODE_CLASS)) {
        object->node_class = work_output_value(migration, RANK_CLASS, json_deep_copy(object->node.value));
        return true;
    }
    return policy_source_is_overlay(object) || is_current(object, KARPENTER_V1, NODE_POOL);
}

void policy_sources_take(struct migration *migration)
{
    for (struct source_object *object = migration->source.first; object; object = object->next) {
        bool taken = !object->converted && take_object(migration, object);
        bool values = !object->converted && !taken && note_values(migration, object);
        if (values)
            report_note(&migration->report, &object->node, FATE_KEPT,
                        "read for the configuration of NVIDIA's software, and otherwise not part of the policies");
        if (!taken && !values)
            continue;
        object->converted = true;
        report_account(&migration->report, &object->node);
    }

    for (struct source_object *object = migration->source.first; object; object = object->next) {
        if (is_current(object, KARPENTER_V1, NODE_POOL))
            take_pool(migration, object);
    }
}

void policy_sources_report(struct migration *migration)
{
    for (struct source_object *object = migration->source.first; object; object = object->next) {
        bool node_class = is_current(object, KARPENTER_AWS_V1, EC2_NODE_CLASS);
        if (!object->used && (node_class || policy_source_is_overlay(object)))
            report_note(&migration->report, &object->node, FATE_KEPT,
                        node_class ? "no SlicePool uses it: not part of the policies"
                                   : "it applies to no instance type of a SlicePool: not part of the policies");
    }
}
