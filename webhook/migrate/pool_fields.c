/* Converts labels, requirements and taints of NodePools. Does not depend on the kind of the source. */
#include "migrate/pool_fields.h"

#include "base/text.h"
#include "core/keyvalue.h"
#include "karpenter/label.h"
#include "migrate/report/tree.h"
#include "nvidia/label.h"

#include <stdio.h>
#include <string.h>

static const char *current_key(const char *key)
{
    const char *current = karpenter_label_alias(key);
    return current ? current : key;
}

const char *pool_label_refused(const char *key)
{
    if (strcmp(key, LABEL_INSTANCE_PODS) == 0)
        return "Karpenter has no such label any more; maxPods of the EC2NodeClass's kubelet sets how many pods a node "
               "takes";
    if (text_begins(key, KARPENTER_AWS_PREFIX) && !karpenter_label_known(key))
        return "Karpenter reserves the labels of karpenter.k8s.aws, and has none of that name";
    if (text_begins(key, KARPENTER_PREFIX) && strcmp(key, LABEL_CAPACITY_TYPE) != 0)
        return "Karpenter reserves the labels of karpenter.sh";
    if (strcmp(key, LABEL_HOSTNAME) == 0)
        return "Karpenter refuses the host name in a NodePool";
    return NULL;
}

static bool is_discovered(const char *key)
{
    return nvidia_label_is_discovered(key) && strcmp(key, LABEL_GPU_PRESENT) != 0; /* the operator sets it, too */
}

/* True unless Karpenter itself knows the values of the label. */
static bool is_custom(const char *key)
{
    static const char *const known[] = {KARPENTER_PREFIX,      KARPENTER_AWS_PREFIX,      "kubernetes.io/",
                                        "node.kubernetes.io/", "topology.kubernetes.io/", "topology.k8s.aws/"};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
        if (text_begins(key, known[i]))
            return false;
    }
    return true;
}

bool pool_put_label(struct migration *migration, json_t *pool, const char *key, const char *value)
{
    const char *existing = tree_text(tree_get(pool, POOL_LABELS), key);
    if (existing)
        return strcmp(existing, value) == 0;
    work_put_key(migration, pool, POOL_LABELS, key, json_string(value));
    return true;
}

const char *pool_label_value(const struct migration *migration, const char *key, const char *value)
{
    bool selects = strcmp(key, LABEL_PLUGIN_CONFIG) == 0;
    for (size_t i = 0; selects && i < migration->config_count; i++) {
        if (strcmp(migration->configs[i].old_key, value) == 0)
            return migration->configs[i].key;
    }
    return value;
}

static void report_label(struct draft *draft, const struct node *node, const char *key, const char *value)
{
    AUTO(buf) path = tree_path_key(POOL_LABELS, key);

    if (strcmp(key, node->key) != 0)
        report_add(draft->report, node, FATE_CHANGED, "the label is %s now", key);
    else if (!json_is_string(node->value) || strcmp(value, json_string_value(node->value)) != 0)
        report_add(draft->report, node, FATE_CHANGED, "\"%s\" as %s of %s", value, buf_text(&path), draft->out->title);
    else
        report_carried(draft->report, node, draft->out->title, "%s", buf_text(&path));

    if (is_discovered(key))
        report_add(draft->report, node, FATE_MANUAL,
                   "GPU feature discovery overwrites this label with a value of its own, and pods that ask for yours "
                   "find no node; let them ask for a label of your own");
}

static void put_label(struct draft *draft, const struct node *node)
{
    const char *refused = pool_label_refused(node->key);
    const char *key = current_key(node->key);
    AUTO(string) text = tree_scalar_text(node->value);
    const char *value = text ? pool_label_value(draft->migration, key, text) : NULL;

    if (!text)
        draft->migration->out_of_memory = true;
    else if (strcmp(node->key, LABEL_PROVISIONER_NAME) == 0)
        report_add(draft->report, node, FATE_NEEDLESS, "Karpenter writes karpenter.sh/nodepool itself");
    else if (refused)
        report_add(draft->report, node, FATE_LOST, "%s", refused);
    else if (name_label_value_fault(value) || node_count(*node) > 0)
        report_add(draft->report, node, FATE_MANUAL,
                   "is not a label value: at most 63 letters, digits, '-', '_' and '.'; left out");
    else if (!pool_put_label(draft->migration, draft->out->value, key, value))
        report_add(draft->report, node, FATE_MANUAL, "%s already has the label with another value, which is kept",
                   draft->out->title);
    else
        report_label(draft, node, key, value);
}

void rule_pool_labels(struct draft *draft, const struct node *node, const struct rule *rule)
{
    (void)rule;
    if (!json_is_object(node->value))
        report_add(draft->report, node, FATE_MANUAL, "must be a map of labels; left out");
    NODE_MEMBERS(*node, member) {
        put_label(draft, &member);
    }
}

/* Converts `nvidia.com/gpu Exists`, which older guides used for GPU nodes, to a label, because for the requirement
 * Karpenter would write a random number as the value. Pods that select nodes by the key match the label as well. */
