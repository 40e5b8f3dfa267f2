/* Builds small parts of Kubernetes objects. Does not depend on pools. */
#include "json/yaml_write.h"
#include "render/plan.h"

#include <inttypes.h>
#include <stdio.h>

json_t *build_metadata(const char *name, const char *namespace_name)
{
    return json_pack("{s:s, s:s*, s:{s:s}}", "name", name, "namespace", namespace_name, "labels", LABEL_MANAGED_BY,
                     MANAGED_BY);
}

json_t *build_object(const char *api_version, const char *kind, json_t *metadata)
{
    return json_pack("{s:s, s:s, s:o}", "apiVersion", api_version, "kind", kind, "metadata", metadata);
}

json_t *build_map(const struct keyvalues *map)
{
    AUTO(json) object = json_object();
    for (size_t i = 0; object && i < map->count; i++) {
        if (put(object, map->items[i].key, json_string(map->items[i].value)) < 0)
            return NULL;
    }
    return TAKE(object);
}

json_t *build_list(const struct strlist *list)
{
    AUTO(json) array = json_array();
    for (size_t i = 0; array && i < list->count; i++) {
        if (json_array_append_new(array, json_string(list->items[i])) < 0)
            return NULL;
    }
    return TAKE(array);
}

static int add_taints(json_t *array, const struct taints *list)
{
    for (size_t i = 0; list && i < list->count; i++) {
        const struct taint *taint = &list->items[i];
        json_t *item = json_pack("{s:s, s:s*, s:s}", "key", taint->key, "value", *taint->value ? taint->value : NULL,
                                 "effect", taint->effect);
        if (json_array_append_new(array, item) < 0)
            return -1;
    }
    return 0;
}

json_t *build_taints(const struct taints *first, const struct taints *second)
{
    AUTO(json) array = json_array();
    if (!array || add_taints(array, first) < 0 || add_taints(array, second) < 0)
        return NULL;
    return TAKE(array);
}

json_t *build_requirement(const char *key, const char *op, json_t *values)
{
    return json_pack("{s:s, s:s, s:o*}", "key", key, "operator", op, "values", values);
}

json_t *build_number_text(int64_t number)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%" PRId64, number);
    return json_string(text);
}

int build_yaml(json_t *value, struct buf *out, struct err *err)
{
    AUTO(json) owned = value;
    if (!owned)
        return err_nomem(err);
    return yaml_write(owned, out, err);
}
