/* NodeOverlay (karpenter.sh/v1alpha1): the resources that a node offers once its GPUs are split into slices. Karpenter
 * cannot derive these from the instance type. The amounts are per instance, so each number of GPUs needs its own
 * overlay.
 *
 * Karpenter matches overlays against the NodePool's name, its template's labels and the instance type's own labels, not
 * against labels in a NodePool's requirements (karpenter 1.14.1, pkg/controllers/nodeoverlay). A capacity in an overlay
 * replaces the instance type's capacity of the same name. */
#include "render/plan.h"

#include <stdio.h>
#include <string.h>

static json_t *instance_types_with_gpus(const struct pool *pool, unsigned gpus)
{
    AUTO(json) names = json_array();
    for (size_t i = 0; names && i < pool->nodes.type_count; i++) {
        const struct gpu_instance_type *type = pool->nodes.types[i];
        if (type->gpu_count == gpus && json_array_append_new(names, json_string(type->name)) < 0)
            return NULL;
    }
    return TAKE(names);
}

/* Returns the capacity that the overlay sets. If every GPU is split into slices with other resource names, the device
 * plugin does not register nvidia.com/gpu, so the overlay sets it to 0. */
static json_t *overlay_capacity(const struct pool *pool, unsigned gpus)
{
    struct pool_offer offers[LAYOUT_ENTRIES_MAX];
    size_t count = pool_offers(pool, offers);
    AUTO(json) map = json_object();
    for (size_t i = 0; map && i < count; i++) {
        if (put(map, offers[i].resource, build_number_text(offers[i].per_gpu * gpus)) < 0)
            return NULL;
    }
    if (!map || (!pool_offers_whole_name(pool) && put(map, GPU_RESOURCE_WHOLE, json_string("0")) < 0))
        return NULL;
    return TAKE(map);
}

static json_t *overlay_spec(const struct pool *pool, unsigned gpus, int64_t weight)
{
    const struct pool_nodes *nodes = &pool->nodes;
    AUTO(json) spec = json_object();
    json_t *requirements =
        json_pack("[o, o]", build_requirement(LABEL_NODE_POOL, "In", json_pack("[s]", pool->name)),
                  build_requirement(LABEL_INSTANCE_TYPE, "In", instance_types_with_gpus(pool, gpus)));
    if (!requirements || !spec) {
        json_decref(requirements);
        return NULL;
    }
    if (put(spec, "weight", json_integer(weight)) < 0) {
        json_decref(requirements);
        return NULL;
    }
    if (put(spec, "requirements", requirements) < 0)
        return NULL;
    if (pool->sharing != SHARING_WHOLE && put(spec, "capacity", overlay_capacity(pool, gpus)) < 0)
        return NULL;
    if ((nodes->price && put(spec, "price", json_string(nodes->price)) < 0) ||
        (nodes->price_adjustment && put(spec, "priceAdjustment", json_string(nodes->price_adjustment)) < 0))
        return NULL;

    return TAKE(spec);
}

static int render_node_overlay(struct plan *plan, const struct pool *pool, unsigned gpus, int64_t weight,
                               struct err *err)
{
    char name[RENDER_NAME_SIZE];
    char file[RENDER_NAME_SIZE + 32];
    AUTO(buf) comment;

    buf_init(&comment, RENDER_COMMENT_MAX);
    (void)snprintf(name, sizeof(name), "%s-%ugpu", pool->name, gpus);
    (void)snprintf(file, sizeof(file), "nodeoverlay-%s.yaml", name);
    bool is_shared = pool->sharing != SHARING_WHOLE;
    buf_addf(&comment, "%s with %u GPU%s of ", is_shared ? "What an instance" : "The price of an instance", gpus,
             gpus == 1 ? "" : "s");
    plan_origin(plan, pool, &comment);
    buf_addf(&comment,
             "%s.\nNeeds Karpenter 1.7 or newer with the feature gate NodeOverlay=true (alpha, off by default; Helm: "
             "settings.featureGates.nodeOverlay);\nwithout it Karpenter silently ignores this object and %s.\n",
             is_shared ? " offers once its GPUs are split into slices" : "",
             is_shared ? "counts whole GPUs" : "uses the price that it knows");
    if (is_shared && !pool_offers_whole_name(pool))
        buf_addf(&comment,
                 "%s is 0 because these nodes do not offer whole GPUs: Karpenter must not launch one for a pod that "
                 "asks for a whole GPU.\n",
                 GPU_RESOURCE_WHOLE);

    json_t *object = build_object(KARPENTER_V1ALPHA1, NODE_OVERLAY, build_metadata(name, NULL));
    if (put(object, "spec", overlay_spec(pool, gpus, weight)) < 0) {
        json_decref(object);
        return err_nomem(err);
    }

    return render_files_add(&plan->files, RENDER_APPLIED, file, buf_text(&comment), object, err);
}

int render_node_overlays(struct plan *plan, const struct plan_pool *planned, struct err *err)
{
    const struct pool *pool = planned->pool;
    if (!plan_has_overlays(pool))
        return 0;
    unsigned *counts = calloc(pool->nodes.type_count, sizeof(*counts));
    if (!counts)
        return err_nomem(err);
    size_t count = plan_gpu_counts(pool, counts);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = render_node_overlay(plan, pool, counts[i], planned->overlay_first + (int64_t)i, err);
    free(counts);
    return result;
}
