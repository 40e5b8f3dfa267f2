/* The table of our keys. */
#include "core/names.h"

#include "base/text.h"

#include <string.h>

const struct own_key own_keys[] = {
    {LABEL_INJECT, KEY_OF_NAMESPACE, KEY_IS_LABEL, {"enabled", "required"}},
    {LABEL_PODS, KEY_OF_NAMESPACE, KEY_IS_LABEL, {"all"}},
    {ANNOTATION_CLASS, KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, {NULL}},
    {ANNOTATION_MEMORY, KEY_OF_NAMESPACE, KEY_IS_ANNOTATION, {NULL}},
    {ANNOTATION_CLASS, KEY_OF_POD, KEY_IS_ANNOTATION, {NULL}},
    {ANNOTATION_MEMORY, KEY_OF_POD, KEY_IS_ANNOTATION, {NULL}},
    {ANNOTATION_CONTAINERS, KEY_OF_POD, KEY_IS_ANNOTATION, {NULL}},
    {LABEL_INJECT, KEY_OF_POD, KEY_IS_LABEL, {"disabled"}},
    {LABEL_CLASS, KEY_OF_POD, KEY_IS_LABEL, {NULL}},
    {ANNOTATION_APPLIED, KEY_OF_POD, KEY_IS_ANNOTATION, {NULL}},
    {LABEL_POOL, KEY_OF_NODE, KEY_IS_LABEL, {NULL}},
    {LABEL_POOL, KEY_OF_NODE, KEY_IS_TAINT, {NULL}},
    {TAINT_LAYOUT, KEY_OF_NODE, KEY_IS_TAINT, {LAYOUT_PENDING}},
    {RESOURCE_GPU_MEMORY, KEY_OF_CLUSTER_QUEUE, KEY_IS_RESOURCE, {NULL}},
    {COMMENT_LINT_IGNORE, KEY_OF_FILE, KEY_IS_COMMENT, {NULL}},
    {NULL, KEY_OF_FILE, KEY_IS_COMMENT, {NULL}},
};

const struct own_key *own_key_find(const char *key, enum key_object object, enum key_place place)
{
    for (const struct own_key *own = own_keys; own->key; own++) {
        if (own->object == object && own->place == place && strcmp(own->key, key) == 0)
            return own;
    }
    return NULL;
}

bool own_key_takes(const struct own_key *key, const char *value)
{
    return !key->values[0] || text_is_any(value, key->values);
}

bool namespace_opts_in(const struct keyvalues *labels)
{
    const char *inject = keyvalues_get(labels, LABEL_INJECT);
    return inject && own_key_takes(own_key_find(LABEL_INJECT, KEY_OF_NAMESPACE, KEY_IS_LABEL), inject);
}

bool own_key_is(const char *key)
{
    return text_begins(key, OWN_PREFIX);
}
