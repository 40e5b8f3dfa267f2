/* Kueue: a ResourceFlavor for each pool, and transformations that count the slices of all classes in one unit, their
 * GPU memory. Source: kueue.sigs.k8s.io, kueue.x-k8s.io/v1beta1 and config.kueue.x-k8s.io/v1beta1. */
#include "render/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static json_t *toleration_list(const struct pool *pool)
{
    AUTO(json) list = json_array();
    const struct taints *const all[] = {&pool->taints, &pool->nodes.taints};
    for (size_t i = 0; list && i < ARRAY_SIZE(all); i++) {
        for (size_t j = 0; j < all[i]->count; j++) {
            if (json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "key", all[i]->items[j].key, "operator",
                                                      "Exists", "effect", all[i]->items[j].effect)) < 0)
                return NULL;
        }
    }
    return TAKE(list);
}

static int render_flavor(struct plan *plan, const struct pool *pool, struct err *err)
{
    char file[RENDER_NAME_SIZE];
    AUTO(buf) comment;

    buf_init(&comment, RENDER_COMMENT_MAX);
    (void)snprintf(file, sizeof(file), "kueue-resourceflavor-%s.yaml", pool->name);
    buf_addf(&comment, "Kueue's name for the nodes of ");
    plan_origin(plan, pool, &comment);
    buf_add_string(&comment, ", for the quotas of your ClusterQueues.\nNeeds Kueue 0.9 or newer.\n");

    json_t *object = build_object("kueue.x-k8s.io/v1beta1", "ResourceFlavor", build_metadata(pool->name, NULL));
    json_t *spec =
        json_pack("{s:o, s:o}", "nodeLabels", build_map(&pool->labels), "tolerations", toleration_list(pool));
    if (put(object, "spec", spec) < 0) {
        json_decref(object);
        return err_nomem(err);
    }

    return render_files_add(&plan->files, RENDER_APPLIED, file, buf_text(&comment), object, err);
}

/* Returns the GPU memory of one slice of that resource in bytes, or -1 if classes differ. */
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

static bool is_first(const struct policy_set *set, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(set->classes[i].resource, set->classes[index].resource) == 0)
            return false;
    }
    return true;
}

static json_t *transformation(const char *resource, int64_t memory)
{
    char amount[32];
    (void)snprintf(amount, sizeof(amount), "%" PRId64 "Mi", memory >> 20);
    return json_pack("{s:s, s:s, s:{s:s}}", "input", resource, "strategy", "Retain", "outputs", RESOURCE_GPU_MEMORY,
                     amount);
}

static int add_transformations(struct plan *plan, json_t *list, struct err *err)
{
    for (size_t i = 0; i < plan->set->class_count; i++) {
        const char *resource = plan->set->classes[i].resource;
        int64_t memory = memory_of(plan->set, resource);
        if (!is_first(plan->set, i))
            continue;
        if (memory < 0) {
            if (plan_note(plan, err, "no Kueue transformation for %s: classes with slices of different memory share it",
                          resource) < 0)
                return -1;
        } else if (json_array_append_new(list, transformation(resource, memory)) < 0) {
            return err_nomem(err);
        }
    }

    return 0;
}

int render_kueue(struct plan *plan, struct err *err)
{
    AUTO(json) list = json_array();
    if (!list)
        return err_nomem(err);

    for (size_t i = 0; i < plan->set->pool_count; i++) {
        if (render_flavor(plan, &plan->set->pools[i], err) < 0)
            return -1;
    }

    if (add_transformations(plan, list, err) < 0)
        return -1;
    return render_files_add(
        &plan->files, RENDER_OTHER, "kueue-configuration.yaml",
        "Part of Kueue's own configuration (ConfigMap kueue-manager-config): merge `resources` into yours. Each slice "
        "is\n"
        "counted by its GPU memory, too, so that one quota on " RESOURCE_GPU_MEMORY " can hold for all classes.\n"
        "Needs Kueue 0.10 or newer (feature gate ConfigurableResourceTransformations, on by default).\n",
        json_pack("{s:s, s:s, s:{s:O}}", "apiVersion", "config.kueue.x-k8s.io/v1beta1", "kind", "Configuration",
                  "resources", "transformations", list),
        err);
}
