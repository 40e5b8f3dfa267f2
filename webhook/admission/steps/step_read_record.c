/* Reads the record. It is believed only if it matches the pod, because the pod's author may have written it. */
#include "admission/steps/steps.h"
#include "core/names.h"
#include "json/scan.h"
#include "pod/asks.h"

#include <string.h>

enum { RECORD_ASKS_MAX = 16 }; /* the slice, and defaults that were added again later */

static bool revision_is_valid(const char *text)
{
    return strlen(text) == REVISION_SIZE - 1 && strspn(text, "0123456789abcdef") == REVISION_SIZE - 1;
}

/* True if the record's `name` means this container. Of two containers with that name, it means the one that holds the
 * class's resource. */
static bool record_means(const struct decision *decision, const char *name, const struct container *container)
{
    if (strcmp(container->name, name) != 0 || container->asks.count > RECORD_ASKS_MAX)
        return false;
    const struct ask *ask = asks_find(&container->asks, decision->found.slice_class->resource);
    return ask && !ask->fault;
}

/* Marks the containers that the record names. Returns true if it names at least one, and each exists, in the order of
 * the pod, and holds the class's resource. (The record is written in the order of the pod; webhooks add containers but
 * do not reorder them.) Linear, because the author controls the record's length. */
static bool record_mark(const struct decision *decision, const cJSON *names, bool named[])
{
    const struct pod *pod = decision->in->pod;

    if (!cJSON_IsArray(names) || !names->child)
        return false;

    size_t i = 0;
    const cJSON *name;
    cJSON_ArrayForEach(name, names) {
        while (cJSON_IsString(name) && i < pod->count &&
               !record_means(decision, name->valuestring, &pod->containers[i]))
            i++;
        if (!cJSON_IsString(name) || i == pod->count)
            return false;
        named[i++] = true;
    }

    return true;
}

int step_read_record(struct decision *decision, struct err *err)
{
    const char *text = pod_annotation(decision->in->pod, ANNOTATION_APPLIED);
    struct record *record = &decision->found.record;
    if (!text)
        return 0;
    bool *named = decision->owned.named = calloc(decision->in->pod->count, sizeof(*named));
    if (!named)
        return err_nomem(err);
    struct err fault;
    if (cjson_scan(text, strlen(text), &fault) < 0)
        return 0;

    const cJSON *json = decision->owned.record = cJSON_Parse(text);
    if (!json) /* the text is valid, so only memory can be lacking */
        return err_nomem(err);
    const char *class_name = cjson_text(json, "class");
    record->named = named;
    record->policy = cjson_text(json, "policy");
    record->revision = cjson_text(json, "revision");
    const cJSON *names = cJSON_GetObjectItemCaseSensitive(json, "containers");
    record->valid = class_name && strcmp(class_name, decision->found.slice_class->name) == 0 && record->policy &&
                    !name_dns_label_fault(record->policy) && record->revision && revision_is_valid(record->revision) &&
                    record_mark(decision, names, named);
    return 0;
}
