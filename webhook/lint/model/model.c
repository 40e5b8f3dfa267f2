/* Builds the model, and reads the NodePools: what each can launch, and which SlicePool it belongs to. */
#include "lint/model/model.h"

#include "core/quantity.h"

#include <stdio.h>
#include <string.h>

struct node lint_object_name_node(const struct manifest *object)
{
    struct node name = node_find(object->node, PATH("metadata", "name"));
    return name.value ? name : object->node;
}

const char *object_title(struct arena *arena, const struct manifest *object)
{
    return arena_printf(arena, "%s/%s", *object->kind ? object->kind : "document", object->name);
}

/* -- Amounts -- */

const struct amount *amounts_find(const struct amounts *amounts, const char *resource)
{
    for (size_t i = 0; i < amounts->count; i++) {
        if (strcmp(amounts->items[i].resource, resource) == 0)
            return &amounts->items[i];
    }
    return NULL;
}

/* Returns the amount, added if necessary; NULL if there is no room for it. */
static struct amount *amounts_slot(struct amounts *amounts, const char *resource)
{
    const struct amount *found = amounts_find(amounts, resource);
    if (found)
        return &amounts->items[found - amounts->items];
    if (amounts->count == AMOUNTS_MAX || strlen(resource) >= GPU_RESOURCE_SIZE)
        return NULL;
    struct amount *slot = &amounts->items[amounts->count++];
    *slot = (struct amount){0};
    memcpy(slot->resource, resource, strlen(resource) + 1);
    return slot;
}

int64_t amounts_get(const struct amounts *amounts, const char *resource)
{
    const struct amount *found = amounts_find(amounts, resource);
    return found ? found->count : 0;
}

void amounts_add(struct amounts *amounts, const char *resource, int64_t count)
{
    struct amount *slot = amounts_slot(amounts, resource);
    if (slot && __builtin_add_overflow(slot->count, count, &slot->count))
        slot->count = INT64_MAX;
}

void amounts_set(struct amounts *amounts, const char *resource, int64_t count)
{
    struct amount *slot = amounts_slot(amounts, resource);
    if (slot)
        slot->count = count;
}

bool node_quantity(struct node node, int64_t *ret_quantity)
{
    char text[2 * QUANTITY_TEXT_SIZE];
    struct quantity quantity;
    struct err err;
    if (!node_scalar(node, text, sizeof(text)) || quantity_parse(text, &quantity, &err) < 0)
        return false;
    *ret_quantity = quantity.value;
    return true;
}

void pool_amounts(const struct pool *pool, unsigned gpu_count, struct amounts *ret_amounts)
{
    struct pool_offer offers[LAYOUT_ENTRIES_MAX];
    size_t count = pool_offers(pool, offers);
    *ret_amounts = (struct amounts){0};
    for (size_t i = 0; i < count; i++)
        amounts_add(ret_amounts, offers[i].resource, offers[i].per_gpu * gpu_count);
}

/* -- NodePools -- */

const struct taint *taints_find(const struct taints *taints, const char *key, const char *effect, const char *value)
{
    for (size_t i = 0; i < taints->count; i++) {
        const struct taint *taint = &taints->items[i];
        if (strcmp(taint->key, key) == 0 && (!effect || strcmp(taint->effect, effect) == 0) &&
            (!value || strcmp(taint->value, value) == 0))
            return taint;
    }
    return NULL;
}

static int read_taints(struct node list, struct taints *taints)
{
    NODE_ELEMENTS(list, taint) {
        struct err err;
        if (taints_add(taints, node_text(node_member(taint, "key")), node_text(node_member(taint, "value")),
                       node_text(node_member(taint, "effect")), &err) < 0)
            return -1;
    }
    return 0;
}

static void read_requirements(struct model *model, struct node_pool *node_pool)
{
    needs_add_value(&model->arena, &node_pool->needs, node_pool->object->node, LABEL_NODE_POOL, node_pool->name);
    needs_add_labels(&model->arena, &node_pool->needs, node_pool->labels);
    node_pool->visible = node_pool->needs.count;
    needs_add_expressions(&model->arena, &node_pool->needs, node_member(node_pool->node_spec, "requirements"));
    needs_loosen_placeholders(&node_pool->needs, node_pool->visible);
}

static void read_node_pool(struct model *model, const struct manifest *object)
{
    struct node_pool *node_pool = ARENA_PUSH(&model->arena, model->node_pools, model->node_pool_count);
    if (!node_pool)
        return;

    node_pool->object = object;
    node_pool->name = object->name;
    node_pool->title = object_title(&model->arena, object);
    node_pool->spec = node_member(object->node, "spec");
    node_pool->labels = node_find(node_pool->spec, PATH("template", "metadata", "labels"));
    node_pool->node_spec = node_find(node_pool->spec, PATH("template", "spec"));
    node_pool->taint_nodes = node_member(node_pool->node_spec, "taints");
    node_pool->startup_taint_nodes = node_member(node_pool->node_spec, "startupTaints");
    (void)node_integer(node_member(node_pool->spec, "weight"), &node_pool->weight);
    read_requirements(model, node_pool);
    if (read_taints(node_pool->taint_nodes, &node_pool->taints) < 0 ||
        read_taints(node_pool->startup_taint_nodes, &node_pool->startup_taints) < 0)
        model->arena.out_of_memory = true;
}

/* -- Instance types -- */

bool instance_meets(const struct instance *instance, const struct needs *needs)
{
    for (size_t i = 0; i < needs->count; i++) {
        if (!instance_matches(instance, &needs->items[i].requirement))
            return false;
    }
    return true;
}