static void requirement_to_label(struct draft *draft, const struct node *node, const char *key)
{
    (void)pool_put_label(draft->migration, draft->out->value, key, "true");
    report_add(
        draft->report, node, FATE_CHANGED,
        "now the label %s: \"true\" of the template; with a requirement Karpenter would set it to a random number",
        key);
}

static void append_requirement(struct draft *draft, const struct node *node, const char *key, const char *list)
{
    AUTO(buf) path = tree_path("%s[%zu]", list, json_array_size(tree_get(draft->out->value, list)));
    json_t *copy = json_deep_copy(node->value);
    work_put(draft->migration, copy, "key", json_string(key));
    work_append(draft->migration, draft->out->value, list, copy);

    NODE_MEMBERS(*node, member) {
        AUTO(buf) target = tree_path("%s.%s", buf_text(&path), member.key);
        if (strcmp(member.key, "key") == 0 && strcmp(key, json_string_value(member.value)) != 0)
            report_add(draft->report, &member, FATE_CHANGED, "the label is %s now", key);
        else
            draft_report(draft, &member, buf_text(&target));
    }
}

static void put_requirement(struct draft *draft, const struct node *node, const char *list)
{
    const char *old_key = tree_text(node->value, "key");
    const char *op = tree_text(node->value, "operator");
    if (!old_key || !op) {
        report_add(draft->report, node, FATE_MANUAL, "must be {key, operator, values}; left out");
        return;
    }

    const char *key = current_key(old_key);
    const char *refused = pool_label_refused(key);
    bool exists = strcmp(op, "Exists") == 0;
    if (refused)
        report_add(draft->report, node, FATE_LOST, "%s", refused);
    else if (strcmp(op, "In") == 0 && json_array_size(json_object_get(node->value, "values")) == 0)
        report_add(draft->report, node, FATE_MANUAL, "In needs values, or Karpenter rejects the NodePool; left out");
    else if (exists && text_is_any(key, WORDS(LABEL_GPU, LABEL_GPU_PRESENT)))
        requirement_to_label(draft, node, key);
    else
        append_requirement(draft, node, key, list);

    if (!refused && exists && is_custom(key) && !text_is_any(key, WORDS(LABEL_GPU, LABEL_GPU_PRESENT)))
        report_add(
            draft->report, node, FATE_MANUAL,
            "Karpenter sets this label to a random number for pods that name no value; use a label of the template "
            "with the value that you want");
}

/* Converts each item of a list with `put`. */
static void put_items(struct draft *draft, const struct node *node, const char *noun,
                      void (*put)(struct draft *draft, const struct node *item, const char *list), const char *list)
{
    if (!json_is_array(node->value))
        report_add(draft->report, node, FATE_MANUAL, "must be a %s; left out", noun);
    else if (node_count(*node) == 0)
        report_add(draft->report, node, FATE_NEEDLESS, "it is empty");
    NODE_ELEMENTS(*node, item) {
        put(draft, &item, list);
    }
}

void rule_pool_requirements(struct draft *draft, const struct node *node, const struct rule *rule)
{
    put_items(draft, node, "list", put_requirement, rule->target);
}

const json_t *pool_find_taint(const json_t *list, const json_t *taint)
{
    size_t i;
    json_t *own;
    json_array_foreach(json_unconst(list), i, own) {
        if (tree_same_text(own, taint, "key") && tree_same_text(own, taint, "effect"))
            return own;
    }
    return NULL;
}

/* Converts "key=value:Effect", the form of kubectl taint, to an object. Returns NULL if the text does not have that
 * form. */
static json_t *parse_taint(const char *text)
{
    const char *effect = strrchr(text, ':');
    if (!effect || effect == text)
        return NULL;
    const char *equals = memchr(text, '=', (size_t)(effect - text));
    const char *key_end = equals ? equals : effect;
    json_t *taint = json_pack("{s:s%}", "key", text, (size_t)(key_end - text));
    if (taint && equals)
        (void)json_object_set_new(taint, "value", json_stringn(equals + 1, (size_t)(effect - equals - 1)));
    if (taint)
        (void)json_object_set_new(taint, "effect", json_string(effect + 1));
    return taint;
}

static bool taint_is_valid(const json_t *taint)
{
    const char *key = tree_text(taint, "key");
    return key && *key && text_is_any(tree_text(taint, "effect"), WORDS("NoSchedule", "PreferNoSchedule", "NoExecute"));
}

/* timeAdded is when a node got the taint, which is nothing for a template to say. */
static void report_taint(struct draft *draft, const struct node *node, const char *path)
{
    NODE_MEMBERS(*node, member) {
        AUTO(buf) target = tree_path("%s.%s", path, member.key);
        if (strcmp(member.key, "timeAdded") == 0)
            report_add(draft->report, &member, FATE_NEEDLESS, "Kubernetes writes it on nodes");
        else
            draft_report(draft, &member, buf_text(&target));
    }
}

