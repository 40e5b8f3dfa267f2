/* Converts a Provisioner of karpenter.sh/v1alpha5, and the NodeTemplate of old guides that describes its nodes. */
#include "migrate/kubelet.h"
#include "migrate/node_class.h"
#include "migrate/node_pool.h"
#include "migrate/pool_fields.h"
#include "migrate/pool_gpus.h"
#include "migrate/report/tree.h"

#include <stdio.h>
#include <string.h>

#define AFTER_EMPTY  "spec.ttlSecondsAfterEmpty"
#define CONSOLIDATES "spec.consolidation.enabled"

/* Also accepts limits without `resources`, as in some guides. */
static void rule_limits(struct draft *draft, const struct node *node, const struct rule *rule)
{
    struct node resources = node_member(*node, "resources");
    rule_pool_limits(draft, node, rule);
    if (resources.value)
        rule_pool_limits(draft, &resources, rule);
}

/* Writes a number of seconds as a duration to `path`. Reports any other value and returns false. */
static bool put_seconds(struct draft *draft, const struct node *node, const char *path)
{
    char text[32];
    if (!json_is_integer(node->value) || json_integer_value(node->value) < 0) {
        report_add(draft->report, node, FATE_MANUAL, "must be a number of seconds; left out");
        return false;
    }
    (void)snprintf(text, sizeof(text), "%llds", (long long)json_integer_value(node->value));
    draft_put(draft, path, json_string(text));
    return true;
}

static void rule_after_empty(struct draft *draft, const struct node *node, const struct rule *rule)
{
    (void)rule;
    if (!put_seconds(draft, node, "spec.disruption.consolidateAfter"))
        return;
    draft_put(draft, "spec.disruption.consolidationPolicy", json_string("WhenEmpty"));
    report_add(draft->report, node, FATE_CHANGED,
               "spec.disruption: consolidationPolicy WhenEmpty, consolidateAfter %llds",
               (long long)json_integer_value(node->value));
}

static void rule_consolidation(struct draft *draft, const struct node *node, const struct rule *rule)
{
    (void)rule;

    if (tree_get(draft->source->node.value, AFTER_EMPTY)) {
        report_add(draft->report, node, json_is_true(node->value) ? FATE_MANUAL : FATE_NEEDLESS,
                   "ttlSecondsAfterEmpty is set as well and takes precedence: v1alpha5 accepted only one of the two");
        return;
    }

    if (!json_is_true(node->value)) {
        report_add(draft->report, node, FATE_CHANGED, "spec.disruption.consolidateAfter: Never");
        return;
    }
    draft_put(draft, "spec.disruption.consolidationPolicy", json_string("WhenEmptyOrUnderutilized"));
    draft_put(draft, "spec.disruption.consolidateAfter", json_string("0s"));
    report_add(draft->report, node, FATE_CHANGED,
               "spec.disruption: consolidationPolicy WhenEmptyOrUnderutilized, consolidateAfter 0s");
}

static void rule_until_expired(struct draft *draft, const struct node *node, const struct rule *rule)
{
    if (put_seconds(draft, node, rule->target))
        report_add(draft->report, node, FATE_CHANGED, "%s: %llds; expiry now does not wait for a replacement",
                   rule->target, (long long)json_integer_value(node->value));
}

static const struct rule provisioner_rules[] = {
    {"spec.kubeletConfiguration", rule_kubelet, NULL, NULL},
    {"spec.provider", rule_elsewhere, NULL, NULL}, /* becomes an EC2NodeClass, see find_class() */
    {"spec.providerRef", rule_class_ref, NULL, NULL},
    {AFTER_EMPTY, rule_after_empty, NULL, NULL},
    {CONSOLIDATES, rule_consolidation, NULL, NULL},
    {"spec.ttlSecondsUntilExpired", rule_until_expired, "spec.template.spec.expireAfter", NULL},
    {"spec.limits", rule_limits, NULL, NULL},
    {"spec.weight", rule_carry, "spec.weight", NULL},
    {0},
};

static void use_template(struct migration *migration, struct pool_draft *pool, struct source_object *node_template)
{
    node_template->used = true;
    pool->node_class =
        node_template->node_class ? kubelet_class(migration, pool->source, node_template->node_class) : NULL;
    node_pool_set_class(migration, pool, pool->node_class ? work_name(pool->node_class) : "");
}

