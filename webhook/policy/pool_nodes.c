/* Decodes spec.nodes and fills in its defaults. Fields of a NodePool are checked by the rules of Karpenter's CRDs
 * (karpenter and karpenter-provider-aws 1.14.1, pkg/apis/crds). */
#include "base/text.h"
#include "karpenter/label.h"
#include "nvidia/names.h"
#include "policy/object.h"
#include "policy/pool_nodes_parts.h"

#include <string.h>

enum { WEIGHT_MAX = 100, OVERLAY_WEIGHT_MAX = 10000 };

void pool_nodes_fini(struct pool_nodes *nodes)
{
    free(nodes->types);
    strlist_fini(&nodes->arch);
    strlist_fini(&nodes->capacity_types);
    strlist_fini(&nodes->zones);
    requirements_fini(&nodes->requirements);
    node_class_fini(&nodes->node_class);
    free(nodes->cpu_limit);
    free(nodes->memory_limit);
    free(nodes->consolidation_policy);
    free(nodes->consolidate_after);
    json_decref(nodes->budgets);
    free(nodes->expire_after);
    free(nodes->termination_grace_period);
    keyvalues_fini(&nodes->labels);
    keyvalues_fini(&nodes->annotations);
    taints_fini(&nodes->taints);
    taints_fini(&nodes->startup_taints);
    free(nodes->price);
    free(nodes->price_adjustment);
    *nodes = (struct pool_nodes){0};
}

void decode_label_values(const struct node *node, const char *label, struct strlist *values)
{
    const char *const *words = karpenter_label_values(label);
    if (!node_expect(node, JSON_ARRAY))
        return;

    NODE_ELEMENTS(*node, element) {
        struct err err;
        int word = -1;
        decode_word(&element, words, &word);
        if (word >= 0 && !strlist_has(values, words[word]) && strlist_add(values, words[word], &err) < 0)
            object_nomem(node);
    }
}

static void decode_capacity_types(const struct node *node, void *target)
{
    decode_label_values(node, LABEL_CAPACITY_TYPE, target);
}

/* Accepts a region followed by a letter, and local zones: us-east-1a, us-west-2-lax-1a. This finds most typing
 * errors. */
static void decode_zones(const struct node *node, void *target)
{
    static const struct field zone = {
        .pattern = "^[a-z]{2,4}(-[a-z]+)+-[0-9]+([a-z]|-[-a-z0-9]+)$",
        .wanted = "a zone, such as eu-central-1a (a region followed by a letter)",
    };
    decode_strings(node, target);
    NODE_ELEMENTS(*node, element) {
        if (json_is_string(element.value))
            decode_field(&element, &zone, NULL);
    }
}

const char *pool_nodes_label_restriction(const char *key)
{
    if (strcmp(key, LABEL_CAPACITY_TYPE) == 0)
        return NULL;
    if (karpenter_key_of(key, KARPENTER_GROUP))
        return "keys of karpenter.sh are Karpenter's own";
    if (strcmp(key, LABEL_HOSTNAME) == 0)
        return "Karpenter refuses kubernetes.io/hostname, because a node has no host name until it exists";
    if (karpenter_label_refused(key))
        return "Karpenter knows no such key of karpenter.k8s.aws, and takes no others";
    return NULL;
}

static void check_requirement_key(const struct node *node)
{
    struct node key = node_member(*node, "key");
    if (!json_is_string(key.value))
        return;
    const char *name = json_string_value(key.value);
    const char *why = pool_nodes_label_restriction(name);
    const char *nearest = why ? karpenter_label_nearest(name) : NULL;
    if (nearest && !pool_nodes_label_restriction(nearest))
        node_problem(&key, "\"%s\" cannot be required of a NodePool: %s; did you mean %s?", name, why, nearest);
    else if (why)
        node_problem(&key, "\"%s\" cannot be required of a NodePool: %s", name, why);
}

static void decode_node_requirements(const struct node *node, void *target)
{
    decode_requirements(node, target);
    NODE_ELEMENTS(*node, element) {
        check_requirement_key(&element);
    }
}

/* Budgets are checked and kept as written. */

static const char *const reasons[] = {"Underutilized", "Empty", "Drifted", NULL};
static const struct field reason = {.words = reasons};

