/* Parses JSON of the API server. Does not depend on the network, and keeps nothing. */
#include "kube/namespace_event.h"

#include "json/read.h"
#include "json/unconst.h"

#include <string.h>

static const char *const type_names[] = {
    [EVENT_ADDED] = "ADDED",       [EVENT_MODIFIED] = "MODIFIED", [EVENT_DELETED] = "DELETED",
    [EVENT_BOOKMARK] = "BOOKMARK", [EVENT_ERROR] = "ERROR",
};

static enum namespace_event_type type_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(type_names); i++) {
        if (strcmp(type_names[i], name) == 0)
            return (enum namespace_event_type)i;
    }
    return EVENT_OTHER;
}

int namespace_event_parse(const char *line, size_t length, json_t **ret_document, struct namespace_event *ret_event,
                          struct err *err)
{
    json_error_t fault;
    AUTO(json) document = NULL;
    if (json_read(line, length, &document, &fault, err) < 0)
        return -1;

    const char *type = json_string_value(json_object_get(document, "type"));
    const json_t *object = json_object_get(document, "object");
    if (!type || !json_is_object(object))
        return err_set(err, ERR_INVALID, "a line of the watch has no type or object");

    const json_t *metadata = json_object_get(object, "metadata");
    const char *ends = json_text(json_object_get(metadata, "annotations"), "k8s.io/initial-events-end");
    *ret_event = (struct namespace_event){
        .type = type_of(type),
        .metadata = metadata,
        .name = json_text(metadata, "name"),
        .revision = json_text(metadata, "resourceVersion"),
        .ends_initial = strcmp(ends, "true") == 0,
        .code = (unsigned)json_integer_value(json_object_get(object, "code")),
        .message = json_text(object, "message"),
    };
    *ret_document = TAKE(document);
    return 0;
}

int namespace_page_parse(const char *text, size_t length, json_t **ret_document, struct namespace_page *ret_page,
                         struct err *err)
{
    json_error_t fault;
    AUTO(json) document = NULL;
    if (json_read(text, length, &document, &fault, err) < 0)
        return -1;
    const json_t *metadata = json_object_get(document, "metadata");
    const json_t *items = json_object_get(document, "items");
    if (!json_is_array(items) || !*json_text(metadata, "resourceVersion"))
        return err_set(err, ERR_INVALID, "a list has no items or no metadata.resourceVersion");
    *ret_page = (struct namespace_page){
        .items = items, .revision = json_text(metadata, "resourceVersion"), .next = json_text(metadata, "continue")};
    *ret_document = TAKE(document);
    return 0;
}
