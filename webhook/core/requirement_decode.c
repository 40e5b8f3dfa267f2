/* Strict decoding of requirements. Checks their form; requirement.c defines their meaning. */
#include "core/keyvalue.h"
#include "core/requirement.h"

/* In the order of enum requirement_op. */
static const char *const op_words[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", NULL};
static const char *const selector_op_words[] = {"In", "NotIn", "Exists", "DoesNotExist", NULL};

struct raw_requirement {
    char *key;
    int op; /* -1: unknown */
    struct strlist values;
};

static void decode_key(const struct node *node, void *target)
{
    if (!node_expect(node, JSON_STRING))
        return;
    const char *fault = name_qualified_fault(json_string_value(node->value));
    if (fault)
        node_problem(node, "\"%s\" %s", json_string_value(node->value), fault);
    else
        decode_string(node, target);
}

static void decode_op(const struct node *node, void *target)
{
    decode_word(node, op_words, target);
}

static void decode_selector_op(const struct node *node, void *target)
{
    decode_word(node, selector_op_words, target);
}

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

static const struct field requirement_fields[] = {
    {"key", decode_key, offsetof(struct raw_requirement, key), FIELD_REQUIRED},
    {"operator", decode_op, offsetof(struct raw_requirement, op), FIELD_REQUIRED},
    {"values", decode_values, offsetof(struct raw_requirement, values), 0},
};
static const struct field selector_requirement_fields[] = {
    {"key", decode_key, offsetof(struct raw_requirement, key), FIELD_REQUIRED},
    {"operator", decode_selector_op, offsetof(struct raw_requirement, op), FIELD_REQUIRED},
    {"values", decode_values, offsetof(struct raw_requirement, values), 0},
};

static void check_label_values(const struct node *values, const struct strlist *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        struct node element = node_element(*values, i);
        const char *fault = name_label_value_fault(texts->items[i]);
        if (fault)
            node_problem(&element, "\"%s\" %s", texts->items[i], fault);
    }
}

/* The rules of ValidateNodeSelectorRequirement (k8s.io/kubernetes/pkg/apis/core/validation). */
static void check_values(const struct node *node, const struct raw_requirement *raw)
{
    struct node values = node_member(*node, "values");
    struct node place = values.value ? values : *node;
    const char *op = op_words[raw->op];
    size_t count = raw->values.count;
    int64_t integer;

    switch (raw->op) {
    case OP_IN:
    case OP_NOT_IN:
        if (count == 0)
            node_problem(&place, "%s needs at least one value, such as values: [a]", op);
        else
            check_label_values(&place, &raw->values);
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

static void decode_requirement(const struct node *node, const struct field *fields, struct requirements *list)
{
    size_t problems_before = node->document->problems->count;
    struct raw_requirement raw = {.op = -1};
    decode_object(node, fields, ARRAY_SIZE(requirement_fields), &raw);

    bool complete = raw.key && raw.op >= 0;
    if (complete && node->document->problems->count == problems_before)
        check_values(node, &raw);
    struct requirement item = {
        .key = raw.key,
        .op = (enum requirement_op)raw.op,
        .values = (const char *const *)raw.values.items,
        .value_count = raw.values.count,
    };
    struct err err;
    bool fine = complete && node->document->problems->count == problems_before;
    if (fine && requirements_add(list, &item, &err) < 0)
        node->document->problems->out_of_memory = true;
    free(raw.key);
    strlist_fini(&raw.values);
}

static void decode_list(const struct node *node, const struct field *fields, struct requirements *list)
{
    if (!node_expect(node, JSON_ARRAY))
        return;
    NODE_ELEMENTS(*node, element) {
        decode_requirement(&element, fields, list);
    }
}

void decode_requirements(const struct node *node, void *target)
{
    decode_list(node, requirement_fields, target);
}

void decode_selector_requirements(const struct node *node, void *target)
{
    decode_list(node, selector_requirement_fields, target);
}
