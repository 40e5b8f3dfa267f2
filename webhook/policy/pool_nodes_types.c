/* Which instance types a pool's nodes can be: from instanceTypes, arch and requirements, and the GPU table. Must not
 * know how the GPUs are cut. */
#include "karpenter/names.h"
#include "policy/object.h"
#include "policy/pool_nodes_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_MAX = 1024, VALUE_SIZE = 64 };

static const struct gpu_instance_type *find_type(const struct gpu_model *gpu, const char *name)
{
    for (size_t i = 0; i < gpu->instance_type_count; i++) {
        if (strcmp(gpu->instance_types[i].name, name) == 0)
            return &gpu->instance_types[i];
    }
    return NULL;
}

static void types_text(const struct gpu_model *gpu, struct buf *out)
{
    for (size_t i = 0; i < gpu->instance_type_count; i++)
        buf_addf(out, "%s%s", i ? ", " : "", gpu->instance_types[i].name);
}

static void report_wrong_type(const struct node *node, const struct gpu_model *gpu)
{
    AUTO(buf) types;
    buf_init(&types, MESSAGE_MAX);
    types_text(gpu, &types);
    if (gpu->instance_type_count == 0)
        node_problem(node, "\"%s\": the table has no instance type with the %s", json_string_value(node->value),
                     gpu->id);
    else
        node_problem(node, "\"%s\" is not among the instance types with the %s: %s", json_string_value(node->value),
                     gpu->id, buf_text(&types));
}

static bool has_arch(const struct strlist *arch, const struct gpu_instance_type *type)
{
    return arch->count == 0 || strlist_has(arch, type->arch);
}

/* One of instanceTypes. */
static void check_type(const struct node *node, void *context)
{
    const struct pool *pool = context;
    if (!json_is_string(node->value) || !pool->gpu)
        return;
    const struct gpu_instance_type *type = find_type(pool->gpu, json_string_value(node->value));
    if (!type)
        report_wrong_type(node, pool->gpu);
    else if (!has_arch(&pool->nodes.arch, type))
        node_problem(node, "\"%s\" is %s, which arch leaves out", type->name, type->arch);
}

static void decode_arch_word(const struct node *node, void *context)
{
    static const char *const words[] = {"amd64", "arm64", NULL};
    struct strlist *arch = context;
    struct err err;
    int word = -1;
    decode_word(node, words, &word);
    if (word >= 0 && !strlist_has(arch, words[word]) && strlist_add(arch, words[word], &err) < 0)
        object_nomem(node);
}

static void decode_arch(const struct node *nodes, struct strlist *arch)
{
    struct node node = node_member(*nodes, "arch");
    if (!node.value)
        return;
    for_elements(&node, decode_arch_word, arch);
    if (json_is_array(node.value) && json_array_size(node.value) == 0)
        node_problem(&node, "is empty, must be amd64, arm64 or both; left out it is what the instance types are");
}

static void decode_names(const struct node *nodes, struct pool *pool, struct strlist *names)
{
    struct node node = node_member(*nodes, "instanceTypes");
    if (!node.value)
        return;
    decode_strings(&node, names);
    if (!json_is_array(node.value))
        return;
    for_elements(&node, check_type, pool);
    if (json_array_size(node.value) == 0)
        node_problem(&node, "is empty, must name at least one; left out it is all with the pool's GPU");
}

/* Labels that Karpenter derives from an instance type and that the table tells, too. */

static void family_of(const struct gpu_instance_type *type, char value[VALUE_SIZE])
{
    (void)snprintf(value, VALUE_SIZE, "%.*s", (int)strcspn(type->name, "."), type->name);
}

static void size_of(const struct gpu_instance_type *type, char value[VALUE_SIZE])
{
    const char *dot = strchr(type->name, '.');
    (void)snprintf(value, VALUE_SIZE, "%s", dot ? dot + 1 : "");
}

static void category_of(const struct gpu_instance_type *type, char value[VALUE_SIZE])
{
    (void)snprintf(value, VALUE_SIZE, "%.*s", (int)strcspn(type->name, "0123456789"), type->name);
}

static void generation_of(const struct gpu_instance_type *type, char value[VALUE_SIZE])
{
    const char *digits = type->name + strcspn(type->name, "0123456789");
    (void)snprintf(value, VALUE_SIZE, "%.*s", (int)strspn(digits, "0123456789"), digits);
}

static void name_of(const struct gpu_instance_type *type, char value[VALUE_SIZE])
{
    (void)snprintf(value, VALUE_SIZE, "%s", type->name);
}