static const struct field budget_fields[] = {
    {"nodes", .pattern = "^((100|[0-9]{1,2})%|[0-9]+)$",
     .wanted = "a number of nodes or a percentage, such as \"1\" or \"10%\"", .flags = FIELD_REQUIRED},
    {"reasons", .elements = &reason},
    {"schedule",
     .pattern = "^(@(annually|yearly|monthly|weekly|daily|midnight|hourly)|[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+)$",
     .wanted = "a cron schedule, such as \"0 9 * * mon-fri\" or @daily"},
    {"duration", .pattern = "^([0-9]+(h|m)|[0-9]+h[0-9]+m)(0s)?$",
     .wanted = "a duration of hours and minutes, such as 8h or 1h30m"},
};

static void check_budget(const struct node *node, void *unused)
{
    decode_object(node, budget_fields, ARRAY_SIZE(budget_fields), unused);
    if (json_is_object(node->value) && !node_member(*node, "schedule").value != !node_member(*node, "duration").value)
        node_problem(node, "has only one of schedule and duration, must have both or none");
}

static void decode_budgets(const struct node *node, void *target)
{
    decode_elements(node, check_budget, NULL);
    if (json_is_array(node->value))
        decode_any(node, target);
}

#define DURATION       "([0-9]+(s|m|h))+"
#define ONLY_DURATION  .pattern = "^" DURATION "$", .wanted = "a duration of s, m and h, such as 30m"
#define DURATION_NEVER .pattern = "^(" DURATION "|Never)$", .wanted = "a duration of s, m and h, such as 5m, or Never"

static const char *const consolidation_policies[] = {"WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced", NULL};

static const struct field disruption_fields[] = {
    {"consolidationPolicy", .choices = consolidation_policies,
     .offset = offsetof(struct pool_nodes, consolidation_policy)},
    {"consolidateAfter", DURATION_NEVER, .offset = offsetof(struct pool_nodes, consolidate_after)},
    {"budgets", decode_budgets, offsetof(struct pool_nodes, budgets)},
};

static void decode_overlay(const struct node *node, void *target)
{
    static const struct field fields[] = {
        {"price", .pattern = "^[0-9]+(\\.[0-9]+)?$", .wanted = "a price of an instance for an hour, such as \"1.25\"",
         .offset = offsetof(struct pool_nodes, price)},
        {"priceAdjustment", .pattern = "^([+-][0-9]*\\.?[0-9]+|\\+[0-9]*\\.?[0-9]+%|-[0-9]{1,2}(\\.[0-9]+)?%|-100%)$",
         .wanted = "a change of the price, such as \"-10%\" or \"+0.50\"",
         .offset = offsetof(struct pool_nodes, price_adjustment)},
        {"weight", .low = 1, .high = OVERLAY_WEIGHT_MAX, .offset = offsetof(struct pool_nodes, overlay_weight)},
    };
    const struct pool_nodes *nodes = target;
    decode_object(node, fields, ARRAY_SIZE(fields), target);
    if (nodes->price && nodes->price_adjustment)
        node_problem(node, "has price and priceAdjustment, must have only one of the two");
}

#define NO_NAME "is empty, must name at least one; without the field it is "

static const struct field nodes_fields[] = {
    {"instanceTypes", decode_elsewhere},
    {"requirements", decode_node_requirements, offsetof(struct pool_nodes, requirements)},
    {"arch", decode_elsewhere},
    {"capacityTypes", decode_capacity_types, offsetof(struct pool_nodes, capacity_types),
     .if_empty = NO_NAME CAPACITY_ON_DEMAND},
    {"zones", decode_zones, offsetof(struct pool_nodes, zones), .if_empty = NO_NAME "any"},
    {"nodeClass", decode_node_class, offsetof(struct pool_nodes, node_class)},
    {"limits", decode_limits},
    {"disruption", FIELDS(disruption_fields)},
    {"expireAfter", DURATION_NEVER, .offset = offsetof(struct pool_nodes, expire_after)},
    {"terminationGracePeriod", ONLY_DURATION, .offset = offsetof(struct pool_nodes, termination_grace_period)},
    {"weight", .low = 1, .high = WEIGHT_MAX, .offset = offsetof(struct pool_nodes, weight)},
    {"labels", decode_labels, offsetof(struct pool_nodes, labels)},
    {"annotations", decode_annotations, offsetof(struct pool_nodes, annotations)},
    {"taints", decode_taints, offsetof(struct pool_nodes, taints)},
    {"startupTaints", decode_taints, offsetof(struct pool_nodes, startup_taints)},
    {"overlay", decode_overlay},
};