static void put_taint(struct draft *draft, const struct node *node, const char *list)
{
    AUTO(json)
    taint = json_is_string(node->value) ? parse_taint(json_string_value(node->value)) : json_deep_copy(node->value);

    /* Karpenter rejects a second taint with the same key and effect in either list. */
    const json_t *existing = pool_find_taint(tree_get(draft->out->value, POOL_TAINTS), taint);
    if (!existing)
        existing = pool_find_taint(tree_get(draft->out->value, "spec.template.spec.startupTaints"), taint);
    if (!taint || !taint_is_valid(taint)) {
        report_add(draft->report, node, FATE_MANUAL,
                   "must be {key, value, effect} with the effect NoSchedule, PreferNoSchedule or NoExecute; left out");
        return;
    }

    if (existing) {
        bool same = tree_same_text(existing, taint, "value");
        report_add(draft->report, node, same ? FATE_CHANGED : FATE_MANUAL,
                   "%s already has a taint with this key and effect%s", draft->out->title,
                   same ? " and value" : "; its value is kept");
        return;
    }

    AUTO(buf) path = tree_path("%s[%zu]", list, json_array_size(tree_get(draft->out->value, list)));
    (void)json_object_del(taint, "timeAdded");
    work_append(draft->migration, draft->out->value, list, json_incref(taint));

    if (json_is_string(node->value))
        report_add(draft->report, node, FATE_CHANGED, "an object now, at %s of %s", buf_text(&path), draft->out->title);
    else
        report_taint(draft, node, buf_text(&path));
}

void rule_pool_taints(struct draft *draft, const struct node *node, const struct rule *rule)
{
    put_items(draft, node, "list of taints", put_taint, rule->target);
}

/* True if the values can be those of a requirement: a text, or a list of texts that is not empty. */
static bool are_names(const json_t *value)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_unconst(value), i, item) {
        if (json_string_length(item) == 0)
            return false;
    }
    return json_string_length(value) > 0 || json_array_size(value) > 0;
}

/* Converts a field that names values of a label (rule->target) to a requirement. A guide's field may have the list in a
 * map of one member. */
static void rule_pool_values(struct draft *draft, const struct node *node, const struct rule *rule)
{
    struct migration *migration = draft->migration;
    json_t *value = json_unconst(node->value);
    if (json_object_size(value) == 1)
        value = json_object_iter_value(json_object_iter(value));
    if (!are_names(value)) {
        report_add(&migration->report, node, FATE_MANUAL,
                   "must be a name or a list of names for the requirement %s; left out", rule->target);
        return;
    }
    json_t *values = json_is_string(value) ? json_pack("[O]", value) : json_deep_copy(value);
    work_pool_require(migration, draft->out->value, rule->target, "In", values);
    report_add(&migration->report, node, FATE_CHANGED, "the requirement %s of %s", rule->target, draft->out->title);
}

const struct rule node_rules[] = {
    {"labels", rule_pool_labels, NULL, NULL},
    {"annotations", rule_annotations, "spec.template.metadata.annotations", NULL},
    {"requirements", rule_pool_requirements, POOL_REQUIREMENTS, NULL},
    {"taints", rule_pool_taints, POOL_TAINTS, NULL},
    {"startupTaints", rule_pool_taints, "spec.template.spec.startupTaints", NULL},
    {0},
};

/* No version of karpenter.sh has them, apart from some of v1alpha3 and v1alpha4, but what they mean is unmistakable. */
const struct rule synonym_rules[] = {
    {"instanceType", rule_pool_values, LABEL_INSTANCE_TYPE, NULL},
    {"instanceTypes", rule_pool_values, LABEL_INSTANCE_TYPE, NULL},
    {"instanceTypeSelector", rule_pool_values, LABEL_INSTANCE_TYPE, NULL},
    {"instanceTypeSelectors", rule_pool_values, LABEL_INSTANCE_TYPE, NULL},
    {"instanceTypeList", rule_pool_values, LABEL_INSTANCE_TYPE, NULL},
    {"instanceFamily", rule_pool_values, LABEL_INSTANCE_FAMILY, NULL},
    {"instanceFamilies", rule_pool_values, LABEL_INSTANCE_FAMILY, NULL},
    {"zones", rule_pool_values, LABEL_ZONE, NULL},
    {"availabilityZones", rule_pool_values, LABEL_ZONE, NULL},
    {"architecture", rule_pool_values, LABEL_ARCH, NULL},
    {"architectures", rule_pool_values, LABEL_ARCH, NULL},
    {"capacityType", rule_pool_values, LABEL_CAPACITY_TYPE, NULL},
    {"capacityTypes", rule_pool_values, LABEL_CAPACITY_TYPE, NULL},
    {0},
};

bool pool_field_describes_nodes(const char *name)
{
    const struct rule *const tables[] = {node_rules, synonym_rules};
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        for (const struct rule *row = tables[i]; row->path; row++) {
            if (strcmp(row->path, name) == 0)
                return true;
        }
    }
    return false;
}