static void arch_of(const struct gpu_instance_type *type, char value[VALUE_SIZE])
{
    (void)snprintf(value, VALUE_SIZE, "%s", type->arch);
}

static void gpu_count_of(const struct gpu_instance_type *type, char value[VALUE_SIZE])
{
    (void)snprintf(value, VALUE_SIZE, "%u", type->gpu_count);
}

static void manufacturer_of(const struct gpu_instance_type *type, char value[VALUE_SIZE])
{
    (void)type;
    (void)snprintf(value, VALUE_SIZE, "nvidia");
}

static void os_of(const struct gpu_instance_type *type, char value[VALUE_SIZE])
{
    (void)type;
    (void)snprintf(value, VALUE_SIZE, "linux");
}

static const struct {
    const char *key;
    void (*value_of)(const struct gpu_instance_type *type, char value[VALUE_SIZE]);
} known_labels[] = {
    {LABEL_INSTANCE_TYPE, name_of},
    {LABEL_ARCH, arch_of},
    {LABEL_OS, os_of},
    {LABEL_INSTANCE_FAMILY, family_of},
    {LABEL_INSTANCE_SIZE, size_of},
    {LABEL_INSTANCE_CATEGORY, category_of},
    {LABEL_INSTANCE_GENERATION, generation_of},
    {LABEL_INSTANCE_GPU_COUNT, gpu_count_of},
    {LABEL_INSTANCE_GPU_MANUFACTURER, manufacturer_of},
};

/* What the table cannot tell counts as met: Karpenter decides. */
static bool type_meets(const struct gpu_model *gpu, const struct gpu_instance_type *type,
                       const struct requirement *requirement)
{
    char value[VALUE_SIZE];
    if (strcmp(requirement->key, LABEL_INSTANCE_GPU_NAME) == 0)
        return !gpu->aws_name || requirement_meets(requirement, gpu->aws_name);
    for (size_t i = 0; i < ARRAY_SIZE(known_labels); i++) {
        if (strcmp(known_labels[i].key, requirement->key) != 0)
            continue;
        known_labels[i].value_of(type, value);
        return requirement_meets(requirement, value);
    }
    return true;
}

static bool type_fits(const struct pool *pool, const struct strlist *names, const struct gpu_instance_type *type)
{
    if (names->count > 0 && !strlist_has(names, type->name))
        return false;
    if (!has_arch(&pool->nodes.arch, type))
        return false;
    for (size_t i = 0; i < pool->nodes.requirements.count; i++) {
        if (!type_meets(pool->gpu, type, &pool->nodes.requirements.items[i]))
            return false;
    }
    return true;
}

static void report_no_type(const struct node *nodes, const struct gpu_model *gpu)
{
    struct node requirements = node_member(*nodes, "requirements");
    struct node node = requirements.value ? requirements : node_member(*nodes, "arch");
    AUTO(buf) types;
    buf_init(&types, MESSAGE_MAX);
    types_text(gpu, &types);
    if (!node.value)
        return;
    node_problem(&node, "leaves no instance type with the %s, of which there are %s", gpu->id, buf_text(&types));
}

static int collect(struct pool *pool, const struct strlist *names, struct err *err)
{
    const struct gpu_model *gpu = pool->gpu;
    struct pool_nodes *nodes = &pool->nodes;
    bool arch_given = nodes->arch.count > 0;
    nodes->types = calloc(gpu->instance_type_count + 1, sizeof(*nodes->types));
    if (!nodes->types)
        return err_nomem(err);
    for (size_t i = 0; i < gpu->instance_type_count; i++) {
        if (type_fits(pool, names, &gpu->instance_types[i]))
            nodes->types[nodes->type_count++] = &gpu->instance_types[i];
    }
    for (size_t i = 0; i < nodes->type_count && !arch_given; i++) {
        if (!strlist_has(&nodes->arch, nodes->types[i]->arch) &&
            strlist_add(&nodes->arch, nodes->types[i]->arch, err) < 0)
            return -1;
    }
    strlist_sort(&nodes->arch);
    return 0;
}

void pool_nodes_decode_types(const struct node *spec, const struct node *nodes, struct pool *pool)
{
    AUTO(strlist) names = {0};
    struct err err;
    const size_t before = spec->document->problems->count;
    if (nodes) {
        decode_arch(nodes, &pool->nodes.arch);
        decode_names(nodes, pool, &names);
    }
    if (!pool->gpu || spec->document->problems->count > before)
        return;
    if (collect(pool, &names, &err) < 0)
        object_nomem(spec);
    else if (nodes && pool->nodes.type_count == 0 && pool->gpu->instance_type_count > 0)
        report_no_type(nodes, pool->gpu);
}
