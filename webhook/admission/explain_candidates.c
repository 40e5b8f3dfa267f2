/* Says why a choice by memory took one class and not another. Decides nothing itself. */
#include "admission/explain_candidates.h"

#include "core/quantity.h"
#include "policy/price.h"

#include <string.h>

struct candidates {
    const struct decision *decision;
    int name_width;
    const char *label; /* of the first line */
};

/* Adds why the class lost against the chosen one, which has as much memory as was asked for. */
static void add_loss(const struct slice_class *chosen, const struct slice_class *other, struct buf *out)
{
    if (other->price != chosen->price)
        buf_add_string(out, other->price ? "dearer" : "its price is not known");
    else if (other->memory_bytes != chosen->memory_bytes)
        buf_add_string(out, "of the same price, but larger");
    else
        buf_add_string(out, "of the same price and memory, but its name comes later");
}

static void add_verdict(const struct decision *decision, const struct slice_class *candidate, struct buf *out)
{
    int64_t lacking = decision->found.memory_asked - candidate->memory_bytes;
    if (!policy_allows(decision->found.policy, candidate)) {
        buf_add_string(out, "not allowed");
    } else if (lacking > 0) {
        char text[QUANTITY_TEXT_SIZE];
        quantity_bytes_text(lacking, text);
        buf_addf(out, "too small by %s", text);
    } else if (candidate == decision->found.slice_class) {
        buf_add_string(out, "chosen");
    } else {
        add_loss(decision->found.slice_class, candidate, out);
    }
}

static void add_candidate(struct candidates *candidates, const struct slice_class *candidate, struct buf *out)
{
    char memory[QUANTITY_TEXT_SIZE];
    char price[PRICE_TEXT_SIZE];
    quantity_bytes_text(candidate->memory_bytes, memory);
    price_text(candidate->price, price);
    buf_addf(out, "  %-10s  %-*s  %s, price %s%s, isolation: %s; ", candidates->label, candidates->name_width,
             candidate->name, memory, candidate->price ? "$" : "", price, isolation_text(candidate->isolation));
    add_verdict(candidates->decision, candidate, out);
    buf_add_char(out, '\n');
    candidates->label = "";
}

void explain_candidates(const struct decision *decision, struct buf *out)
{
    const struct policy *policy = decision->found.policy;
    const struct policy_set *set = decision->in->set;
    struct candidates candidates = {.decision = decision, .label = "candidates"};
    bool by_memory = decision->found.class_source == CLASS_FROM_POD_MEMORY ||
                     decision->found.class_source == CLASS_FROM_NAMESPACE_MEMORY;
    if (!by_memory || decision->found.memory_asked == 0)
        return;

    for (size_t i = 0; i < set->class_count; i++) {
        int width = (int)strlen(set->classes[i].name);
        candidates.name_width = width > candidates.name_width ? width : candidates.name_width;
    }

    for (size_t i = 0; i < policy->allowed_count; i++)
        add_candidate(&candidates, policy->by_price[i], out);

    for (size_t i = 0; i < set->class_count; i++) {
        if (!policy_allows(policy, &set->classes[i]))
            add_candidate(&candidates, &set->classes[i], out);
    }
}
