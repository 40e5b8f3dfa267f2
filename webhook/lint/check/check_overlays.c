/* Checks NodeOverlays: finds those that Karpenter rejects or never applies, and compares what Karpenter assumes about
 * each instance type with what nodes of that type will have.
 */
#include "lint/check/check.h"

#include <string.h>

static void check_refused(struct lint *lint, const struct overlay *overlay)
{
    struct node name = lint_object_name_node(overlay->object);
    if (overlay->fault)
        SAY(lint, RULE_OVERLAY_REFUSED, name, overlay->title, "Karpenter rejects it entirely: %s", overlay->fault);

    if (overlay->rival)
        SAY(lint, RULE_OVERLAY_SAME_WEIGHT, node_find(overlay->object->node, PATH("spec", "weight")), overlay->title,
            "has weight %lld like %s, and both set the same resource or price: Karpenter rejects this one entirely",
            (long long)overlay->weight, overlay->rival->title);

    if (overlay->invisible)
        SAY(lint, RULE_OVERLAY_KEY_INVISIBLE, node_member(overlay->invisible->node, "key"), overlay->title,
            "requires %s, which a NodePool has only among its requirements; overlays see only the labels of its "
            "template",
            overlay->invisible->requirement.key);

    if (!overlay->fault && overlay->matches == 0 && lint->model.node_pool_count > 0)
        SAY(lint, RULE_OVERLAY_MATCHES_NOTHING, name, overlay->title,
            "applies to no instance type of any NodePool among the manifests");
}

/* Returns the overlay that sets the amount of a resource on the machine, or NULL. */
static const struct overlay *overlay_of_resource(const struct model *model, const struct node_pool *node_pool,
                                                 const struct machine *machine, const char *resource)
{
    for (size_t i = 0; i < model->overlay_count; i++) {
        const struct overlay *overlay = &model->overlays[i];
        if (!overlay->fault && !overlay->rival && node_member(overlay->capacity, resource).value &&
            overlay_matches(overlay, node_pool, machine))
            return overlay;
    }
    return NULL;
}

static void say_wrong(struct lint *lint, const struct overlay *overlay, const struct node_pool *node_pool,
                      const struct machine *machine, const char *resource, int64_t expected, const char *because)
{
    SAY(lint, RULE_OVERLAY_COUNT_WRONG, node_member(overlay->capacity, resource), overlay->title,
        "gives %s of %s %lld %s; %s it has %lld", machine->type.name, node_pool->title,
        (long long)amounts_get(&machine->capacity, resource), resource, because, (long long)expected);
}

static void say_missing(struct lint *lint, const struct node_pool *node_pool, const struct machine *machine,
                        const struct amount *expected, const char *because)
{
    SAY(lint, RULE_OVERLAY_MISSING, lint_object_name_node(node_pool->object), node_pool->title,
        "no NodeOverlay gives %s its %lld %s (%s), so Karpenter assumes %lld", machine->type.name,
        (long long)expected->count, expected->resource, because,
        (long long)amounts_get(&machine->capacity, expected->resource));
}

/* Reports expected amounts that Karpenter does not assume, and resources from overlays that are not expected. */
static void overlays_compare(struct lint *lint, const struct node_pool *node_pool, const struct machine *machine,
                             const struct amounts *expected, const char *because)
{
    for (size_t i = 0; i < expected->count; i++) {
        const struct amount *amount = &expected->items[i];
        const struct overlay *overlay = overlay_of_resource(&lint->model, node_pool, machine, amount->resource);
        if (amounts_get(&machine->capacity, amount->resource) == amount->count)
            continue;
        if (overlay)
            say_wrong(lint, overlay, node_pool, machine, amount->resource, amount->count, because);
        else if (amount->count > 0 && (node_pool->slice_pool || machine->type.type->gpu_count > 0))
            say_missing(lint, node_pool, machine, amount, because);
    }

    for (size_t i = 0; i < machine->capacity.count; i++) {
        const struct amount *amount = &machine->capacity.items[i];
        const struct overlay *overlay = overlay_of_resource(&lint->model, node_pool, machine, amount->resource);
        if (overlay && amount->count > 0 && amounts_get(expected, amount->resource) == 0)
            say_wrong(lint, overlay, node_pool, machine, amount->resource, 0, because);
    }
}

/* Reports whole GPUs that Karpenter still assumes on a node whose GPUs are all split into slices with other names. */
static void check_left_over(struct lint *lint, const struct node_pool *node_pool, const struct machine *machine,
                            const struct amounts *expected)
{
    if (amounts_get(expected, GPU_RESOURCE_WHOLE) > 0 || amounts_get(&machine->capacity, GPU_RESOURCE_WHOLE) == 0)
        return;
    const struct overlay *overlay = NULL;
    for (size_t i = 0; i < expected->count && !overlay; i++)
        overlay = overlay_of_resource(&lint->model, node_pool, machine, expected->items[i].resource);
    if (overlay)
        SAY(lint, RULE_OVERLAY_WHOLE_GPU_LEFT, overlay->capacity, overlay->title,
            "leaves %s of %s its %lld nvidia.com/gpu, which the nodes will not offer", machine->type.name,
            node_pool->title, (long long)amounts_get(&machine->capacity, GPU_RESOURCE_WHOLE));
}

static void check_machine(struct lint *lint, const struct node_pool *node_pool, const struct machine *machine)
{
    struct amounts expected;
    const struct pool *pool = node_pool->slice_pool;
    if (!machine->type.type)
        return;
    if (pool && (machine->type.type->gpu_count > 0 || pool_has_fractions(pool))) {
        pool_amounts(pool, gpu_instance_devices(machine->type.type), &expected);
        overlays_compare(lint, node_pool, machine, &expected, "by its SlicePool");
        check_left_over(lint, node_pool, machine, &expected);
    } else if (!pool && machine->registered_known) {
        overlays_compare(lint, node_pool, machine, &machine->registered, "by the device plugin's config");
        check_left_over(lint, node_pool, machine, &machine->registered);
    }
}

void lint_check_overlays(struct lint *lint)
{
    for (size_t i = 0; i < lint->model.overlay_count; i++)
        check_refused(lint, &lint->model.overlays[i]);
    FOREACH_NODE_POOL(&lint->model, node_pool) {
        FOREACH_MACHINE(node_pool, machine) {
            check_machine(lint, node_pool, machine);
        }
    }
}
