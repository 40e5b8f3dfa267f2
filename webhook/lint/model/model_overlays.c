/* Determines which instance types of which NodePools the NodeOverlays apply to, how several combine, and which are
 * rejected. Source: sigs.k8s.io/karpenter pkg/controllers/nodeoverlay/controller.go, pkg/cloudprovider/types.go
 * (v1.14.1). */
#include "base/text.h"
#include "lint/model/model.h"

#include <string.h>

static const char *const well_known_resources[] = {
    "cpu",
    "memory",
    "ephemeral-storage",
    "pods",
    "vpc.amazonaws.com/pod-eni",
    "aws.amazon.com/neuron",
    "aws.amazon.com/neuroncore",
    "habana.ai/gaudi",
    "vpc.amazonaws.com/efa",
    NULL,
};

static void find_fault(struct model *model, struct overlay *overlay)
{
    NODE_MEMBERS(overlay->capacity, member) {
        if (text_is_any(member.key, well_known_resources))
            overlay->fault = arena_printf(&model->arena, "capacity of %s may not be overlaid", member.key);
    }
    for (size_t i = 0; i < overlay->needs.count; i++) {
        const char *key = overlay->needs.items[i].requirement.key;
        if (karpenter_label_refused(key))
            overlay->fault = arena_printf(&model->arena, "requirement on %s is not allowed", key);
    }
}

void model_read_overlay(struct model *model, const struct manifest *object)
{
    struct overlay *overlay = ARENA_PUSH(&model->arena, model->overlays, model->overlay_count);
    if (!overlay)
        return;
    struct node spec = node_member(object->node, "spec");
    overlay->object = object;
    overlay->title = object_title(&model->arena, object);
    overlay->capacity = node_member(spec, "capacity");
    (void)node_integer(node_member(spec, "weight"), &overlay->weight);
    needs_add_expressions(&model->arena, &overlay->needs, node_member(spec, "requirements"));
    find_fault(model, overlay);
}

/* True if the need is met by what overlays see: the name of the NodePool, the labels of its template, and the instance
 * type. A label of the instance type whose value is unknown meets every need. Any other key is undefined, and only
 * NotIn and DoesNotExist match it. */
static bool overlay_need_is_met(const struct need *need, const struct node_pool *node_pool,
                                const struct machine *machine)
{
    const struct requirement *requirement = &need->requirement;
    char value[INSTANCE_LABEL_SIZE];

    for (size_t i = 0; i < node_pool->visible; i++) {
        const struct requirement *own = &node_pool->needs.items[i].requirement;
        if (strcmp(own->key, requirement->key) == 0)
            return requirement_meets(requirement, own->values[0]);
    }

    enum label_state state = karpenter_label_known(requirement->key)
                                 ? instance_label(&machine->type, requirement->key, value)
                                 : LABEL_ABSENT;
    if (state == LABEL_VALUE)
        return requirement_meets(requirement, value);
    return state == LABEL_UNKNOWN || requirement->op == OP_NOT_IN || requirement->op == OP_DOES_NOT_EXIST;
}

bool overlay_matches(const struct overlay *overlay, const struct node_pool *node_pool, const struct machine *machine)
{
    for (size_t i = 0; i < overlay->needs.count; i++) {
        if (!overlay_need_is_met(&overlay->needs.items[i], node_pool, machine))
            return false;
    }
    return true;
}

/* Sets overlay->invisible to a need whose key is in the requirements of the NodePool, but is not a label of its
 * template. According to Karpenter's design document overlays match such a key; according to its code they do not. */
static void note_invisible(struct overlay *overlay, const struct node_pool *node_pool)
{
    for (size_t i = 0; i < overlay->needs.count; i++) {
        const struct need *need = &overlay->needs.items[i];
        const struct need *defined = needs_find(&node_pool->needs, need->requirement.key);
        if (defined && defined >= node_pool->needs.items + node_pool->visible &&
            !karpenter_label_known(need->requirement.key))
            overlay->invisible = need;
    }
}

