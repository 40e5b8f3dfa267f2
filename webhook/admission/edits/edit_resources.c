/* Edit: sets the class's resource in the limits and requests of each container that gets slices. */
#include "admission/edits/edits.h"
#include "gpu/resource.h"
#include "pod/asks.h"

#include <stdio.h>
#include <string.h>

/* Records which rule gives the container its slices. */
static void resources_set_origin(const struct edit *edit, const struct container *container)
{
    const struct ask *ask = asks_next(&container->asks, ASK_GPU, NULL);
    if (!ask) {
        if (edit->found->pod_chose)
            changes_because(
                &edit->out->changes,
                origin_class(edit->found->slice_class, "a slice for a container named by the pod or the policy"));
        else
            changes_because(&edit->out->changes, origin_policy(edit->found->policy, "inject: always, target"));
    } else if (strcmp(ask->resource, edit->found->slice_class->resource) == 0 || edit->found->pod_chose) {
        changes_because(&edit->out->changes, origin_class(edit->found->slice_class, "the resource of its pools"));
    } else if (!gpu_resource_is_slice(ask->resource)) {
        changes_because(&edit->out->changes, origin_policy(edit->found->policy, "wholeGPU: convert"));
    } else {
        changes_because(&edit->out->changes, origin_policy(edit->found->policy, "otherSlice: convert"));
    }
}

/* Sets the limit and the request, which must be equal for extended resources (API validation). */
static int resources_set(const struct edit *edit, const struct container *container, int64_t slices, struct err *err)
{
    const char *resource = edit->found->slice_class->resource;
    char text[32];

    (void)snprintf(text, sizeof(text), "%lld", (long long)slices);

    const struct ask *ask = asks_find(&container->asks, resource);
    bool right = ask && !ask->fault && ask->quantity == slices && ask->plain;
    for (size_t i = 0; i < ARRAY_SIZE(resource_lists); i++) {
        if (right && cjson_find(container->object, PATH("resources", resource_lists[i], resource)))
            continue;
        if (patch_set(&edit->out->changes.patch, container_place(container),
                      PATH("resources", resource_lists[i], resource), cJSON_CreateString(text), err) < 0)
            return -1;
    }

    return 0;
}

/* Removes every GPU resource that the container requested originally, but for `kept` (NULL: none). */
static int resources_remove(const struct edit *edit, const struct container *container, const char *kept,
                            struct err *err)
{
    const struct ask *ask = NULL;
    while ((ask = asks_next(&container->asks, ASK_GPU, ask)) != NULL) {
        if (kept && strcmp(ask->resource, kept) == 0)
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(resource_lists); i++) {
            if (patch_remove(&edit->out->changes.patch, container_place(container),
                             PATH("resources", resource_lists[i], ask->resource), err) < 0)
                return -1;
        }
    }
    return 0;
}

/* Removes what a LimitRange's default gave to a sidecar. */
static int resources_drop(const struct edit *edit, const struct container *container, struct err *err)
{
    changes_because(&edit->out->changes, origin_policy(edit->found->policy, "sidecars, and a LimitRange's default"));
    return resources_remove(edit, container, NULL, err);
}

int edit_resources(const struct edit *edit, struct err *err)
{
    for (size_t i = 0; i < edit->in->pod->count; i++) {
        const struct container *container = &edit->in->pod->containers[i];
        bool dropped = edit->found->slices[i] == 0 && edit->found->defaulted && edit->found->defaulted[i];
        if (dropped && resources_drop(edit, container, err) < 0)
            return -1;
        if (edit->found->slices[i] == 0)
            continue;
        resources_set_origin(edit, container);
        if (resources_remove(edit, container, edit->found->slice_class->resource, err) < 0 ||
            resources_set(edit, container, edit->found->slices[i], err) < 0)
            return -1;
    }
    return 0;
}