/* Finds or makes the EC2NodeClass of the NodePool: from the inline provider, providerRef, or the only template of the
 * input. If there are none of these, makes one with the required fields. Returns the NodeTemplate or AWSNodeTemplate
 * that the Provisioner uses, or NULL. */
static const struct source_object *find_class(struct migration *migration, struct pool_draft *pool)
{
    const struct source_object *object = pool->source;
    const char *name = tree_text(tree_get(object->node.value, "spec.providerRef"), "name");
    struct node provider = node_find(object->node, PATH("spec", "provider"));
    struct source_object *node_template = node_class_template(migration, name);

    if (provider.value && !name) {
        pool->node_class = node_class_from_provider(migration, object, &provider);
        node_pool_set_class(migration, pool, object->name);
        return NULL;
    }

    if (provider.value)
        report_add(&migration->report, &provider, FATE_MANUAL, "providerRef is set as well and takes precedence");

    if (node_template) {
        use_template(migration, pool, node_template);
        if (!name)
            work_report_pool(migration, pool, FATE_CHANGED,
                             "there is no providerRef: %s %s, the only template of the input, is used",
                             node_template->kind, node_template->name);
        return node_template;
    }

    node_pool_set_class(migration, pool, name ? name : pool->name);
    if (name) {
        work_report_pool(migration, pool, FATE_MANUAL,
                         "providerRef names %s, which is not in the input: EC2NodeClass %s must exist", name, name);
        return NULL;
    }

    pool->node_class = node_class_make(migration, object, pool->name);
    work_report_pool(migration, pool, FATE_MANUAL,
                     "neither provider nor providerRef: EC2NodeClass %s is written, check it", pool->name);
    return NULL;
}

/* Adds the categories and the generation that v1alpha5 required if nothing restricted the instance types. If the
 * requirements name a GPU, only reports them, because these types have none. */
static void default_categories(struct migration *migration, struct pool_draft *pool)
{
    json_t *value = pool->out->value;
    if (work_pool_has_any(value, WORDS(LABEL_INSTANCE_TYPE, LABEL_INSTANCE_FAMILY, LABEL_INSTANCE_CATEGORY,
                                       LABEL_INSTANCE_GENERATION)))
        return;

    if (work_pool_has_any(value, WORDS(LABEL_INSTANCE_GPU_NAME, LABEL_INSTANCE_GPU_COUNT,
                                       LABEL_INSTANCE_GPU_MANUFACTURER, LABEL_INSTANCE_GPU_MEMORY))) {
        work_report_pool(
            migration, pool, FATE_MANUAL,
            "v1alpha5 added instance-category In c, m, r by default, none of which has a GPU, so no node was ever "
            "launched; left out: check which instance types the requirements allow now");
        return;
    }

    bool for_gpus = work_pool_has_any(value, WORDS(LABEL_GPU, LABEL_GPU_PRESENT));
    work_pool_require(migration, value, LABEL_INSTANCE_CATEGORY, "In", json_pack("[s, s, s]", "c", "m", "r"));
    work_pool_require(migration, value, LABEL_INSTANCE_GENERATION, "Gt", json_pack("[s]", "2"));
    work_comment(migration, pool->out,
                 "instance-category In c, m, r and instance-generation Gt 2: what v1alpha5 added by default.");
    work_report_pool(
        migration, pool, for_gpus ? FATE_MANUAL : FATE_ADDED,
        "requirements instance-category In c, m, r and instance-generation Gt 2, which v1alpha5 added by default%s",
        for_gpus ? ": none of them has a GPU, so name the instance types that you want instead" : "");
}

static void default_requirement(struct migration *migration, struct pool_draft *pool, const char *key,
                                const char *value)
{
    if (work_pool_has_any(pool->out->value, WORDS(key)))
        return;
    work_pool_require(migration, pool->out->value, key, "In", json_pack("[s]", value));
    work_comment(migration, pool->out, "%s In %s: what v1alpha5 added by default.", key, value);
    work_report_pool(migration, pool, FATE_ADDED, "requirement %s In %s, which v1alpha5 added by default", key, value);
}

