/* The parts of a decision that every step uses: conclusions, warnings, origins. Knows no rule. */
#include "admission/model/decision.h"

#include "base/text.h"
#include "core/quantity.h"

#include <stdarg.h>
#include <string.h>

enum { ALLOWED_TEXT_NAMES = 8, ALLOWED_TEXT_MAX = 600 };

void decision_fini(struct decision *decision)
{
    cJSON_Delete(decision->record.json);
    free(decision->record.named);
    free(decision->slices);
    patch_fini(&decision->patch);
    *decision = (struct decision){0};
}

void decision_allow(struct decision *decision, enum reason reason)
{
    decision->outcome = OUTCOME_ALLOWED;
    decision->reason = reason;
}

void decision_deny(struct decision *decision, enum reason reason, const char *format, ...)
{
    decision->outcome = OUTCOME_DENIED;
    decision->reason = reason;
    va_list args;
    va_start(args, format);
    text_vprintf(decision->message, sizeof(decision->message), format, args);
    va_end(args);
    text_make_printable(decision->message, ' ');
}

static void decision_because(struct decision *decision, struct origin origin)
{
    origin.first = decision->patch.count;
    if (decision->origin_count > 0 && decision->origins[decision->origin_count - 1].first == origin.first)
        decision->origin_count--; /* nothing came of the one before */
    if (decision->origin_count < DECISION_ORIGINS_MAX)
        decision->origins[decision->origin_count++] = origin;
}

void decision_because_policy(struct decision *decision, const char *rule)
{
    const struct policy *policy = decision->policy;
    decision_because(
        decision,
        (struct origin){.kind = "SlicePolicy", .name = policy->name, .location = &policy->location, .rule = rule});
}

void decision_because_class(struct decision *decision, const char *rule)
{
    const struct slice_class *slice_class = decision->slice_class;
    decision_because(decision, (struct origin){.kind = "SliceClass",
                                               .name = slice_class->name,
                                               .location = &slice_class->location,
                                               .rule = rule});
}

void decision_because_pool(struct decision *decision, const struct pool *pool, const char *rule)
{
    decision_because(
        decision, (struct origin){.kind = "SlicePool", .name = pool->name, .location = &pool->location, .rule = rule});
}

int decision_allowed_text(const struct decision *decision, struct buf *ret_text, struct err *err)
{
    const struct policy *policy = decision->policy;
    buf_init(ret_text, ALLOWED_TEXT_MAX);
    size_t shown = policy->allowed_count < ALLOWED_TEXT_NAMES ? policy->allowed_count : ALLOWED_TEXT_NAMES;
    for (size_t i = 0; i < shown; i++) {
        char memory[QUANTITY_TEXT_SIZE];
        quantity_bytes_text(policy->allowed_classes[i]->memory_bytes, memory);
        buf_addf(ret_text, "%s%s (%s)", i ? ", " : "", policy->allowed_classes[i]->name, memory);
    }
    if (policy->allowed_count > shown)
        buf_addf(ret_text, " and %zu more", policy->allowed_count - shown);
    if (policy->none_allowed)
        buf_addf(ret_text, "%snone", policy->allowed_count ? ", " : "");
    if (policy->allowed_count == 0 && !policy->none_allowed)
        buf_add_string(ret_text, "no class at all");
    return ret_text->failure == ERR_NOMEM ? err_nomem(err) : 0;
}
