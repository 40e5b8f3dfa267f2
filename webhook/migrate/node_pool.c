/* Makes the common parts of all NodePools, and converts NodePools of v1beta1. */
#include "migrate/node_pool.h"

#include "base/vec.h"
#include "migrate/kubelet.h"
#include "migrate/pool_fields.h"
#include "migrate/report/tree.h"

#include <string.h>

struct pool_draft *node_pool_find(const struct migration *migration, const char *name)
{
    for (size_t i = 0; i < migration->pool_count; i++) {
        size_t length = strlen(migration->pools[i].name);
        if (strncmp(migration->pools[i].name, name, length) == 0 && (name[length] == '\0' || name[length] == ','))
            return &migration->pools[i];
    }
    return NULL;
}

struct pool_draft *node_pool_add(struct migration *migration, const char *name)
{
    struct output *out = work_output(migration, RANK_POOL, KARPENTER_V1, NODE_POOL, name);
    if (!out || !GROW(migration->pools, migration->pool_count)) {
        migration->out_of_memory = true;
        return NULL;
    }
    struct pool_draft *pool = &migration->pools[migration->pool_count++];
    *pool = (struct pool_draft){.out = out, .name = work_name(out)};
    return pool;
}

struct pool_draft *node_pool_new(struct migration *migration, struct source_object *object)
{
    const char *name = object->name;
    if (node_pool_find(migration, name))
        report_note(&migration->report, &object->node, FATE_MANUAL,
                    "the input has another NodePool %s: one of the two will replace the other", name);

    struct pool_draft *pool = node_pool_add(migration, name);
    if (!pool)
        return NULL;
    pool->name = name; /* rule_name() replaces the string in the output */
    pool->source = object;
    work_comment(migration, pool->out, "From %s %s.", object->kind, name);
    return pool;
}

void node_pool_set_class(struct migration *migration, struct pool_draft *pool, const char *class_name)
{
    work_put(migration, pool->out->value, "spec.template.spec.nodeClassRef",
             json_pack("{s:s, s:s, s:s}", "group", KARPENTER_AWS_GROUP, "kind", EC2_NODE_CLASS, "name", class_name));
    pool->class_name = tree_text(tree_get(pool->out->value, "spec.template.spec.nodeClassRef"), "name");
}

void node_pool_default(struct migration *migration, struct pool_draft *pool, const char *path, const char *value,
                       const char *why)
{
    if (tree_get(pool->out->value, path))
        return;
    work_put(migration, pool->out->value, path, json_string(value));
    work_comment(migration, pool->out, "%s: %s: %s.", strrchr(path, '.') + 1, value, why);
    work_report_pool(migration, pool, FATE_ADDED, "%s: %s, %s", path, value, why);
}

void rule_pool_limits(struct draft *draft, const struct node *node, const struct rule *rule)
{
    (void)rule;
    draft->pool->limits = *node;
    NODE_MEMBERS(*node, member) {
        if (strcmp(member.key, "resources") == 0 || strcmp(member.key, GPU_RESOURCE_WHOLE) == 0)
            continue;
        if (node_count(member) > 0)
            report_add(draft->report, &member, FATE_MANUAL, "must be a quantity; left out");
        else
            draft_carry_member(draft, &member, "spec.limits");
    }
}

void rule_class_ref(struct draft *draft, const struct node *node, const struct rule *rule)
{
    (void)rule;
    report_add(draft->report, node, FATE_CHANGED,
               "nodeClassRef {group: karpenter.k8s.aws, kind: "
               "EC2NodeClass, name: %s}",
               draft->pool->class_name);
}

static void rule_policy(struct draft *draft, const struct node *node, const struct rule *rule)
{
    if (!text_is_any(json_string_value(node->value), WORDS("WhenUnderutilized"))) {
        rule_carry(draft, node, rule);
        return;
    }
    draft_put(draft, rule->target, json_string("WhenEmptyOrUnderutilized"));
    report_add(draft->report, node, FATE_CHANGED, "WhenEmptyOrUnderutilized is its name now");
}

static const struct rule beta_rules[] = {
    {"spec.template.metadata.labels", rule_pool_labels, NULL, NULL},
    {"spec.template.metadata.annotations", rule_annotations, "spec.template.metadata.annotations", NULL},
    {"spec.template.spec.nodeClassRef", rule_class_ref, NULL, NULL},
    {"spec.template.spec.requirements", rule_pool_requirements, POOL_REQUIREMENTS, NULL},
    {"spec.template.spec.taints", rule_pool_taints, POOL_TAINTS, NULL},
    {"spec.template.spec.startupTaints", rule_pool_taints, "spec.template.spec.startupTaints", NULL},
    {"spec.template.spec.kubelet", rule_kubelet, NULL, NULL},
    {"spec.template.spec.resources", rule_lost, NULL,
     "a NodePool has no resources: Karpenter sums up those of the pods"},
    {"spec.disruption.consolidationPolicy", rule_policy, "spec.disruption.consolidationPolicy", NULL},
    {"spec.disruption.consolidateAfter", rule_carry, "spec.disruption.consolidateAfter", NULL},
    {"spec.disruption.budgets", rule_carry, "spec.disruption.budgets", NULL},
    {"spec.disruption.expireAfter", rule_carry, "spec.template.spec.expireAfter", NULL},
    {"spec.limits", rule_pool_limits, NULL, NULL},
    {"spec.weight", rule_carry, "spec.weight", NULL},
    {0},
};

static void beta_defaults(struct migration *migration, struct pool_draft *pool)
{
    json_t *value = pool->out->value;
    if (!tree_get(value, POOL_REQUIREMENTS)) /* required, even if it is empty */
        work_put(migration, value, POOL_REQUIREMENTS, json_array());
    node_pool_default(migration, pool, "spec.disruption.consolidationPolicy", "WhenEmptyOrUnderutilized",
                      "the default of v1beta1 under its new name");
    node_pool_default(migration, pool, "spec.disruption.consolidateAfter", "0s",
                      "what v1beta1 did without consolidateAfter");
    node_pool_default(migration, pool, "spec.template.spec.expireAfter", "720h",
                      "the default of v1beta1; since v1 expiry does not wait for a replacement");
}

void node_pool_from_beta(struct migration *migration, struct source_object *object)
{
    struct pool_draft *pool = node_pool_new(migration, object);
    if (!pool)
        return;

    const char *class_name = object->class_name;
    const struct source_object *node_class =
        class_name ? work_find_object(migration, EC2_NODE_CLASS, class_name) : NULL;
    if (node_class && node_class->node_class)
        pool->node_class = kubelet_class(migration, object, node_class->node_class);
    if (pool->node_class)
        class_name = work_name(pool->node_class);
    node_pool_set_class(migration, pool, class_name ? class_name : object->name);
    if (!class_name)
        report_note(&migration->report, &object->node, FATE_MANUAL, "nodeClassRef names no EC2NodeClass: %s is written",
                    object->name);
    struct draft draft = {
        .migration = migration, .report = &migration->report, .source = object, .out = pool->out, .pool = pool};
    rules_apply(&draft, &object->node, (const struct rules[]){{"", object_rules, false}, {"", beta_rules, false}, {0}});
    beta_defaults(migration, pool);
}
