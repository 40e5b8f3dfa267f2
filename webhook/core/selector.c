/* Decodes and matches label selectors. */
#include "core/selector.h"

static void decode_match_labels(const struct node *node, void *target)
{
    AUTO(keyvalues) labels = {0};
    struct err err;
    decode_labels(node, &labels);
    for (size_t i = 0; i < labels.count; i++) {
        const char *const values[] = {labels.items[i].value};
        struct requirement item = {.key = labels.items[i].key, .op = OP_IN, .values = values, .value_count = 1};
        if (requirements_add(target, &item, &err) < 0)
            node->document->problems->out_of_memory = true;
    }
}

void decode_selector(const struct node *node, void *target)
{
    static const struct field fields[] = {
        {"matchLabels", decode_match_labels},
        {"matchExpressions", decode_selector_requirements},
    };
    decode_object(node, fields, ARRAY_SIZE(fields), target);
}

bool selector_matches(const struct requirements *selector, const struct keyvalues *labels)
{
    for (size_t i = 0; i < selector->count; i++) {
        const struct requirement *item = &selector->items[i];
        if (!requirement_meets(item, keyvalues_get(labels, item->key)))
            return false;
    }
    return true;
}