/* True if both have the same weight, and both set the price or the same resource. Equal values conflict, too. */
static bool overlays_clash(const struct overlay *a, const struct overlay *b)
{
    struct node left = node_member(a->object->node, "spec");
    struct node right = node_member(b->object->node, "spec");
    bool left_price = node_member(left, "price").value || node_member(left, "priceAdjustment").value;
    bool right_price = node_member(right, "price").value || node_member(right, "priceAdjustment").value;
    if (a->weight != b->weight)
        return false;
    if (left_price && right_price)
        return true;

    NODE_MEMBERS(a->capacity, member) {
        if (node_member(b->capacity, member.key).value)
            return true;
    }

    return false;
}

static void find_rivals(struct model *model, const struct node_pool *node_pool, const struct machine *machine)
{
    for (size_t i = 0; i < model->overlay_count; i++) {
        struct overlay *overlay = &model->overlays[i];
        if (overlay->fault || !overlay_matches(overlay, node_pool, machine))
            continue;
        overlay->matches++;
        for (size_t j = 0; j < i && !overlay->rival; j++) {
            const struct overlay *earlier = &model->overlays[j];
            if (!earlier->fault && !earlier->rival && overlay_matches(earlier, node_pool, machine) &&
                overlays_clash(earlier, overlay))
                overlay->rival = earlier;
        }
    }
}

/* True if lint reads requests for the resource. */
static bool is_of_interest(const struct model *model, const char *resource)
{
    enum resource_kind kind = gpu_names_kind(model->gpu_names, resource);
    return kind == RESOURCE_GPU || kind == RESOURCE_UNOFFERED || kind == RESOURCE_FOREIGN;
}

/* Applies the overlay to the machine. If several overlays set a resource, the one that is applied first is used; `set`
 * has the resources that are set already. */
static void overlay_apply(const struct model *model, const struct overlay *overlay, struct machine *machine,
                          struct amounts *set)
{
    NODE_MEMBERS(overlay->capacity, value) {
        const char *resource = value.key;
        int64_t quantity;
        if (!is_of_interest(model, resource) || !node_quantity(value, &quantity) || amounts_find(set, resource))
            continue;
        amounts_set(set, resource, quantity);
        amounts_set(&machine->capacity, resource, quantity);
        if (strcmp(resource, GPU_RESOURCE_WHOLE) == 0)
            machine->gpus_unknown = false;
    }
}

static void compute_capacity(struct model *model, const struct node_pool *node_pool, struct machine *machine)
{
    struct amounts set = {0};
    if (machine->type.type)
        amounts_set(&machine->capacity, GPU_RESOURCE_WHOLE, machine->type.type->gpu_count);
    else
        machine->gpus_unknown = machine->type.knowledge == INSTANCE_UNKNOWN;
    for (size_t i = 0; i < model->overlay_count; i++) {
        const struct overlay *overlay = &model->overlays[i];
        if (!overlay->fault && !overlay->rival && overlay_matches(overlay, node_pool, machine))
            overlay_apply(model, overlay, machine, &set);
    }
}

void model_apply_overlays(struct model *model)
{
    for (size_t i = 0; i < model->node_pool_count; i++) {
        struct node_pool *node_pool = &model->node_pools[i];
        for (size_t j = 0; j < node_pool->machine_count; j++)
            find_rivals(model, node_pool, &node_pool->machines[j]);
        for (size_t j = 0; j < model->overlay_count; j++)
            note_invisible(&model->overlays[j], node_pool);
    }
    for (size_t i = 0; i < model->node_pool_count; i++) {
        struct node_pool *node_pool = &model->node_pools[i];
        for (size_t j = 0; j < node_pool->machine_count; j++)
            compute_capacity(model, node_pool, &node_pool->machines[j]);
    }
}
