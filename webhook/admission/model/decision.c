/* Helpers for all steps: set the outcome of a decision and its message. Contains no rules. */
#include "admission/model/decision.h"

#include "base/text.h"
#include "core/quantity.h"

#include <stdarg.h>
#include <string.h>

enum { ALLOWED_TEXT_NAMES = 8, ALLOWED_TEXT_MAX = 600 };

void decision_init(struct decision *decision, const struct decision_input *in)
{
    decision->in = in;
    decision->found = (struct decision_findings){0};
    decision->out.outcome = OUTCOME_ALLOWED;
    decision->out.reason = REASON_NONE;
    decision->out.message[0] = '\0';
    decision->out.warnings.count = 0;
    changes_init(&decision->out.changes, PATCH_MAX);
    decision->owned.slices = NULL;
    decision->owned.named = NULL;
    decision->owned.defaulted = NULL;
    decision->owned.record = decision->owned.taken_back = (struct record){0};
    decision->owned.pod = (struct pod){0};
}

void decision_fini(struct decision *decision)
{
    record_fini(&decision->owned.record);
    record_fini(&decision->owned.taken_back);
    pod_fini(&decision->owned.pod);
    free(decision->owned.named);
    free(decision->owned.slices);
    free(decision->owned.defaulted);
    changes_fini(&decision->out.changes);
    decision_init(decision, NULL);
}

void decision_allow(struct decision *decision, enum reason reason)
{
    decision->out.outcome = OUTCOME_ALLOWED;
    decision->out.reason = reason;
}

void verdict_deny(struct decision_verdict *verdict, enum reason reason, const char *format, ...)
{
    verdict->outcome = OUTCOME_DENIED;
    verdict->reason = reason;
    va_list args;
    va_start(args, format);
    text_vprintf(verdict->message, ERR_TEXT_SIZE, format, args);
    va_end(args);
    text_make_printable(verdict->message, ' ');
}

void decision_name_policy(struct decision *decision)
{
    const struct policy *policy = decision->found.policy;
    if (decision->out.outcome != OUTCOME_DENIED || !policy)
        return;

    /* A name of 63 bytes and a contact of CONTACT_CHARACTERS, of 4 bytes each, fit. */
    char *end = decision->out.message + strlen(decision->out.message);
    if (policy->contact)
        text_printf(end, DENIAL_ENDING_SIZE, " [policy %s, contact: %s]", policy->name, policy->contact);
    else
        text_printf(end, DENIAL_ENDING_SIZE, " [policy %s]", policy->name);
}

int decision_allowed_text(const struct decision *decision, struct buf *ret_text, struct err *err)
{
    const struct policy *policy = decision->found.policy;

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
