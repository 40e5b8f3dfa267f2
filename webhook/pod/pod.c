/* The view of a Pod. Knows core/v1; no policy. */
#include "pod/pod.h"

#include "pod/shape.h"

#include <stdio.h>
#include <string.h>

cJSON *json_find(const cJSON *object, const char *const path[])
{
    const cJSON *value = object;
    for (size_t i = 0; value && path[i]; i++)
        value = cJSON_GetObjectItemCaseSensitive(value, path[i]);
    /* cJSON's own getters hand out the tree as writable in the same way. */
    return value && !cJSON_IsNull(value) ? (cJSON *)(uintptr_t)value : NULL;
}

const char *json_text(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static enum container_kind container_kind_of(const cJSON *object, bool init)
{
    const char *restart = json_text(object, "restartPolicy");
    if (!init)
        return CONTAINER_MAIN;
    return restart && strcmp(restart, "Always") == 0 ? CONTAINER_SIDECAR : CONTAINER_INIT;
}

static void pod_add_containers(struct pod *pod, cJSON *list, const char *key, bool init)
{
    size_t index = 0;
    cJSON *object;
    cJSON_ArrayForEach(object, list) {
        struct container *container = &pod->containers[pod->count++];
        *container = (struct container){
            .object = object, .name = json_text(object, "name"), .kind = container_kind_of(object, init)};
        (void)snprintf(container->pointer, sizeof(container->pointer), "/spec/%s/%zu", key, index++);
    }
}

int pod_init(struct pod *ret_pod, cJSON *object, struct err *err)
{
    if (pod_shape_check(object, err) < 0)
        return -1;
    cJSON *init = json_find(object, PATH("spec", "initContainers"));
    cJSON *main = json_find(object, PATH("spec", "containers"));
    size_t count = (size_t)cJSON_GetArraySize(init) + (size_t)cJSON_GetArraySize(main);
    struct pod pod = {.object = object, .containers = calloc(count + 1, sizeof(*pod.containers))};
    if (!pod.containers)
        return err_nomem(err);
    pod_add_containers(&pod, init, "initContainers", true);
    pod_add_containers(&pod, main, "containers", false);
    *ret_pod = pod;
    return 0;
}

void pod_fini(struct pod *pod)
{
    free(pod->containers);
    *pod = (struct pod){0};
}

struct place pod_place(const struct pod *pod)
{
    return (struct place){pod->object, ""};
}

struct place container_place(const struct container *container)
{
    return (struct place){container->object, container->pointer};
}

const char *pod_label(const struct pod *pod, const char *key)
{
    return cJSON_GetStringValue(json_find(pod->object, PATH("metadata", "labels", key)));
}

const char *pod_annotation(const struct pod *pod, const char *key)
{
    return cJSON_GetStringValue(json_find(pod->object, PATH("metadata", "annotations", key)));
}

const char *pod_namespace(const struct pod *pod)
{
    return cJSON_GetStringValue(json_find(pod->object, PATH("metadata", "namespace")));
}

const char *pod_node_name(const struct pod *pod)
{
    const char *name = cJSON_GetStringValue(json_find(pod->object, PATH("spec", "nodeName")));
    return name && *name ? name : NULL;
}

const struct container *pod_container(const struct pod *pod, const char *name)
{
    POD_FOREACH_CONTAINER(pod, container) {
        if (strcmp(container->name, name) == 0)
            return container;
    }
    return NULL;
}

const cJSON *pod_controller(const struct pod *pod)
{
    const cJSON *owner;
    cJSON_ArrayForEach(owner, json_find(pod->object, PATH("metadata", "ownerReferences"))) {
        if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(owner, "controller")))
            return owner;
    }
    return NULL;
}

bool pod_is_of_daemonset(const struct pod *pod)
{
    const cJSON *owner = pod_controller(pod);
    return owner && strcmp(json_text(owner, "kind"), "DaemonSet") == 0;
}

const cJSON *container_env(const struct container *container, const char *name)
{
    const cJSON *found = NULL;
    const cJSON *variable;
    cJSON_ArrayForEach(variable, json_find(container->object, PATH("env"))) {
        if (strcmp(json_text(variable, "name"), name) == 0)
            found = variable;
    }
    return found;
}
