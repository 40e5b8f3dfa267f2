/* Kueue: a ResourceFlavor for each pool, and transformations that count the slices of all classes in one unit, their
 * GPU memory. Source: kueue.sigs.k8s.io, kueue.x-k8s.io/v1beta2 and config.kueue.x-k8s.io/v1beta2. */
#include "render/plan.h"

#include <inttypes.h>
#include <string.h>

static int render_flavor(struct plan *plan, const struct pool *pool, struct err *err)
{
    buf_addf(&plan->comment,
             "Kueue's name for the nodes of SlicePool %s (%s), for the quotas of your ClusterQueues.\n"
             "Needs Kueue 0.15 or newer.\n",
             pool->name, plan_file(plan, &pool->mark));
    json_t *tolerations = json_array();
    append_tolerations(&tolerations, &pool->taints);
    append_tolerations(&tolerations, &pool->nodes.taints);
    json_t *object = build_object("kueue.x-k8s.io/v1beta2", "ResourceFlavor", pool->name, NULL);
    json_put(&object, "spec",
             json_pack("{s:o, s:o}", "nodeLabels", build_map(&pool->labels), "tolerations", tolerations));
    return plan_add(plan, RENDER_APPLIED, object, err, "kueue-resourceflavor-%s.yaml", pool->name);
}

/* Returns the GPU memory of one slice of that resource in bytes, or -1 if it differs between classes. */
static int64_t memory_of(const struct policy_set *set, const char *resource)
{
    int64_t memory = 0;
    for (size_t i = 0; i < set->class_count; i++) {
        if (strcmp(set->classes[i].resource, resource) != 0)
            continue;
        if (memory && memory != set->classes[i].memory_bytes)
            return -1;
        memory = set->classes[i].memory_bytes;
    }
    return memory;
}

int render_kueue(struct plan *plan, struct err *err)
{
    const struct policy_set *set = plan->set;
    for (size_t i = 0; i < set->pool_count; i++) {
        if (render_flavor(plan, &set->pools[i], err) < 0)
            return -1;
    }

    AUTO(json) transformations = json_array();
    for (size_t i = 0; i < set->class_count; i++) {
        const char *resource = set->classes[i].resource;
        int64_t memory = memory_of(set, resource);
        if (!plan_is_first_of_resource(plan, i))
            continue;
        if (memory >= 0)
            json_append(&transformations,
                        json_pack("{s:s, s:s, s:{s:o}}", "input", resource, "strategy", "Retain", "outputs",
                                  RESOURCE_GPU_MEMORY, json_sprintf("%" PRId64 "Mi", memory / MIB)));
        else if (plan_note(plan, err,
                           "no Kueue transformation for %s: classes with slices of different memory share it",
                           resource) < 0)
            return -1;
    }

    buf_add_string(&plan->comment,
                   "Part of Kueue's own configuration (ConfigMap kueue-manager-config): merge `resources` into yours. "
                   "Each slice is\n"
                   "also counted by its GPU memory, so that one quota on " RESOURCE_GPU_MEMORY
                   " can cover all classes.\n"
                   "Needs Kueue 0.15 or newer.\n");
    json_t *object = json_pack("{s:s, s:s, s:{s:o}}", "apiVersion", "config.kueue.x-k8s.io/v1beta2", "kind",
                               "Configuration", "resources", "transformations", TAKE(transformations));
    return plan_add(plan, RENDER_OTHER, object, err, "kueue-configuration.yaml");
}
