/* Edit: the class's resource in limits and requests of each container that gets slices (SPEC 5.1). */
#include "admission/edits/edits.h"
#include "gpu/resource.h"
#include "pod/asks.h"

#include <stdio.h>
#include <string.h>

static const char *const lists[] = {"limits", "requests"};

/* Says where the container's slices come from. */
static void resources_because(struct decision *decision, const struct container *container)
{
    const struct ask *ask = asks_next(&container->asks, ASK_GPU, NULL);
    if (!ask) {
        if (decision->pod_chose)
            decision_because_class(decision, "a slice for the container that the pod or the policy names");
        else
            decision_because_policy(decision, "inject: always, target");
    } else if (strcmp(ask->resource, decision->slice_class->resource) == 0 || decision->pod_chose) {
        decision_because_class(decision, "the resource of its pools");
    } else if (!gpu_resource_is_slice(ask->resource)) {
        decision_because_policy(decision, "wholeGPU: convert");
    } else {
        decision_because_policy(decision, "otherSlice: convert");
    }
}

/* The limit and the request: API validation wants both, equal, for extended resources. */
static int resources_set(struct decision *decision, const struct container *container, int64_t slices, struct err *err)
{
    const char *resource = decision->slice_class->resource;
    char text[32];
    (void)snprintf(text, sizeof(text), "%lld", (long long)slices);
    const struct ask *ask = asks_find(&container->asks, resource);
    bool right = ask && !ask->fault && ask->quantity == slices && ask->plain;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        if (right && cjson_find(container->object, PATH("resources", lists[i], resource)))
            continue;
        if (patch_set(&decision->patch, container_place(container), PATH("resources", lists[i], resource),
                      cJSON_CreateString(text), err) < 0)
            return -1;
    }
    return 0;
}

/* Each GPU resource beside the class's that it asked for when it came. */
static int resources_remove_others(struct decision *decision, const struct container *container, struct err *err)
{
    const struct ask *ask = NULL;
    while ((ask = asks_next(&container->asks, ASK_GPU, ask)) != NULL) {
        if (strcmp(ask->resource, decision->slice_class->resource) == 0)
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
            if (patch_remove(&decision->patch, container_place(container), PATH("resources", lists[i], ask->resource),
                             err) < 0)
                return -1;
        }
    }
    return 0;
}

int edit_resources(struct decision *decision, struct err *err)
{
    for (size_t i = 0; i < decision->pod->count; i++) {
        const struct container *container = &decision->pod->containers[i];
        if (decision->slices[i] == 0)
            continue;
        resources_because(decision, container);
        if (resources_remove_others(decision, container, err) < 0 ||
            resources_set(decision, container, decision->slices[i], err) < 0)
            return -1;
    }
    return 0;
}
