/* Writing the record, and what the one that was read says. */
#include "admission/model/record.h"

#include <string.h>

bool record_names(const struct decision *decision, const struct container *container)
{
    return decision->record.valid && decision->record.named[container - decision->pod->containers];
}

bool record_is_current(const struct decision *decision)
{
    if (!decision->record.valid)
        return false;
    for (size_t i = 0; i < decision->pod->count; i++) {
        if (decision->slices[i] > 0 && !decision->record.named[i])
            return false;
    }
    return true;
}

bool record_is_of_this_revision(const struct decision *decision)
{
    return strcmp(decision->record.revision, decision->set->revision) == 0;
}

void record_print(const struct decision *decision, struct buf *out)
{
    const struct record *record = &decision->record;
    buf_add_string(out, "{\"class\":");
    buf_add_json_string(out, decision->slice_class->name);
    buf_add_string(out, ",\"policy\":");
    buf_add_json_string(out, record->valid ? record->policy : decision->policy->name);
    buf_add_string(out, ",\"revision\":");
    buf_add_json_string(out, record->valid ? record->revision : decision->set->revision);
    buf_add_string(out, ",\"containers\":[");
    const char *separator = "";
    for (size_t i = 0; i < decision->pod->count; i++) {
        if (decision->slices[i] == 0)
            continue;
        buf_add_string(out, separator);
        buf_add_json_string(out, decision->pod->containers[i].name);
        separator = ",";
    }
    buf_add_string(out, "]}");
}
