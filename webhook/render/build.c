/* Builds small parts of Kubernetes objects. */
#include "json/yaml_read.h"
#include "json/yaml_write.h"
#include "render/plan.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

static bool has_element(const json_t *array, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (json_equal(json_array_get(array, i), value))
            return true;
    }
    return false;
}

void append_toleration(json_t **array, const char *key, const char *effect)
{
    AUTO(json) item = json_pack("{s:s, s:s, s:s}", "key", key, "operator", "Exists", "effect", effect);
    if (!has_element(*array, item))
        json_append(array, TAKE(item));
}

void append_tolerations(json_t **array, const struct taints *taints)
{
    for (size_t i = 0; i < taints->count; i++)
        append_toleration(array, taints->items[i].key, taints->items[i].effect);
}

json_t *build_object(const char *api_version, const char *kind, const char *name, const char *namespace_name)
{
    json_t *metadata = json_pack("{s:s}", "name", name);
    json_put_text(&metadata, "namespace", namespace_name);
    json_put(&metadata, "labels", json_pack("{s:s}", LABEL_MANAGED_BY, MANAGED_BY));
    return json_pack("{s:s, s:s, s:o}", "apiVersion", api_version, "kind", kind, "metadata", metadata);
}

json_t *build_map(const struct keyvalues *map)
{
    json_t *object = json_object();
    for (size_t i = 0; i < map->count; i++)
        json_put(&object, map->items[i].key, json_string(map->items[i].value));
    return object;
}

json_t *build_taint(const struct taint *taint)
{
    json_t *item = json_pack("{s:s}", "key", taint->key);
    json_put_text(&item, "value", *taint->value ? taint->value : NULL);
    json_put_text(&item, "effect", taint->effect);
    return item;
}

json_t *build_requirement_in(const char *key, json_t *values)
{
    return json_pack("{s:s, s:s, s:o}", "key", key, "operator", "In", "values", values);
}

json_t *build_instance_types(const struct pool *pool, unsigned gpus)
{
    json_t *names = json_array();
    for (size_t i = 0; i < pool->nodes.type_count; i++) {
        if (gpus == 0 || gpu_instance_devices(pool->nodes.types[i]) == gpus)
            json_append(&names, json_string(pool->nodes.types[i]->name));
    }
    return names;
}

json_t *build_number_text(int64_t number)
{
    return json_sprintf("%" PRId64, number);
}

json_t *build_template(const char *yaml)
{
    AUTO(yaml_document) document = {0};
    AUTO(problems) problems = {0};
    struct err err;
    if (yaml_read_part("template", yaml, strlen(yaml), (struct yaml_start){1, 1, 0}, YAML_ALIASES, &document, &problems,
                       &err) == 0)
        return TAKE(document.value);
    assert(err.code == ERR_NOMEM); /* every template is valid: tests render all of them */
    return NULL;
}

json_t *build_yaml_text(json_t *value)
{
    AUTO(json) owned = value;
    AUTO(buf) text;
    struct err err;
    buf_init(&text, SIZE_MAX / 2); /* render_files_add() limits the file that contains it */
    if (!owned || yaml_write(owned, &text, &err) < 0)
        return NULL;
    return json_string(buf_text(&text));
}