/* Returns what is wrong with a label of nodes.labels, or NULL. */
static const char *label_fault(const struct pool *pool, const char *key)
{
    if (text_is_any(key, WORDS(GPU_RESOURCE_WHOLE, LABEL_PLUGIN_CONFIG, LABEL_MIG_CONFIG, LABEL_DEPLOY_ALL)))
        return "it is rendered from spec.sharing";
    if (keyvalues_get(&pool->labels, key))
        return "it is among spec.labels already";
    return pool_nodes_label_restriction(key);
}

static void check_labels(const struct node *nodes, const struct pool *pool)
{
    struct node labels = node_member(*nodes, "labels");
    for (size_t i = 0; i < pool->nodes.labels.count; i++) {
        const char *key = pool->nodes.labels.items[i].key;
        const char *why = label_fault(pool, key);
        struct node entry = node_member(labels, key);
        if (why)
            node_problem_key(&entry, "cannot be set: %s", why);
    }
}

static void check_price(const struct node *nodes, const struct pool *pool)
{
    struct node price = node_find(*nodes, PATH("overlay", "price"));
    if (pool->nodes.price && pool->nodes.type_count > 1 && price.value)
        node_problem(&price,
                     "is the price of one instance, but the pool has %zu instance types; use "
                     "priceAdjustment, or a pool for each type",
                     pool->nodes.type_count);
}

static void check_pool_nodes(const struct node *nodes, bool valid, struct pool *pool)
{
    check_labels(nodes, pool);
    if (!valid)
        return;
    slice_limits_decode(nodes, pool);
    node_class_check(nodes, pool);
    check_price(nodes, pool);
}

static int default_text(char **text, const char *default_value, struct err *err)
{
    if (*text)
        return 0;
    *text = strdup(default_value);
    return *text ? 0 : err_nomem(err);
}

static int fill_defaults(const struct node *nodes, struct pool *pool, struct err *err)
{
    struct pool_nodes *filled = &pool->nodes;
    if (default_text(&filled->consolidation_policy, "WhenEmpty", err) < 0 ||
        default_text(&filled->consolidate_after, "5m", err) < 0 ||
        default_text(&filled->expire_after, EXPIRE_AFTER_DEFAULT, err) < 0 ||
        default_text(&filled->node_class.group, KARPENTER_AWS_GROUP, err) < 0 ||
        default_text(&filled->node_class.kind, EC2_NODE_CLASS, err) < 0)
        return -1;
    if (filled->overlay_weight == 0)
        filled->overlay_weight = NODE_OVERLAY_WEIGHT;
    if (filled->capacity_types.count == 0 && strlist_add(&filled->capacity_types, CAPACITY_ON_DEMAND, err) < 0)
        return -1;
    bool given = nodes && node_member(*nodes, "startupTaints").value;
    if (given || !pool_needs_layout_taint(pool))
        return 0;
    return taints_add(&filled->startup_taints, TAINT_LAYOUT, LAYOUT_PENDING, "NoSchedule", err);
}

void pool_nodes_decode(const struct node *spec, bool valid, const struct gpu_table *gpus, struct pool *pool)
{
    struct err err;
    struct node node = node_member(*spec, "nodes");
    const struct node *nodes = node.value ? &node : NULL;
    if (nodes)
        decode_object(nodes, nodes_fields, ARRAY_SIZE(nodes_fields), &pool->nodes);
    if (nodes && !json_is_object(nodes->value))
        return;
    pool_nodes_decode_types(spec, nodes, gpus, pool);
    if (nodes)
        check_pool_nodes(nodes, valid, pool);
    pool_taints_check(spec, pool);
    if (fill_defaults(nodes, pool, &err) < 0)
        object_nomem(spec);
}
