/* Checks values of the GPU Operator's chart, or a ClusterPolicy. Source: NVIDIA/gpu-operator v26.7
 * deployments/gpu-operator/values.yaml, controllers/object_controls.go. */
#include "base/text.h"
#include "lint/check/check.h"
#include "nvidia/fields.h"

#include <stdio.h>
#include <string.h>

/* -- ConfigMaps -- */

/* A ConfigMap that the chart creates from `data` need not be among the manifests. */
static void check_config(struct lint *lint, const struct operator_values *op, const char *part)
{
    struct node config = node_find(op->node, PATH(part, "config"));
    struct node name = node_member(config, "name");
    bool create = json_is_true(node_member(config, "create").value);
    if (create && node_count(node_member(config, "data")) == 0)
        SAY(lint, RULE_OPERATOR_CONFIG_MAP_MISSING, config, op->title,
            "%s.config.create is true, but there is no data: the chart makes no ConfigMap", part);
    if (create || !*node_text(name) || sources_find(&lint->sources, CONFIG_MAP_KIND, node_text(name)) ||
        !sources_find(&lint->sources, CONFIG_MAP_KIND, NULL))
        return;
    SAY(lint, RULE_OPERATOR_CONFIG_MAP_MISSING, name, op->title,
        "%s.config.name is \"%s\"; there is no ConfigMap of that name among the manifests", part, node_text(name));
}

static bool has_sharing_configs(const struct lint *lint)
{
    for (size_t i = 0; i < lint->model.plugin_count; i++) {
        if (lint->model.plugins[i].sharing != PLUGIN_WHOLE)
            return true;
    }
    return false;
}

/* Reports configs whose ConfigMap the values do not name. */
static void check_named(struct lint *lint, const struct operator_values *op, const char *part, bool named, bool needed,
                        const char *what)
{
    struct node values = node_member(op->node, part);
    if (!named && needed && node_count(node_find(values, PATH("config", "data"))) == 0)
        SAY(lint, RULE_OPERATOR_CONFIG_UNNAMED, values, op->title,
            "%s.config.name is not set, so the %s ConfigMap is never read", part, what);
}

static void check_defaults(struct lint *lint, const struct operator_values *op)
{
    struct node plugin = node_find(op->node, PATH("devicePlugin", "config", "default"));
    struct node mig = node_find(op->node, PATH("migManager", "config", "default"));
    struct node config = node_find(op->node, PATH("devicePlugin", "config"));

    if (*node_text(plugin) && lint->model.plugin_count > 0 && !model_plugin(&lint->model, node_text(plugin)))
        SAY(lint, RULE_DEVICE_PLUGIN_CONFIG_MISSING, plugin, op->title,
            "devicePlugin.config.default is \"%s\", which no ConfigMap has as a key", node_text(plugin));

    if (!*node_text(plugin) && *op->plugin_config)
        SAY(lint, RULE_OPERATOR_DEFAULT_MISSING, config, op->title,
            "devicePlugin.config.default is not set: GPU nodes without the label nvidia.com/device-plugin.config get "
            "no config, whatever keys the ConfigMap has");

    if (*node_text(mig) && strcmp(node_text(mig), MIG_CONFIG_NONE) != 0)
        SAY(lint, RULE_OPERATOR_MIG_DEFAULT, mig, op->title,
            "migManager.config.default is \"%s\"; it takes all-disabled or \"\" only", node_text(mig));
}

/* True if a kustomization among the manifests sets a namespace. It may set that of any object, so a missing one is then
 * not reported. */
static bool is_kustomized(const struct lint *lint)
{
    for (size_t i = 0; i < lint->sources.objects.count; i++) {
        if (*node_text(node_member(lint->sources.objects.items[i]->node, "namespace")))
            return true;
    }
    return false;
}

static void check_config_map_namespaces(struct lint *lint, const struct operator_values *op)
{
    const struct manifest *plugin = sources_find(&lint->sources, CONFIG_MAP_KIND, op->plugin_config);
    const struct manifest *mig = sources_find(&lint->sources, CONFIG_MAP_KIND, op->mig_config);
    const struct manifest *both[] = {plugin, mig};

    for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
        if (both[i] && !*both[i]->namespace_name && !is_kustomized(lint))
            SAY(lint, RULE_CONFIG_MAP_NAMESPACE, node_member(both[i]->node, "metadata"),
                object_title(&lint->model.arena, both[i]), "has no namespace; it must be in the operator's");
    }

    if (plugin && mig && strcmp(plugin->namespace_name, mig->namespace_name) != 0)
        SAY(lint, RULE_CONFIG_MAP_NAMESPACE, node_find(mig->node, PATH("metadata", "namespace")),
            object_title(&lint->model.arena, mig), "is in namespace \"%s\", %s in \"%s\"", mig->namespace_name,
            plugin->name, plugin->namespace_name);
}

