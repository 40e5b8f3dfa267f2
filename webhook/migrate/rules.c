/* Applies the tables, and defines the rules that need no code of their own. */
#include "migrate/rules.h"

#include "base/text.h"
#include "karpenter/fields.h"
#include "karpenter/label.h"
#include "migrate/report/tree.h"

#include <string.h>

static const char by_cluster[] = "the cluster writes it itself";

const struct rule object_rules[] = {
    {"apiVersion", rule_changed, NULL, NULL},
    {"kind", rule_changed, NULL, NULL},
    {"metadata.name", rule_name, "metadata.name", NULL},
    {"metadata.namespace", rule_needless, NULL, "objects of this kind belong to no namespace"},
    {"metadata.labels", rule_carry, "metadata.labels", NULL},
    {"metadata.annotations", rule_annotations, "metadata.annotations", NULL},
    {"metadata.uid", rule_needless, NULL, by_cluster},
    {"metadata.generation", rule_needless, NULL, by_cluster},
    {"metadata.resourceVersion", rule_needless, NULL, by_cluster},
    {"metadata.creationTimestamp", rule_needless, NULL, by_cluster},
    {"metadata.selfLink", rule_needless, NULL, by_cluster},
    {"metadata.managedFields", rule_needless, NULL, by_cluster},
    {"metadata.finalizers", rule_needless, NULL, "its controller sets its own"},
    {"metadata.ownerReferences", rule_lost, NULL, "the owner's uid is not known here"},
    {"status", rule_needless, NULL, by_cluster},
    {0},
};

static const struct field_spec *find_field(const struct draft *draft, const char *path)
{
    for (const struct field_spec *field = draft->fields; field && field->path; field++) {
        if (strcmp(field->path, path) == 0)
            return field;
    }
    return NULL;
}

/* Returns the row for the path, without a function if there is none. */
static struct rule find_rule(const struct draft *draft, const struct rules *tables, const char *path)
{
    for (; tables->rows; tables++) {
        for (const struct rule *row = tables->rows; row->path && text_begins(path, tables->prefix); row++) {
            if (strcmp(row->path, path + strlen(tables->prefix)) == 0)
                return tables->elsewhere ? (struct rule){.apply = rule_elsewhere} : *row;
        }
    }

    const struct field_spec *field = find_field(draft, path);
    return (struct rule){.apply = field && field->type != F_OBJECT ? rule_carry : NULL, .target = path};
}

/* True if a row is below `path`, or if `path` is a field of the new object. */
static bool has_rows_below(const struct draft *draft, const struct rules *tables, const char *path)
{
    size_t length = strlen(path);
    for (; tables->rows; tables++) {
        size_t skipped = strlen(tables->prefix);
        if (text_begins(tables->prefix, path) && tables->prefix[length] == '.')
            return true;
        for (const struct rule *row = tables->rows; row->path && text_begins(path, tables->prefix); row++) {
            if (text_begins(row->path, path + skipped) && row->path[length - skipped] == '.')
                return true;
        }
    }

    return find_field(draft, path) != NULL;
}

static void report_unknown(struct draft *draft, const struct node *node)
{
    if (draft->noun)
        report_add(draft->report, node, FATE_LOST, "%s has no such field, nothing reads it", draft->noun);
    else
        report_add(draft->report, node, FATE_LOST, "%s of %s has no such field, nothing reads it", draft->source->kind,
                   draft->source->version);
}

static void rules_walk(struct draft *draft, const struct node *node, const char *prefix, const struct rules *tables)
{
    NODE_MEMBERS(*node, child) {
        AUTO(buf) path = tree_path("%s%s%s", prefix, *prefix ? "." : "", child.key);

        struct rule rule = find_rule(draft, tables, buf_text(&path));
        bool leads = !rule.apply && has_rows_below(draft, tables, buf_text(&path));
        if (rule.apply && json_is_null(child.value))
            report_add(draft->report, &child, FATE_NEEDLESS, "null has no effect");
        else if (rule.apply)
            rule.apply(draft, &child, &rule);
        else if (leads && json_object_size(child.value) > 0)
            rules_walk(draft, &child, buf_text(&path), tables);
        else if (leads && !draft->partial)
            report_add(draft->report, &child, FATE_NEEDLESS, "it is empty");
        else if (!draft->partial)
            report_unknown(draft, &child);
    }
}

void rules_apply(struct draft *draft, const struct node *root, const struct rules *tables)
{
    if (draft->out)
        rules_walk(draft, root, "", tables);
}

void draft_put(struct draft *draft, const char *path, json_t *value)
{
    work_put(draft->migration, draft->out->value, path, value);
}

void draft_report(struct draft *draft, const struct node *node, const char *path)
{
    NODE_CHILDREN(*node, child) {
        AUTO(buf) below = child.key ? tree_path_key(path, child.key) : tree_path("%s[%zu]", path, child.index);
        draft_report(draft, &child, buf_text(&below));
    }
    if (node_count(*node) == 0)
        report_carried(draft->report, node, draft->out->title, "%s", path);
}

/* Returns the row of the new object's CRD for the path ("spec.template.spec.taints[].key"), or NULL. */
static const struct field_spec *find_current(const struct draft *draft, const char *path)
{
    const char *kind = tree_text(draft->out->value, "kind");
    const struct field_spec *field = kind && strcmp(kind, NODE_POOL) == 0        ? fields_node_pool
                                     : kind && strcmp(kind, EC2_NODE_CLASS) == 0 ? fields_ec2_node_class
                                                                                 : NULL;
    while (field && field->path && strcmp(field->path, path) != 0)
        field++;
    return field && field->path ? field : NULL;
}

