/* Finds the instance types of a pool's nodes from instanceTypes, arch, requirements and the GPU table. */
#include "base/text.h"
#include "karpenter/instance.h"
#include "karpenter/label.h"
#include "policy/object.h"
#include "policy/pool_nodes_parts.h"

#include <inttypes.h>
#include <string.h>

enum { MESSAGE_MAX = 1024 };

static const struct gpu_instance_type *find_type(const struct gpu_model *gpu, const char *name)
{
    for (size_t i = 0; i < gpu->instance_type_count + gpu->fraction_count; i++) {
        if (strcmp(gpu->instance_types[i].name, name) == 0)
            return &gpu->instance_types[i];
    }
    return NULL;
}

static void types_text(const struct gpu_model *gpu, struct buf *out)
{
    for (size_t i = 0; i < gpu->instance_type_count + gpu->fraction_count; i++)
        buf_addf(out, "%s%s", i ? ", " : "", gpu->instance_types[i].name);
}

/* Returns why the pool cannot use an instance type that does not have its GPU. */
static const char *mismatch_of(const struct instance *instance)
{
    if (instance->knowledge == INSTANCE_UNKNOWN)
        return "is not in the GPU table, so its GPUs are not known";
    return instance->knowledge == INSTANCE_WITHOUT_GPU ? "has no NVIDIA GPU" : "has another GPU";
}

static void report_wrong_type(const struct node *node, const struct gpu_table *gpus, const struct gpu_model *gpu)
{
    const char *name = json_string_value(node->value);
    struct instance instance = instance_find(gpus, name);
    AUTO(buf) types;
    buf_init(&types, MESSAGE_MAX);
    types_text(gpu, &types);
    if (gpu->instance_type_count == 0)
        node_problem(node, "\"%s\" %s; the table has no instance type with the %s", name, mismatch_of(&instance),
                     gpu->id);
    else
        node_problem(node, "\"%s\" %s; those with the %s are %s", name, mismatch_of(&instance), gpu->id,
                     buf_text(&types));
}

static bool has_arch(const struct strlist *arch, const struct gpu_instance_type *type)
{
    return arch->count == 0 || strlist_has(arch, type->arch);
}

/* Checks an element of instanceTypes. */
static void check_type(const struct node *node, const struct gpu_table *gpus, const struct pool *pool)
{
    if (!json_is_string(node->value) || !pool->gpu)
        return;
    const struct gpu_instance_type *type = find_type(pool->gpu, json_string_value(node->value));
    if (!type)
        report_wrong_type(node, gpus, pool->gpu);
    else if (!has_arch(&pool->nodes.arch, type))
        node_problem(node, "\"%s\" is %s, which arch leaves out", type->name, type->arch);
}

static void decode_arch(const struct node *nodes, struct strlist *arch)
{
    struct node node = node_member(*nodes, "arch");
    if (!node.value)
        return;
    decode_label_values(&node, LABEL_ARCH, arch);
    if (json_is_array(node.value) && json_array_size(node.value) == 0)
        node_problem(&node,
                     "is empty, must be amd64, arm64 or both; without the field it is what the instance types are");
}

static void decode_names(const struct node *nodes, const struct gpu_table *gpus, const struct pool *pool,
                         struct strlist *names)
{
    struct node node = node_member(*nodes, "instanceTypes");
    if (!node.value)
        return;
    decode_strings(&node, names);
    if (!json_is_array(node.value))
        return;
    NODE_ELEMENTS(node, element) {
        check_type(&element, gpus, pool);
    }
    if (json_array_size(node.value) == 0)
        node_problem(&node, "is empty, must name at least one; without the field it is all with the pool's GPU");
}

