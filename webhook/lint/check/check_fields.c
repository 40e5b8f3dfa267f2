/* Checks the fields of Karpenter's objects: finds what the API server would reject or drop, and labels that seem to be
 * mistyped. */
#include "base/text.h"
#include "karpenter/fields.h"
#include "lint/check/check.h"

#include <string.h>

struct kind_fields {
    const char *version, *kind;
    const struct field_spec *fields;
};

static const struct kind_fields kinds[] = {
    {KARPENTER_V1, NODE_POOL, fields_node_pool},
    {KARPENTER_V1ALPHA1, NODE_OVERLAY, fields_node_overlay},
    {KARPENTER_AWS_V1, EC2_NODE_CLASS, fields_ec2_node_class},
};

/* -- Labels in requirements -- */

static void check_requirement(struct lint *lint, struct node requirement, const char *title)
{
    struct node key = node_member(requirement, "key");
    struct node values = node_member(requirement, "values");
    const char *op = node_text(node_member(requirement, "operator"));
    const char *near = karpenter_label_nearest(node_text(key));
    const char *const *known = karpenter_label_values(node_text(key));
    size_t count = json_is_array(values.value) ? node_count(values) : 0;

    if (near)
        SAY(lint, RULE_LABEL_MISSPELLED, key, title, "no instance type has the label %s; did you mean %s?",
            node_text(key), near);
    else if (karpenter_label_refused(node_text(key)))
        SAY(lint, RULE_LABEL_RESTRICTED, key, title, "Karpenter does not let a requirement use %s", node_text(key));

    if (text_is_any(op, WORDS("In", "NotIn")) && count == 0)
        SAY(lint, RULE_FIELD_MISSING, requirement, title, "operator %s needs values", op);
    if (text_is_any(op, WORDS("Exists", "DoesNotExist")) && count > 0)
        SAY(lint, RULE_FIELD_INVALID, values, title, "operator %s takes no values", op);

    for (size_t i = 0; i < count; i++) {
        struct node value = node_element(values, i);
        if (manifest_text_placeholder(node_text(value)))
            SAY(lint, RULE_FIELD_PLACEHOLDER, value, title,
                "the value \"%s\" of %s is a placeholder: it was not checked", node_text(value), node_text(key));
        else if (known && !text_is_any(node_text(value), known))
            SAY(lint, RULE_FIELD_INVALID, value, title, "%s has no value \"%s\"", node_text(key), node_text(value));
    }
}

static void check_requirements(struct lint *lint, struct node list, const char *title)
{
    NODE_ELEMENTS(list, requirement) {
        check_requirement(lint, requirement, title);
    }
}

void lint_check_fields(struct lint *lint, const struct manifest *object, const char *title)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (strcmp(object->api_version, kinds[i].version) != 0 || strcmp(object->kind, kinds[i].kind) != 0)
            continue;
        fields_check(lint, object->node, kinds[i].fields, title, RULE_UNKNOWN_FIELD);
        check_requirements(lint, node_find(object->node, PATH("spec", "requirements")), title);
        check_requirements(lint, node_find(object->node, PATH("spec", "template", "spec", "requirements")), title);
    }
}