static bool may_reboot(const struct operator_values *op)
{
    struct node list = node_find(op->node, PATH("migManager", "env"));
    NODE_ELEMENTS(list, variable) {
        if (strcmp(node_text(node_member(variable, "name")), "WITH_REBOOT") == 0 &&
            strcmp(node_text(node_member(variable, "value")), "true") == 0)
            return true;
    }
    return false;
}

/* Checks that nodes may reboot if MIG partitions their Ampere GPUs. Hopper and later GPUs switch MIG mode without a
 * reset. */
static void check_reboot(struct lint *lint, const struct operator_values *op)
{
    if (may_reboot(op))
        return;
    FOREACH_NODE_POOL(&lint->model, node_pool) {
        const struct pool *pool = node_pool->slice_pool;
        if (!pool || !pool_is_mig(pool) || node_pool->bottlerocket || strcmp(pool->gpu->architecture, "ampere") != 0)
            continue;
        SAY(lint, RULE_OPERATOR_WITHOUT_REBOOT, node_find(op->node, PATH("migManager", "env")), op->title,
            "MIG of %s (SlicePool \"%s\") needs WITH_REBOOT: \"true\" in migManager.env", pool->gpu->product,
            pool->name);
        return;
    }
}

/* -- mig.strategy -- */

static void check_strategy(struct lint *lint, const struct operator_values *op)
{
    static const char *const names[] = {[MIG_MIXED] = "mixed", [MIG_SINGLE] = "single"};
    struct node strategy = node_find(op->node, PATH("mig", "strategy"));
    const char *set = op->has_strategy ? op->strategy : "single";
    if (!*set)
        return;

    FOREACH_NODE_POOL(&lint->model, node_pool) {
        const struct pool *pool = node_pool->slice_pool;
        if (!pool || !pool_is_mig(pool) || node_pool->bottlerocket || strcmp(set, names[pool->strategy]) == 0)
            continue;
        SAY(lint, RULE_OPERATOR_MIG_STRATEGY, strategy, op->title,
            "mig.strategy is %s%s, but SlicePool \"%s\" is for %s; the operator's strategy wins over that of the "
            "device plugin's config",
            set, op->has_strategy ? "" : " by the chart's default", pool->name, names[pool->strategy]);
        return;
    }
}

static void check_enabled(struct lint *lint, const struct operator_values *op)
{
    static const char *const parts[] = {"devicePlugin", "migManager"};
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        struct node enabled = node_find(op->node, PATH(parts[i], "enabled"));
        bool needed = i == 0 || lint->model.mig_count > 0;
        if (json_is_false(enabled.value) && needed && lint->model.node_pool_count > 0)
            SAY(lint, RULE_OPERATOR_PART_DISABLED, enabled, op->title, "%s.enabled is false: %s", parts[i],
                i == 0 ? "nodes register no GPUs" : "no GPU is partitioned");
    }
}

/* True if a node class uses an alias of AL2023 or Bottlerocket, whose images contain the driver and the toolkit. */
static bool has_driver(const struct lint *lint)
{
    for (size_t i = 0; i < lint->sources.objects.count; i++) {
        const struct manifest *object = lint->sources.objects.items[i];
        struct node terms = node_find(object->node, PATH("spec", "amiSelectorTerms"));
        if (!object_is(object, EC2_NODE_CLASS_KIND))
            continue;
        const char *alias = node_text(node_member(node_element(terms, 0), "alias"));
        if (text_begins(alias, "al2023@") || text_begins(alias, "bottlerocket@"))
            return true;
    }
    return false;
}

static void check_driver(struct lint *lint, const struct operator_values *op)
{
    static const char *const parts[] = {"driver", "toolkit"};
    for (size_t i = 0; has_driver(lint) && i < ARRAY_SIZE(parts); i++) {
        struct node part = node_member(op->node, parts[i]);
        struct node enabled = node_member(part, "enabled");
        if (!json_is_false(enabled.value))
            SAY(lint, RULE_OPERATOR_DRIVER_TWICE, enabled, op->title,
                "%s.enabled is %s, but the images of the node classes contain it", parts[i],
                enabled.value ? "not false" : "not set, so true");
    }
}

/* -- Tolerations -- */

