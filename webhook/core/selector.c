/* Label selectors. Depends on labels, not on the objects that have them. */
#include "core/selector.h"

struct raw_selector {
    struct keyvalues labels;
    struct requirements expressions;
};

static const struct field selector_fields[] = {
    {"matchLabels", decode_labels, offsetof(struct raw_selector, labels), 0},
    {"matchExpressions", decode_selector_requirements, offsetof(struct raw_selector, expressions), 0},
};

void selector_fini(struct selector *selector)
{
    requirements_fini(&selector->all);
}

static int add_labels(struct requirements *all, const struct keyvalues *labels, struct err *err)
{
    for (size_t i = 0; i < labels->count; i++) {
        const char *const values[] = {labels->items[i].value};
        struct requirement item = {.key = labels->items[i].key, .op = OP_IN, .values = values, .value_count = 1};
        if (requirements_add(all, &item, err) < 0)
            return -1;
    }
    return 0;
}

static int add_expressions(struct requirements *all, const struct requirements *expressions, struct err *err)
{
    for (size_t i = 0; i < expressions->count; i++) {
        if (requirements_add(all, &expressions->items[i], err) < 0)
            return -1;
    }
    return 0;
}

void decode_selector(const struct node *node, void *target)
{
    struct selector *selector = target;
    struct raw_selector raw = {0};
    decode_object(node, selector_fields, ARRAY_SIZE(selector_fields), &raw);
    struct err err;
    if (add_labels(&selector->all, &raw.labels, &err) < 0 ||
        add_expressions(&selector->all, &raw.expressions, &err) < 0)
        node->document->problems->out_of_memory = true;
    keyvalues_fini(&raw.labels);
    requirements_fini(&raw.expressions);
}

bool selector_matches(const struct selector *selector, const struct keyvalues *labels)
{
    for (size_t i = 0; i < selector->all.count; i++) {
        const struct requirement *item = &selector->all.items[i];
        if (!requirement_meets(item, keyvalues_get(labels, item->key)))
            return false;
    }
    return true;
}