static bool type_fits(const struct pool *pool, const struct strlist *names, const struct gpu_instance_type *type)
{
    if (names->count > 0 && !strlist_has(names, type->name))
        return false;
    if (!has_arch(&pool->nodes.arch, type))
        return false;
    struct instance instance = instance_of(type);
    for (size_t i = 0; i < pool->nodes.requirements.count; i++) {
        if (!instance_may_meet(&instance, &pool->nodes.requirements.items[i]))
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

/* Adds the types that fit among the `count` of the pool's GPU from `first` on. */
static void add_fitting(struct pool *pool, const struct strlist *names, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        if (type_fits(pool, names, &pool->gpu->instance_types[i]))
            pool->nodes.types[pool->nodes.type_count++] = &pool->gpu->instance_types[i];
    }
}

static int add_archs(struct pool_nodes *nodes, struct err *err)
{
    bool given = nodes->arch.count > 0;
    for (size_t i = 0; i < nodes->type_count && !given; i++) {
        if (!strlist_has(&nodes->arch, nodes->types[i]->arch) &&
            strlist_add(&nodes->arch, nodes->types[i]->arch, err) < 0)
            return -1;
    }
    strlist_sort(&nodes->arch);
    return 0;
}

/* True if the pool says which instance types it has, other than by what they all may have in common. */
static bool chooses_types(const struct pool *pool, const struct strlist *names)
{
    const struct requirements *requirements = &pool->nodes.requirements;
    bool chosen = names->count > 0;
    for (size_t i = 0; i < requirements->count; i++) {
        const char *alias = karpenter_label_alias(requirements->items[i].key);
        const char *key = alias ? alias : requirements->items[i].key;
        chosen = chosen || text_is_any(key, WORDS(LABEL_INSTANCE_TYPE, LABEL_INSTANCE_SIZE, LABEL_INSTANCE_GPU_COUNT));
    }
    return chosen;
}

/* Types with a share of a GPU are used only if they are named, or if nothing else meets the requirements. */
static int collect(struct pool *pool, const struct strlist *names, struct err *err)
{
    const struct gpu_model *gpu = pool->gpu;
    struct pool_nodes *nodes = &pool->nodes;
    nodes->types = calloc(gpu->instance_type_count + gpu->fraction_count + 1, sizeof(*nodes->types));
    if (!nodes->types)
        return err_nomem(err);

    add_fitting(pool, names, 0, gpu->instance_type_count);
    if (nodes->type_count == 0 || names->count > 0)
        add_fitting(pool, names, gpu->instance_type_count, gpu->fraction_count);
    nodes->possible_count = nodes->type_count;
    nodes->types_chosen = chooses_types(pool, names);
    return add_archs(nodes, err);
}

/* Returns the type with the lowest known price per GPU among those with one GPU, or those with several; or NULL. */
static const struct gpu_instance_type *cheapest_per_gpu(const struct pool_nodes *nodes, bool several)
{
    const struct gpu_instance_type *cheapest = NULL;
    for (size_t i = 0; i < nodes->type_count; i++) {
        const struct gpu_instance_type *type = nodes->types[i];
        if ((type->gpu_count > 1) != several || type->microdollars <= 0)
            continue;
        if (!cheapest || type->microdollars * cheapest->gpu_count < cheapest->microdollars * type->gpu_count)
            cheapest = type;
    }
    return cheapest;
}

static int compare_gpu_counts(const void *left, const void *right)
{
    const struct gpu_instance_type *a = *(const struct gpu_instance_type *const *)left;
    const struct gpu_instance_type *b = *(const struct gpu_instance_type *const *)right;
    if ((a->gpu_count > 1) != (b->gpu_count > 1))
        return a->gpu_count > 1 ? 1 : -1;
    return a < b ? -1 : a > b; /* all are in one list, the table's */
}

void pool_narrow_types(struct pool *pool)
{
    struct pool_nodes *nodes = &pool->nodes;
    bool shares = pool->sharing == SHARING_TIME_SLICING || pool->sharing == SHARING_MPS;
    if (!shares || nodes->types_chosen || strlist_has(&nodes->capacity_types, "reserved"))
        return; /* a reservation is of one instance type, which the pool does not name */

    const struct gpu_instance_type *one = cheapest_per_gpu(nodes, false);
    const struct gpu_instance_type *several = cheapest_per_gpu(nodes, true);
    if (!one || !several || one->microdollars * several->gpu_count > several->microdollars)
        return;
    qsort(nodes->types, nodes->type_count, sizeof(*nodes->types), compare_gpu_counts);
    while (nodes->types[nodes->type_count - 1]->gpu_count > 1)
        nodes->type_count--;
}

/* Adds "g6f.large (2861 MiB)". */
static void share_text(const struct gpu_instance_type *type, struct buf *out)
{
    if (type->gpu_count > 0)
        buf_addf(out, "%s (whole GPUs)", type->name);
    else
        buf_addf(out, "%s (%" PRId64 " MiB)", type->name, type->gpu_memory_mib);
}

/* Checks that the slices of the pool are alike, and what a share of a GPU can be used for. */
static void check_shares(const struct node *nodes, const struct pool *pool)
{
    struct node names = node_member(*nodes, "instanceTypes");
    struct node node = names.value ? names : node_member(*nodes, "requirements");
    for (size_t i = 1; i < pool->nodes.type_count; i++) {
        const struct gpu_instance_type *type = pool->nodes.types[i];
        if (pool_takes(pool, type))
            continue;
        AUTO(buf) text;
        buf_init(&text, MESSAGE_MAX);
        share_text(pool->nodes.types[0], &text);
        buf_add_string(&text, " and ");
        share_text(type, &text);
        node_problem(&node, "leaves %s, whose slices would differ; instanceTypes must name types of one kind",
                     buf_text(&text));
        return;
    }

    if (pool_has_fractions(pool) && pool->sharing == SHARING_MPS)
        node_problem(&node,
                     "leaves %s, which has a share of one GPU: it is not known whether MPS works there; use whole "
                     "or timeSlicing",
                     pool->nodes.types[0]->name);
}

void pool_nodes_decode_types(const struct node *spec, const struct node *nodes, const struct gpu_table *gpus,
                             struct pool *pool)
{
    AUTO(strlist) names = {0};
    struct err err;
    const size_t before = spec->document->problems->count;

    if (nodes) {
        decode_arch(nodes, &pool->nodes.arch);
        decode_names(nodes, gpus, pool, &names);
    }

    if (!pool->gpu || spec->document->problems->count > before)
        return;

    if (collect(pool, &names, &err) < 0)
        object_nomem(spec);
    else if (nodes && pool->nodes.type_count == 0 && pool->gpu->instance_type_count > 0)
        report_no_type(nodes, pool->gpu);
    else if (nodes)
        check_shares(nodes, pool);
}
