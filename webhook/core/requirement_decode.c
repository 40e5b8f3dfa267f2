/* Decodes requirements strictly. */
#include "core/keyvalue.h"
#include "core/requirement.h"

static const char *const selector_op_words[] = {"In", "NotIn", "Exists", "DoesNotExist", NULL};

struct raw_requirement {
    char *key;
    int op;
    struct strlist values;
};

/* Unlike decode_strings(), this allows empty values. */
static void decode_values(const struct node *node, void *target)
{
    if (!node_expect(node, JSON_ARRAY))
        return;
    NODE_ELEMENTS(*node, element) {
        struct err err;
        if (node_expect(&element, JSON_STRING) && strlist_add(target, json_string_value(element.value), &err) < 0)
            node->document->problems->out_of_memory = true;
    }
}

static const struct field label_value = {.find_fault = name_label_value_fault};
static const struct field label_values = {.elements = &label_value};

/* The rules of ValidateNodeSelectorRequirement (k8s.io/kubernetes/pkg/apis/core/validation). */
static void check_values(const struct node *node, const struct raw_requirement *raw)
{
    struct node values = node_member(*node, "values");
    struct node place = values.value ? values : *node;
    const char *op = requirement_ops[raw->op];
    size_t count = raw->values.count;
    int64_t integer;

    switch (raw->op) {
    case OP_IN:
    case OP_NOT_IN:
        if (count == 0)
            node_problem(&place, "%s needs at least one value, such as values: [a]", op);
        else
            decode_field(&place, &label_values, NULL);
        break;
    case OP_EXISTS:
    case OP_DOES_NOT_EXIST:
        if (count > 0)
            node_problem(&place, "%s takes no values, but has %zu; leave them out, or write %s", op, count,
                         raw->op == OP_EXISTS ? "In" : "NotIn");
        break;
    default:
        if (count != 1 || !requirement_integer(raw->values.items[0], &integer))
            node_problem(&place, "%s needs exactly one value that is an integer, such as values: [\"1\"]", op);
    }
}

static void decode_requirement(const struct node *node, const char *const op_words[], struct requirements *list)
{
    const struct field fields[] = {
        {"key", .find_fault = name_qualified_fault, .offset = offsetof(struct raw_requirement, key),
         .flags = FIELD_REQUIRED},
        {"operator", .words = op_words, .offset = offsetof(struct raw_requirement, op), .flags = FIELD_REQUIRED},
        {"values", decode_values, offsetof(struct raw_requirement, values)},
    };
    size_t problems_before = node->document->problems->count;
    struct raw_requirement raw = {0};

    decode_object(node, fields, ARRAY_SIZE(fields), &raw);

    if (raw.key && node->document->problems->count == problems_before)
        check_values(node, &raw);

    struct requirement item = {
        .key = raw.key,
        .op = (enum requirement_op)raw.op,
        .values = (const char *const *)raw.values.items,
        .value_count = raw.values.count,
    };
    struct err err;
    bool valid = raw.key && node->document->problems->count == problems_before;
    if (valid && requirements_add(list, &item, &err) < 0)
        node->document->problems->out_of_memory = true;

    free(raw.key);
    strlist_fini(&raw.values);
}

static void decode_node_requirement(const struct node *node, void *target)
{
    decode_requirement(node, requirement_ops, target);
}

static void decode_selector_requirement(const struct node *node, void *target)
{
    decode_requirement(node, selector_op_words, target);
}

void decode_requirements(const struct node *node, void *target)
{
    decode_elements(node, decode_node_requirement, target);
}

void decode_selector_requirements(const struct node *node, void *target)
{
    decode_elements(node, decode_selector_requirement, target);
}
