/* The view of a Pod. Depends on core/v1, not on policies. */
#include "pod/pod.h"

#include "pod/shape.h"

#include <stdio.h>
#include <string.h>

static enum container_kind container_kind_of(const cJSON *object, bool init)
{
    const char *restart = cjson_text(object, "restartPolicy");
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
            .object = object, .name = cjson_text(object, "name"), .kind = container_kind_of(object, init)};
        (void)snprintf(container->pointer, sizeof(container->pointer), "/spec/%s/%zu", key, index++);
    }
}

/* Orders by name; containers of the same name keep the pod's order. */
static int compare_names(const void *a, const void *b)
{
    const struct container *left = *(const struct container *const *)a;
    const struct container *right = *(const struct container *const *)b;
    int order = strcmp(left->name, right->name);
    return order ? order : (left > right) - (left < right);
}

int pod_init(struct pod *ret_pod, cJSON *object, const struct gpu_names *names, struct err *err)
{
    if (pod_shape_check(object, err) < 0)
        return -1;

    cJSON *init = cjson_find(object, PATH("spec", "initContainers"));
    cJSON *main = cjson_find(object, PATH("spec", "containers"));
    size_t count = (size_t)cJSON_GetArraySize(init) + (size_t)cJSON_GetArraySize(main);
    AUTO(pod)
    pod = {.object = object,
           .containers = calloc(count + 1, sizeof(*pod.containers)),
           .by_name = calloc(count + 1, sizeof(struct container *))};
    if (!pod.containers || !pod.by_name)
        return err_nomem(err);

    pod_add_containers(&pod, init, "initContainers", true);
    pod_add_containers(&pod, main, "containers", false);
    for (size_t i = 0; i < pod.count; i++) {
        pod.by_name[i] = &pod.containers[i];
        if (asks_collect(pod.containers[i].object, names, &pod.containers[i].asks, err) < 0)
            return -1;
    }
    qsort(pod.by_name, pod.count, sizeof(struct container *), compare_names);

    *ret_pod = TAKE(pod);
    return 0;
}

void pod_fini(struct pod *pod)
{
    for (size_t i = 0; i < pod->count; i++)
        asks_fini(&pod->containers[i].asks);
    free(pod->containers);
    free(pod->by_name);
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
    return cJSON_GetStringValue(cjson_find(pod->object, PATH("metadata", "labels", key)));
}

const char *pod_annotation(const struct pod *pod, const char *key)
{
    return cJSON_GetStringValue(cjson_find(pod->object, PATH("metadata", "annotations", key)));
}

const char *pod_namespace(const struct pod *pod)
{
    return cJSON_GetStringValue(cjson_find(pod->object, PATH("metadata", "namespace")));
}

const char *pod_node_name(const struct pod *pod)
{
    const char *name = cJSON_GetStringValue(cjson_find(pod->object, PATH("spec", "nodeName")));
    return name && *name ? name : NULL;
}

const struct container *pod_container(const struct pod *pod, const char *name)
{
    size_t low = 0;
    size_t high = pod->count;
    while (low < high) { /* the first that is not less than `name` */
        size_t middle = low + (high - low) / 2;
        if (strcmp(pod->by_name[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < pod->count && strcmp(pod->by_name[low]->name, name) == 0 ? pod->by_name[low] : NULL;
}

const struct container *pod_previous_namesake(const struct pod *pod, const struct container *container)
{
    const struct container *const *found =
        bsearch(&container, pod->by_name, pod->count, sizeof(struct container *), compare_names);
    if (!found || found == pod->by_name || strcmp(found[-1]->name, container->name) != 0)
        return NULL;
    return found[-1];
}

const cJSON *pod_controller(const struct pod *pod)
{
    const cJSON *owner;
    cJSON_ArrayForEach(owner, cjson_find(pod->object, PATH("metadata", "ownerReferences"))) {
        if (cJSON_IsTrue(cjson_member(owner, "controller")))
            return owner;
    }
    return NULL;
}

bool pod_is_of_daemonset(const struct pod *pod)
{
    const cJSON *owner = pod_controller(pod);
    return owner && strcmp(cjson_text(owner, "kind"), "DaemonSet") == 0;
}

const cJSON *container_env(const struct container *container, const char *name)
{
    const cJSON *found = NULL;
    const cJSON *variable;
    cJSON_ArrayForEach(variable, cjson_find(container->object, PATH("env"))) {
        if (strcmp(cjson_text(variable, "name"), name) == 0)
            found = variable;
    }
    return found;
}

bool container_asks_gpu(const struct container *container)
{
    return asks_next(&container->asks, ASK_GPU, NULL) != NULL;
}

bool pod_asks_gpu(const struct pod *pod)
{
    POD_FOREACH_CONTAINER(pod, container) {
        if (container_asks_gpu(container))
            return true;
    }
    return false;
}

static bool container_uses_claims(const struct container *container)
{
    return cJSON_GetArraySize(cjson_find(container->object, PATH("resources", "claims"))) > 0 ||
           asks_next(&container->asks, ASK_DEVICE_CLASS, NULL) != NULL;
}

bool pod_uses_claims(const struct pod *pod)
{
    if (cJSON_GetArraySize(cjson_find(pod->object, PATH("spec", "resourceClaims"))) > 0)
        return true;
    POD_FOREACH_CONTAINER(pod, container) {
        if (container_uses_claims(container))
            return true;
    }
    return false;
}

static int64_t add_saturating(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int64_t pod_effective_sum(const struct pod *pod, const int64_t counts[])
{
    int64_t running = 0; /* the sum of the sidecars so far, and finally also of the containers */
    int64_t peak = 0;
    for (size_t i = 0; i < pod->count; i++) {
        int64_t with_this = add_saturating(running, counts[i]);
        if (pod->containers[i].kind != CONTAINER_INIT)
            running = with_this;
        peak = with_this > peak ? with_this : peak;
    }
    return peak;
}
