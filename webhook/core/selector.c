/* Decodes and matches label selectors. */
#include "core/selector.h"

void selector_fini(struct selector *selector)
{
    requirements_fini(&selector->all);
}

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
        {"matchLabels", decode_match_labels, offsetof(struct selector, all)},
        {"matchExpressions", decode_selector_requirements, offsetof(struct selector, all)},
    };
    decode_object(node, fields, ARRAY_SIZE(fields), target);
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