static void add_machine(struct model *model, struct node_pool *node_pool, struct instance instance)
{
    if (!instance_meets(&instance, &node_pool->needs))
        return;
    struct machine *machine = ARENA_PUSH(&model->arena, node_pool->machines, node_pool->machine_count);
    if (machine)
        machine->type = instance;
}

/* Adds instance types that the NodePool names and the table does not have; they are assumed to exist. For an unknown
 * family or category, only the need is recorded. */
static void add_unlisted(struct model *model, const struct gpu_table *gpus, struct node_pool *node_pool)
{
    for (size_t i = 0; i < node_pool->needs.count; i++) {
        const struct need *need = &node_pool->needs.items[i];
        const struct requirement *requirement = &need->requirement;

        if (requirement->op != OP_IN || !instance_label_names(requirement->key))
            continue;

        for (size_t j = 0; j < requirement->value_count; j++) {
            const char *value = requirement->values[j];
            enum instance_knowledge knowledge = instance_value_knowledge(gpus, requirement->key, value);
            if (strchr(value, '.') && knowledge != INSTANCE_IN_TABLE)
                add_machine(model, node_pool, instance_find(gpus, value));
            else if (knowledge == INSTANCE_UNKNOWN)
                node_pool->unlisted = need;
        }
    }
}

static void find_machines(struct model *model, const struct gpu_table *gpus, struct node_pool *node_pool)
{
    node_pool->any_type = true;
    for (size_t i = 0; i < node_pool->needs.count; i++)
        node_pool->any_type = node_pool->any_type && !instance_label_narrows(node_pool->needs.items[i].requirement.key);
    for (size_t i = 0; i < gpus->model_count; i++) {
        const struct gpu_model *gpu = &gpus->models[i];
        for (size_t j = 0; j < gpu->instance_type_count + gpu->fraction_count; j++)
            add_machine(model, node_pool, instance_of(&gpu->instance_types[j]));
    }
    add_unlisted(model, gpus, node_pool);
}

/* -- SlicePools -- */

/* True if the SlicePool has labels and the nodes of the NodePool have all of them. */
static bool carries_labels(const struct node_pool *node_pool, const struct pool *pool)
{
    for (size_t i = 0; i < pool->labels.count; i++) {
        const char *value = needs_value(&node_pool->needs, pool->labels.items[i].key);
        if (!value || strcmp(value, pool->labels.items[i].value) != 0)
            return false;
    }
    return pool->labels.count > 0;
}

bool class_uses(const struct slice_class *slice_class, const struct pool *pool)
{
    for (size_t i = 0; slice_class && i < slice_class->pool_count; i++) {
        if (slice_class->pools[i] == pool)
            return true;
    }
    return false;
}

static void bind_slice_pool(struct node_pool *node_pool, const struct policy_set *policies)
{
    for (size_t i = 0; policies && i < policies->pool_count; i++) {
        const struct pool *pool = &policies->pools[i];
        if (strcmp(pool->name, node_pool->name) == 0)
            node_pool->namesake = pool;
        if (!node_pool->slice_pool && carries_labels(node_pool, pool))
            node_pool->slice_pool = pool;
    }
}

static int compare_node_pools(const void *a, const void *b)
{
    const struct node_pool *left = a;
    const struct node_pool *right = b;
    if (left->weight != right->weight)
        return left->weight > right->weight ? -1 : 1;
    return strcmp(left->name, right->name);
}

static int compare_overlays(const void *a, const void *b)
{
    const struct overlay *left = a;
    const struct overlay *right = b;
    if (left->weight != right->weight)
        return left->weight > right->weight ? -1 : 1;
    return strcmp(right->object->name, left->object->name);
}

/* -- All -- */

static void read_object(struct model *model, const struct manifest *object)
{
    if (object_is(object, NODE_POOL_KIND) && strcmp(object->api_version, KARPENTER_V1) == 0)
        read_node_pool(model, object);
    else if (object_is(object, NODE_OVERLAY_KIND))
        model_read_overlay(model, object);
    else
        model_read_operator(model, object);
}

int model_build(struct model *model, struct sources *sources, const struct gpu_table *gpus,
                const struct policy_set *policies, struct err *err)
{
    model->gpu_names = policies ? &policies->settings.gpu_names : NULL;
    for (size_t i = 0; i < sources->objects.count; i++)
        read_object(model, sources->objects.items[i]);

    for (size_t i = 0; i < sources->objects.count; i++) {
        if (model_read_data(model, sources, sources->objects.items[i], err) < 0)
            return -1;
    }

    if (model->node_pool_count > 1)
        qsort(model->node_pools, model->node_pool_count, sizeof(*model->node_pools), compare_node_pools);
    if (model->overlay_count > 1)
        qsort(model->overlays, model->overlay_count, sizeof(*model->overlays), compare_overlays);

    for (size_t i = 0; i < model->node_pool_count; i++) {
        struct node_pool *node_pool = &model->node_pools[i];
        find_machines(model, gpus, node_pool);
        bind_slice_pool(node_pool, policies);
        model_read_bottlerocket(model, sources, node_pool);
    }

    model_apply_overlays(model);
    model_register(model);
    return model->arena.out_of_memory ? err_nomem(err) : 0;
}

void model_fini(struct model *model)
{
    for (size_t i = 0; i < model->node_pool_count; i++) {
        taints_fini(&model->node_pools[i].taints);
        taints_fini(&model->node_pools[i].startup_taints);
    }
    arena_fini(&model->arena);
    *model = (struct model){0};
}
