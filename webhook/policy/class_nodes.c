/* The table of labels, and where a pool says which values they have. */
#include "policy/class_nodes.h"

#include "base/text.h"
#include "karpenter/label.h"
#include "nvidia/label.h"

#include <stdio.h>
#include <string.h>

/* Adds what the nodes of the pool have. Returns false if that is not known. */
typedef bool add_values(const struct pool *pool, const char *key, struct class_label *label);

static bool add_value(struct class_label *label, const char *value)
{
    for (size_t i = 0; i < label->count; i++) {
        if (strcmp(label->values[i], value) == 0)
            return true;
    }
    if (label->count == CLASS_LABEL_VALUES_MAX)
        return false;
    (void)snprintf(label->values[label->count++], INSTANCE_LABEL_SIZE, "%s", value);
    return true;
}

static bool add_list(struct class_label *label, const struct strlist *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!add_value(label, list->items[i]))
            return false;
    }
    return list->count > 0;
}

/* Other providers than AWS have instance types and labels of their own. */
static bool is_on_aws(const struct pool *pool)
{
    return strcmp(pool->nodes.node_class.group, KARPENTER_AWS_GROUP) == 0;
}

static bool add_of_types(const struct pool *pool, const char *key, struct class_label *label)
{
    for (size_t i = 0; i < pool->nodes.possible_count; i++) {
        char value[INSTANCE_LABEL_SIZE];
        struct instance instance = instance_of(pool->nodes.types[i]);
        enum label_state state = instance_label(&instance, key, value);
        if (state == LABEL_UNKNOWN || (state == LABEL_VALUE && !add_value(label, value)))
            return false;
        label->absent = label->absent || state == LABEL_ABSENT;
    }
    return is_on_aws(pool) && pool->nodes.type_count > 0;
}

static bool add_arch(const struct pool *pool, const char *key, struct class_label *label)
{
    (void)key;
    return add_list(label, &pool->nodes.arch);
}

static bool add_capacity(const struct pool *pool, const char *key, struct class_label *label)
{
    (void)key;
    return add_list(label, &pool->nodes.capacity_types);
}

static bool add_zones(const struct pool *pool, const char *key, struct class_label *label)
{
    (void)key;
    return add_list(label, &pool->nodes.zones);
}

/* The NodePool has the name of its SlicePool (`gpuslice render`). */
static bool add_name(const struct pool *pool, const char *key, struct class_label *label)
{
    (void)key;
    return add_value(label, pool->name);
}

static bool add_nothing(const struct pool *pool, const char *key, struct class_label *label)
{
    (void)pool;
    (void)key;
    label->absent = true;
    return true;
}

/* Labels of managed nodes, and of other clouds. */
static bool add_nothing_on_aws(const struct pool *pool, const char *key, struct class_label *label)
{
    return is_on_aws(pool) && add_nothing(pool, key, label);
}

static const struct row {
    const char *key;
    bool open; /* every key that begins with it */
    add_values *add;
} rows[] = {
    {AWS_INSTANCE_PREFIX, true, add_of_types},
    {LABEL_INSTANCE_TYPE, false, add_of_types},
    {LABEL_OS, false, add_of_types},
    {LABEL_ARCH, false, add_arch},
    {LABEL_NODE_POOL, false, add_name},
    {LABEL_CAPACITY_TYPE, false, add_capacity},
    {LABEL_ZONE, false, add_zones},
    {LABEL_PROVISIONER_NAME, false, add_nothing},
    {"eks.amazonaws.com/", true, add_nothing_on_aws},
    {"cloud.google.com/", true, add_nothing_on_aws},
    {"kubernetes.azure.com/", true, add_nothing_on_aws},
};
static const struct row discovered = {"", true, add_nothing};

static const struct row *find_row(const char *key)
{
    const char *alias = karpenter_label_alias(key);
    key = alias ? alias : key;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].open ? text_begins(key, rows[i].key) : strcmp(key, rows[i].key) == 0)
            return &rows[i];
    }
    return nvidia_label_is_discovered(key) ? &discovered : NULL;
}

bool class_label_is_listed(const char *key)
{
    return find_row(key) != NULL;
}

static bool class_requires(const struct slice_class *slice_class, const char *key)
{
    for (size_t i = 0; i < slice_class->requirements.count; i++) {
        if (strcmp(slice_class->requirements.items[i].key, key) == 0)
            return true;
    }
    return keyvalues_get(&slice_class->node_selector, key) != NULL;
}

/* Adds the values that the pool itself gives to the label: by its labels, or by the requirements of its nodes. */
static bool add_declared(const struct pool *pool, const char *key, struct class_label *label, bool *ret_declared)
{
    const char *value = keyvalues_get(&pool->labels, key);
    value = value ? value : keyvalues_get(&pool->nodes.labels, key);
    *ret_declared = value != NULL;
    if (value)
        return add_value(label, value);

    for (size_t i = 0; i < pool->nodes.requirements.count; i++) {
        const struct requirement *requirement = &pool->nodes.requirements.items[i];
        if (strcmp(requirement->key, key) != 0 || requirement->op != OP_IN)
            continue;
        *ret_declared = true;
        for (size_t j = 0; j < requirement->value_count; j++) {
            if (!add_value(label, requirement->values[j]))
                return false;
        }
        return true;
    }
    return true;
}

bool class_label_find(const struct slice_class *slice_class, const char *key, struct class_label *ret_label)
{
    const struct row *row = find_row(key);
    ret_label->count = 0;
    ret_label->absent = ret_label->too_late = false;
    if (!row || class_requires(slice_class, key))
        return false;

    for (size_t i = 0; i < slice_class->pool_count; i++) {
        bool declared = false;
        if (!add_declared(slice_class->pools[i], key, ret_label, &declared) ||
            (!declared && !row->add(slice_class->pools[i], key, ret_label)))
            return false;
    }
    ret_label->rendered = row->add == add_name;
    ret_label->too_late = row == &discovered && ret_label->count == 0;
    return true;
}