/* Adds the architecture. v1alpha5 added amd64 by default, but with it no node can be launched if all instance types
 * have another architecture. */
static void default_arch(struct migration *migration, struct pool_draft *pool)
{
    static const char key[] = LABEL_ARCH;
    struct pool_gpus gpus;

    pool_gpus_find(migration, pool->out->value, &gpus);

    const char *arch = gpus.type_count > 0 ? gpus.types[0]->arch : "amd64";
    for (size_t i = 0; i < gpus.type_count; i++)
        arch = strcmp(gpus.types[i]->arch, arch) == 0 ? arch : "amd64";

    if (strcmp(arch, "amd64") == 0 || work_pool_has_any(pool->out->value, WORDS(key))) {
        default_requirement(migration, pool, key, "amd64");
        return;
    }

    work_pool_require(migration, pool->out->value, key, "In", json_pack("[s]", arch));
    work_comment(migration, pool->out, "%s In %s: that of its instance types.", key, arch);
    work_report_pool(
        migration, pool, FATE_MANUAL,
        "requirement %s In %s, that of %s: v1alpha5 added amd64 by default, with which no node of these types is "
        "launched; the images of the pods must be for %s",
        key, arch, gpus.types[0]->name, arch);
}

static void add_defaults(struct migration *migration, struct pool_draft *pool)
{
    const json_t *value = pool->out->value;
    default_categories(migration, pool);
    default_requirement(migration, pool, LABEL_OS, "linux");
    default_arch(migration, pool);
    default_requirement(migration, pool, LABEL_CAPACITY_TYPE, CAPACITY_ON_DEMAND);

    if (!tree_get(value, "spec.disruption.consolidateAfter")) {
        work_put(migration, pool->out->value, "spec.disruption.consolidationPolicy", json_string("WhenEmpty"));
        node_pool_default(migration, pool, "spec.disruption.consolidateAfter", "Never",
                          "empty nodes were not removed; the current default is 0s, also for nodes that are not empty");
    }

    node_pool_default(migration, pool, "spec.template.spec.expireAfter", "Never",
                      "nodes did not expire; the current default is 720h, and forceful");
}

static void apply_template(struct draft *draft, const struct source_object *node_template)
{
    struct draft own = *draft;
    own.partial = true;
    own.source = node_template;
    rules_apply(&own, &node_template->node,
                (const struct rules[]){{"spec.", node_rules, false}, {"spec.", synonym_rules, false}, {0}});
}

void node_pool_from_provisioner(struct migration *migration, struct source_object *object)
{
    struct pool_draft *pool = node_pool_new(migration, object);
    if (!pool)
        return;
    const struct source_object *node_template = find_class(migration, pool);
    struct draft draft = {
        .migration = migration, .report = &migration->report, .source = object, .out = pool->out, .pool = pool};
    rules_apply(&draft, &object->node,
                (const struct rules[]){{"", object_rules, false},
                                       {"spec.", node_rules, false},
                                       {"spec.", synonym_rules, false},
                                       {"", provisioner_rules, false},
                                       {0}});
    if (node_template)
        apply_template(&draft, node_template);
    add_defaults(migration, pool);
}

/* True if the NodeTemplate describes nodes, and not only their node class. */
static bool describes_nodes(const struct source_object *object)
{
    NODE_MEMBERS(node_member(object->node, "spec"), field) {
        if (pool_field_describes_nodes(field.key) && strcmp(field.key, "annotations") != 0)
            return true;
    }
    return false;
}

void node_pool_from_template(struct migration *migration, struct source_object *object)
{
    if (object->used || !describes_nodes(object))
        return;

    struct pool_draft *pool = node_pool_new(migration, object);
    if (!pool)
        return;
    pool->node_class = object->node_class;
    node_pool_set_class(migration, pool, object->name);
    struct draft draft = {
        .migration = migration, .report = &migration->report, .source = object, .out = pool->out, .pool = pool};
    apply_template(&draft, object);
    report_note(&migration->report, &object->node, FATE_MANUAL,
                "no Provisioner of the input uses it: NodePool %s is written for it alone, without limits", pool->name);
    add_defaults(migration, pool);
}
