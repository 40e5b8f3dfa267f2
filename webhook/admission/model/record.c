/* Writes the record, and compares it with the one that was read. */
#include "admission/model/record.h"

bool record_names(const struct decision *decision, const struct container *container)
{
    return decision->found.record.valid && decision->found.record.named[container - decision->in->pod->containers];
}

bool record_is_current(const struct decision_input *in, const struct decision_findings *found)
{
    if (!found->record.valid)
        return false;
    for (size_t i = 0; i < in->pod->count; i++) {
        if (found->slices[i] > 0 && !found->record.named[i])
            return false;
    }
    return true;
}

void record_print(const struct decision_input *in, const struct decision_findings *found, struct buf *out)
{
    const struct record *record = &found->record;

    buf_add_string(out, "{\"class\":");
    buf_add_json_string(out, found->slice_class->name);
    buf_add_string(out, ",\"policy\":");
    buf_add_json_string(out, record->valid ? record->policy : found->policy->name);
    buf_add_string(out, ",\"revision\":");
    buf_add_json_string(out, record->valid ? record->revision : in->set->revision);
    buf_add_string(out, ",\"containers\":[");

    const char *separator = "";
    for (size_t i = 0; i < in->pod->count; i++) {
        if (found->slices[i] == 0)
            continue;
        buf_add_string(out, separator);
        buf_add_json_string(out, in->pod->containers[i].name);
        separator = ",";
    }

    buf_add_string(out, "]}");
}
