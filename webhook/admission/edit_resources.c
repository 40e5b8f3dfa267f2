/* Edit: the class's resource in limits and requests of each container that gets slices (SPEC 5.1). */
#include "admission/edits.h"
#include "gpu/resource.h"
#include "pod/asks.h"

#include <stdio.h>
#include <string.h>

enum { RESOURCE_NAME_SIZE = 320 }; /* a qualified name: prefix 253, slash, name 63 */

static const char *const lists[] = {"limits", "requests"};

/* Says where the container's slices come from. */
static void resources_because(struct decision *decision, const struct container *container)
{
    struct ask ask;
    size_t cursor = 0;
    if (!container_next_ask(container, ASK_GPU, &cursor, &ask)) {
        if (decision->pod_chose)
            decision_because_class(decision, "a slice for the container that the pod or the policy names");
        else
            decision_because_policy(decision, "inject: always, target");
    } else if (strcmp(ask.resource, decision->slice_class->resource) == 0 || decision->pod_chose) {
        decision_because_class(decision, "the resource of its pools");
    } else if (strcmp(ask.resource, GPU_RESOURCE_WHOLE) == 0) {
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
    struct ask ask;
    bool right = container_asks_for(container, resource, &ask) && !ask.fault && ask.quantity == slices;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        if (right && json_find(container->object, PATH("resources", lists[i], resource)))
            continue;
        if (patch_set(&decision->patch, container_place(container), PATH("resources", lists[i], resource),
                      cJSON_CreateString(text), err) < 0)
            return -1;
    }
    return 0;
}

/* The first GPU resource beside the class's that it asks for, copied: what it points to goes away with the removal. */
static bool resources_other(const struct decision *decision, const struct container *container,
                            char ret_name[RESOURCE_NAME_SIZE])
{
    struct ask ask;
    size_t cursor = 0;
    while (container_next_ask(container, ASK_GPU, &cursor, &ask)) {
        if (strcmp(ask.resource, decision->slice_class->resource) == 0)
            continue;
        (void)snprintf(ret_name, RESOURCE_NAME_SIZE, "%s", ask.resource);
        return true;
    }
    return false;
}

static int resources_remove_others(struct decision *decision, const struct container *container, struct err *err)
{
    char name[RESOURCE_NAME_SIZE];
    while (resources_other(decision, container, name)) {
        for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
            if (patch_remove(&decision->patch, container_place(container), PATH("resources", lists[i], name), err) < 0)
                return -1;
        }
        if (strlen(name) == RESOURCE_NAME_SIZE - 1) /* cut: no name that the API server lets through is so long */
            return err_set(err, ERR_INVALID, "a resource name is longer than %d bytes", RESOURCE_NAME_SIZE - 1);
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