static bool list_tolerates(struct node list, const struct taint *taint)
{
    struct toleration wanted = {.key = taint->key, .op = "Equal", .value = taint->value, .effect = taint->effect};
    NODE_ELEMENTS(list, item) {
        struct toleration own = {.key = node_text(node_member(item, "key")),
                                 .op = node_text(node_member(item, "operator")),
                                 .value = node_text(node_member(item, "value")),
                                 .effect = node_text(node_member(item, "effect"))};
        if (toleration_covers(&own, &wanted))
            return true;
    }
    return false;
}

/* True if the default tolerations of the charts cover the taint. */
static bool is_default(const struct taint *taint)
{
    return strcmp(taint->key, GPU_RESOURCE_WHOLE) == 0 && strcmp(taint->effect, "NoSchedule") == 0;
}

static bool is_lacking(struct node list, const struct taint *taint)
{
    return strcmp(taint->effect, "PreferNoSchedule") != 0 && !list_tolerates(list, taint) &&
           (list.value || !is_default(taint));
}

/* Returns taint `index` of the NodePool, startup taints last, or NULL. The DaemonSets of the operator must tolerate all
 * of them. */
static const struct taint *taint_at(const struct node_pool *node_pool, size_t index)
{
    const struct taints *taints = &node_pool->taints;
    const struct taints *startup = &node_pool->startup_taints;
    if (!node_pool->slice_pool || node_pool->bottlerocket)
        return NULL; /* not checked without a SlicePool; the operator does not serve Bottlerocket */
    if (index < taints->count)
        return &taints->items[index];
    return index - taints->count < startup->count ? &startup->items[index - taints->count] : NULL;
}

/* True if the NodePool has a taint of that key and effect that the list does not tolerate. */
static bool has_lacking(const struct node_pool *node_pool, struct node list, const struct taint *wanted)
{
    const struct taint *taint;
    for (size_t i = 0; (taint = taint_at(node_pool, i)) != NULL; i++) {
        if (strcmp(taint->key, wanted->key) == 0 && strcmp(taint->effect, wanted->effect) == 0 &&
            is_lacking(list, taint))
            return true;
    }
    return false;
}

/* Most pools have the same taint with different values, so a missing toleration is reported once, with the first
 * NodePool. */
static void check_taint(struct lint *lint, const struct operator_values *op, struct node list, const char *part,
                        const struct taint *taint)
{
    const struct node_pool *first = NULL;
    size_t count = 0;
    FOREACH_NODE_POOL(&lint->model, node_pool) {
        if (!has_lacking(node_pool, list, taint))
            continue;
        first = first ? first : node_pool;
        count++;
    }
    if (!first)
        return;

    char others[32] = "";
    if (count > 1)
        (void)snprintf(others, sizeof(others), " and %zu more", count - 1);
    SAY(lint, RULE_OPERATOR_TOLERATION_MISSING, list, op->title,
        "%s tolerations lack the taint %s:%s of %s%s: nothing sets up slices on their nodes", part, taint->key,
        taint->effect, first->title, others);
}

static void check_tolerations(struct lint *lint, const struct operator_values *op)
{
    struct node daemonsets = node_find(op->node, PATH("daemonsets", "tolerations"));
    struct node worker = node_find(op->node, PATH("node-feature-discovery", "worker", "tolerations"));
    bool deployed = !json_is_false(node_find(op->node, PATH("nfd", "enabled")).value);
    FOREACH_NODE_POOL(&lint->model, node_pool) {
        const struct taint *taint;
        for (size_t i = 0; (taint = taint_at(node_pool, i)) != NULL; i++) {
            check_taint(lint, op, daemonsets, "daemonsets", taint);
            if (deployed)
                check_taint(lint, op, worker, "node-feature-discovery", taint);
        }
    }
}

void lint_check_operator(struct lint *lint)
{
    for (size_t i = 0; i < lint->model.operator_count; i++) {
        const struct operator_values *op = &lint->model.operators[i];
        fields_check(lint, op->node, fields_operator, op->title, RULE_OPERATOR_UNKNOWN_FIELD);
        check_config(lint, op, "devicePlugin");
        check_config(lint, op, "migManager");

        check_named(lint, op, "devicePlugin", *op->plugin_config, has_sharing_configs(lint), "device plugin's");
        check_named(lint, op, "migManager", *op->mig_config, lint->model.mig_count > 0, "mig-parted");
        check_defaults(lint, op);
        check_strategy(lint, op);
        check_enabled(lint, op);
        check_driver(lint, op);
        check_config_map_namespaces(lint, op);
        check_reboot(lint, op);
        check_tolerations(lint, op);
    }
}
