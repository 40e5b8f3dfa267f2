/* Writes responses as text, because the order of their fields is part of the golden files, and to avoid a copy of the
 * patch. */
#include "admission/answer.h"

#include "core/kind.h"
#include "json/base64.h"

#include <stdio.h>
#include <string.h>

static void answer_begin(struct buf *out, const char *uid, bool allowed)
{
    buf_add_string(out, "{\"apiVersion\":\"" ADMISSION_V1 "\",\"kind\":\"AdmissionReview\",\"response\":{\"uid\":");
    buf_add_json_string(out, uid);
    buf_addf(out, ",\"allowed\":%s", allowed ? "true" : "false");
}

/* True if the pod has a record that is valid or was taken back, and it has another revision. */
static bool was_decided_by_other_policies(const struct decision *decision)
{
    const struct record *record = decision->found.record_valid ? decision->found.record : decision->found.taken_back;
    return record && strcmp(record->revision, decision->in->set->revision) != 0;
}

/* Adds the audit annotations. A key must not contain a slash: the API server prefixes it with the webhook's name.
 * Nothing from a record is quoted, because the author of the pod may have written it. The API server keeps the first
 * value of a key and logs a warning for a second one, so a revision that may differ from that of the first round is
 * omitted. */
static void answer_audit(const struct decision *decision, struct buf *out)
{
    const struct decision_findings *found = &decision->found;
    bool repeats = decision_repeats_record(decision);
    const struct {
        const char *key, *value;
    } entries[] = {
        {"decision", outcome_name(repeats ? OUTCOME_INJECTED : decision->out.outcome)},
        {"reason", reason_name(repeats ? REASON_INJECTED : decision->out.reason)},
        {"class", found->slice_class ? found->slice_class->name : NULL},
        {"policy", found->policy ? found->policy->name : NULL},
        {"revision", was_decided_by_other_policies(decision) ? NULL : decision->in->set->revision},
    };

    const char *separator = ",\"auditAnnotations\":{";
    for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
        if (!entries[i].value || !*entries[i].value)
            continue;
        buf_addf(out, "%s\"%s\":", separator, entries[i].key);
        buf_add_json_string(out, entries[i].value);
        separator = ",";
    }

    buf_add_char(out, '}');
}

static void answer_add_warnings(struct buf *out, const struct warnings *warnings)
{
    for (size_t i = 0; i < warnings->count; i++) {
        buf_add_string(out, i == 0 ? ",\"warnings\":[" : ",");
        char text[sizeof(WARNING_PREFIX) + WARNING_SIZE];
        (void)snprintf(text, sizeof(text), "%s%s", WARNING_PREFIX, warnings->text[i]);
        buf_add_json_string(out, text);
    }
    if (warnings->count > 0)
        buf_add_char(out, ']');
}

static int answer_end(struct buf *out, struct err *err)
{
    buf_add_string(out, "}}");
    if (buf_check(out, err) < 0)
        return err_wrap(err, "the answer");
    return 0;
}

static int answer_patch(const struct decision *decision, struct buf *out, struct err *err)
{
    if (decision->out.changes.patch.count == 0)
        return 0;
    AUTO(buf) text;
    buf_init(&text, PATCH_MAX + 16);
    if (patch_print(&decision->out.changes.patch, &text, err) < 0)
        return -1;
    buf_add_string(out, ",\"patchType\":\"JSONPatch\",\"patch\":\"");
    base64_add(out, text.data, text.length);
    buf_add_char(out, '"');
    return 0;
}

int answer_decision(const struct decision *decision, struct buf *out, struct err *err)
{
    bool allowed = decision->out.outcome != OUTCOME_DENIED;
    answer_begin(out, decision->in->review->uid, allowed);
    if (allowed && answer_patch(decision, out, err) < 0)
        return -1;

    if (!allowed) {
        buf_add_string(out, ",\"status\":{\"status\":\"Failure\",\"message\":");
        buf_add_json_string(out, decision->out.message);
        buf_add_string(out, ",\"reason\":\"Forbidden\",\"code\":403}");
    }

    answer_audit(decision, out);
    answer_add_warnings(out, &decision->out.warnings);
    return answer_end(out, err);
}

int answer_warnings(const char *uid, const struct warnings *warnings, struct buf *out, struct err *err)
{
    answer_begin(out, uid, true);
    answer_add_warnings(out, warnings);
    return answer_end(out, err);
}
