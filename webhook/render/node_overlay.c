/* NodeOverlay (karpenter.sh/v1alpha1): the resources that a node offers once its GPUs are split into slices. Karpenter
 * cannot derive these from the instance type. The amounts are per instance, so each number of GPUs needs its own
 * overlay.
 *
 * Karpenter matches overlays against the NodePool's name, its template's labels and the instance type's own labels, not
 * against labels in a NodePool's requirements (karpenter 1.14.1, pkg/controllers/nodeoverlay). A capacity in an overlay
 * replaces the instance type's capacity of the same name.
 *
 * One weight serves all overlays: each names its NodePool and the instance types with one number of GPUs, so no two of
 * them match the same instance type of a NodePool, and a further pool changes no other pool's files. */
#include "render/plan.h"

#include <stdio.h>

/* Returns the capacity that the overlay sets. If every GPU is split into slices with other resource names, the device
 * plugin does not register nvidia.com/gpu, so the overlay sets it to 0. */
static json_t *overlay_capacity(const struct pool *pool, unsigned gpus)
{
    struct pool_offer offers[LAYOUT_ENTRIES_MAX];
    size_t count = pool_offers(pool, offers);
    json_t *map = json_object();
    for (size_t i = 0; i < count; i++)
        json_put(&map, offers[i].resource, build_number_text(offers[i].per_gpu * gpus));
    if (!pool_offers_whole_name(pool))
        json_put(&map, GPU_RESOURCE_WHOLE, json_string("0"));
    return map;
}

static bool sets_capacity(const struct pool *pool)
{
    return pool->sharing != SHARING_WHOLE || pool_has_fractions(pool);
}

static json_t *overlay_spec(const struct pool *pool, unsigned gpus)
{
    json_t *spec = json_pack("{s:I, s:[o, o]}", "weight", (json_int_t)pool->nodes.overlay_weight, "requirements",
                             build_requirement_in(LABEL_NODE_POOL, json_pack("[s]", pool->name)),
                             build_requirement_in(LABEL_INSTANCE_TYPE, build_instance_types(pool, gpus)));
    if (sets_capacity(pool))
        json_put(&spec, "capacity", overlay_capacity(pool, gpus));
    json_put_text(&spec, "price", pool->nodes.price);
    json_put_text(&spec, "priceAdjustment", pool->nodes.price_adjustment);
    return spec;
}

/* Adds what the overlay is, and what Karpenter does without it. */
static void comment_on_overlay(struct plan *plan, const struct pool *pool, unsigned gpus)
{
    struct buf *out = &plan->comment;
    bool is_cut = pool->sharing != SHARING_WHOLE;
    const char *file = plan_file(plan, &pool->mark);
    const char *without = is_cut ? "counts whole GPUs" : "uses the price that it knows";

    if (pool_has_fractions(pool)) {
        buf_addf(out,
                 "What an instance with a share of one GPU of SlicePool %s (%s) offers. Karpenter itself counts no %s "
                 "on these instance types.\n",
                 pool->name, file, GPU_RESOURCE_WHOLE);
        without = "launches none of them";
    } else {
        buf_addf(out, "%s with %u GPU%s of SlicePool %s (%s)%s.\n",
                 is_cut ? "What an instance" : "The price of an instance", gpus, gpus == 1 ? "" : "s", pool->name, file,
                 is_cut ? " offers once its GPUs are split into slices" : "");
    }

    buf_addf(out,
             "Needs Karpenter 1.7 or newer with the feature gate NodeOverlay=true (alpha, off by default; Helm: "
             "settings.featureGates.nodeOverlay);\nwithout it Karpenter silently ignores this object and %s.\n",
             without);
    if (is_cut && !pool_offers_whole_name(pool))
        buf_addf(out,
                 "%s is 0 because these nodes do not offer whole GPUs: Karpenter must not launch one for a pod that "
                 "asks for a whole GPU.\n",
                 GPU_RESOURCE_WHOLE);
}

static int render_node_overlay(struct plan *plan, const struct pool *pool, unsigned gpus, struct err *err)
{
    char name[RENDER_NAME_SIZE];
    comment_on_overlay(plan, pool, gpus);

    (void)snprintf(name, sizeof(name), "%s-%ugpu", pool->name, gpus);
    json_t *object = build_object(KARPENTER_V1ALPHA1, NODE_OVERLAY, name, NULL);
    json_put(&object, "spec", overlay_spec(pool, gpus));
    return plan_add(plan, RENDER_APPLIED, object, err, "nodeoverlay-%s.yaml", name);
}

int render_node_overlays(struct plan *plan, const struct plan_pool *planned, struct err *err)
{
    const struct pool *pool = planned->pool;
    if (!plan_has_overlays(pool))
        return 0;
    for (unsigned gpus = plan_next_gpu_count(pool, 0); gpus > 0; gpus = plan_next_gpu_count(pool, gpus)) {
        if (render_node_overlay(plan, pool, gpus, err) < 0)
            return -1;
    }
    return 0;
}