/* Adds a member to the copy if the new object has such a field, and reports it as lost otherwise. */
static void copy_member(struct draft *draft, const struct node *member, json_t *copy, const char *path, const char *row)
{
    AUTO(buf) below = tree_path_key(path, member->key);
    AUTO(buf) below_row = tree_path("%s.%s", row, member->key);
    if (find_current(draft, buf_text(&below_row)))
        work_must(
            draft->migration,
            json_object_set_new(copy, member->key, draft_copy(draft, member, buf_text(&below), buf_text(&below_row))));
    else
        report_add(draft->report, member, FATE_LOST, "%s of v1 has no such field",
                   tree_text(draft->out->value, "kind"));
}

json_t *draft_copy(struct draft *draft, const struct node *node, const char *path, const char *row)
{
    const struct field_spec *field = find_current(draft, row);
    bool is_object = field && field->type == F_OBJECT && json_object_size(node->value) > 0;
    bool is_list = field && field->type == F_LIST && json_array_size(node->value) > 0;

    if (!is_object && !is_list) {
        draft_report(draft, node, path);
        return json_deep_copy(node->value);
    }

    AUTO(json) copy = is_object ? json_object() : json_array();
    NODE_CHILDREN(*node, child) {
        AUTO(buf) below = tree_path("%s[%zu]", path, child.index);
        AUTO(buf) below_row = tree_path("%s[]", row);
        if (is_object)
            copy_member(draft, &child, copy, path, row);
        else
            work_must(draft->migration,
                      json_array_append_new(copy, draft_copy(draft, &child, buf_text(&below), buf_text(&below_row))));
    }
    return TAKE(copy);
}

void draft_carry(struct draft *draft, const struct node *node, const char *path)
{
    draft_put(draft, path, draft_copy(draft, node, path, path));
}

void rule_carry(struct draft *draft, const struct node *node, const struct rule *rule)
{
    AUTO(buf) path = tree_path("%s%s", draft->base ? draft->base : "", rule->target);
    draft_carry(draft, node, buf_text(&path));
}

void rule_lost(struct draft *draft, const struct node *node, const struct rule *rule)
{
    report_add(draft->report, node, FATE_LOST, "%s", rule->why);
}

void rule_needless(struct draft *draft, const struct node *node, const struct rule *rule)
{
    report_add(draft->report, node, FATE_NEEDLESS, "%s", rule->why);
}

void rule_changed(struct draft *draft, const struct node *node, const struct rule *rule)
{
    if (rule->why)
        report_add(draft->report, node, FATE_CHANGED, "%s", rule->why);
    else
        report_add(draft->report, node, FATE_CHANGED, "%s now", tree_text(draft->out->value, node->key));
}

void rule_elsewhere(struct draft *draft, const struct node *node, const struct rule *rule)
{
    (void)draft;
    (void)node;
    (void)rule;
}

void rule_name(struct draft *draft, const struct node *node, const struct rule *rule)
{
    if (json_is_string(node->value))
        rule_carry(draft, node, rule);
    else
        report_add(draft->report, node, FATE_MANUAL, "must be a text; put it in quotes");
}

/* Annotations that Karpenter and kubectl write themselves. */
static const struct {
    const char *key, *why;
} own_annotations[] = {
    {"kubectl.kubernetes.io/last-applied-configuration", "`kubectl apply` writes its own"},
    {ANNOTATION_PROVISIONER_HASH, "Karpenter writes karpenter.sh/nodepool-hash itself"},
    {ANNOTATION_NODE_TEMPLATE_HASH, "Karpenter writes karpenter.k8s.aws/ec2nodeclass-hash itself"},
    {ANNOTATION_NODE_POOL_HASH, "Karpenter writes it itself"},
    {ANNOTATION_NODE_POOL_HASH "-version", "Karpenter writes it itself"},
    {ANNOTATION_NODE_CLASS_HASH, "Karpenter writes it itself"},
    {ANNOTATION_NODE_CLASS_HASH "-version", "Karpenter writes it itself"},
};

static const char *why_needless(const char *key)
{
    for (size_t i = 0; i < ARRAY_SIZE(own_annotations); i++) {
        if (strcmp(own_annotations[i].key, key) == 0)
            return own_annotations[i].why;
    }
    return NULL;
}

void draft_carry_member(struct draft *draft, const struct node *node, const char *path)
{
    AUTO(buf) target = tree_path_key(path, node->key);
    work_put_key(draft->migration, draft->out->value, path, node->key, json_deep_copy(node->value));
    report_carried(draft->report, node, draft->out->title, "%s", buf_text(&target));
}

void rule_annotations(struct draft *draft, const struct node *node, const struct rule *rule)
{
    if (!json_is_object(node->value))
        report_add(draft->report, node, FATE_MANUAL, "must be a map of texts; left out");

    NODE_MEMBERS(*node, member) {
        const char *why = why_needless(member.key);
        const char *to = karpenter_key_today(member.key);
        if (why) {
            report_add(draft->report, &member, FATE_NEEDLESS, "%s", why);
        } else if (to) {
            work_put_key(draft->migration, draft->out->value, rule->target, to, json_deep_copy(member.value));
            report_add(draft->report, &member, FATE_CHANGED, "the annotation is %s now", to);
        } else {
            draft_carry_member(draft, &member, rule->target);
        }
    }
}
