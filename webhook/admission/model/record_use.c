/* Writes the record, and compares it with the one that was read. */
#include "admission/model/record_use.h"

#include <string.h>

bool record_names(const struct decision *decision, const struct container *container)
{
    const struct decision_findings *found = &decision->found;
    return found->record_valid && found->named[container - decision->in->pod->containers];
}

bool record_is_current(const struct decision_input *in, const struct decision_findings *found)
{
    if (!found->record_valid)
        return false;
    for (size_t i = 0; i < in->pod->count; i++) {
        if (found->slices[i] > 0 && !found->named[i])
            return false;
    }
    return true;
}

/* True for a container with slices, but only the first of one name: the API server refuses pods with two. */
static bool is_recorded(const struct decision_input *in, const struct decision_findings *found, size_t index)
{
    if (found->slices[index] == 0)
        return false;
    const struct container *other = &in->pod->containers[index];
    while ((other = pod_previous_namesake(in->pod, other)) != NULL) {
        if (found->slices[other - in->pod->containers] > 0)
            return false;
    }
    return true;
}

static void print_names(const struct decision_input *in, const struct decision_findings *found, struct buf *out)
{
    const char *separator = "";
    for (size_t i = 0; i < in->pod->count; i++) {
        if (!is_recorded(in, found, i))
            continue;
        buf_add_string(out, separator);
        buf_add_json_string(out, in->pod->containers[i].name);
        separator = ",";
    }
}

/* Adds one resource of `was`: "nvidia.com/gpu":1. */
static void print_quantity(const char *separator, const char *resource, int64_t quantity, struct buf *out)
{
    buf_add_string(out, separator);
    buf_add_json_string(out, resource);
    buf_addf(out, ":%lld", (long long)quantity);
}

/* Adds what the container asked for before it got slices. */
static void print_replaced(const struct container *container, const struct record_entry *entry, struct buf *out)
{
    const char *separator = "";
    const cJSON *was = entry ? entry->was : NULL;
    const cJSON *value;
    const struct ask *ask = NULL;

    buf_add_char(out, '{');
    cJSON_ArrayForEach(value, was) {
        print_quantity(separator, value->string, (int64_t)value->valuedouble, out);
        separator = ",";
    }

    while (!entry && (ask = asks_next(&container->asks, ASK_GPU, ask)) != NULL) {
        print_quantity(separator, ask->resource, ask->quantity, out);
        separator = ",";
    }

    buf_add_char(out, '}');
}

static void print_was(const struct decision_input *in, const struct decision_findings *found, struct buf *out)
{
    const char *separator = "";
    buf_add_string(out, ",\"was\":{");
    for (size_t i = 0; i < in->pod->count; i++) {
        if (!is_recorded(in, found, i))
            continue;
        buf_add_string(out, separator);
        buf_add_json_string(out, in->pod->containers[i].name);
        buf_add_char(out, ':');
        print_replaced(&in->pod->containers[i], found->record_valid ? found->named[i] : NULL, out);
        separator = ",";
    }

    buf_add_char(out, '}');
}

void record_print(const struct decision_input *in, const struct decision_findings *found, struct buf *out)
{
    const struct record *record = found->record_valid ? found->record : NULL;
    buf_add_string(out, "{\"class\":");
    buf_add_json_string(out, found->slice_class->name);
    buf_add_string(out, ",\"policy\":");
    buf_add_json_string(out, record ? record->policy : found->policy->name);
    buf_add_string(out, ",\"revision\":");
    buf_add_json_string(out, record ? record->revision : in->set->revision);
    buf_add_string(out, ",\"containers\":[");
    print_names(in, found, out);
    buf_add_char(out, ']');

    const struct record *before = record ? record : found->taken_back;
    if (!before || before->has_was)
        print_was(in, found, out);
    buf_add_char(out, '}');
}
