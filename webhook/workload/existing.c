/* Takes out of the manifest of a pod what was not in the request that created it. */
#include "workload/existing.h"

#include "json/unconst.h"

#include <string.h>

bool existing_is(const json_t *pod)
{
    return *json_text(json_object_get(pod, "metadata"), "uid") || json_object_size(json_object_get(pod, "status")) > 0;
}

/* True for an element of a list that something other than the author added. */
typedef bool added_fn(const json_t *item);

static void remove_added(json_t *list, added_fn *is_added)
{
    for (size_t i = json_array_size(list); i-- > 0;) {
        if (is_added(json_array_get(list, i)))
            (void)json_array_remove(list, i);
    }
}

/* The volume and its mounts: ServiceAccount admission (k8s.io/kubernetes plugin/pkg/admission/serviceaccount). */
static bool is_token(const json_t *item)
{
    static const char prefix[] = "kube-api-access-";
    return strncmp(json_text(item, "name"), prefix, sizeof(prefix) - 1) == 0;
}

/* DefaultTolerationSeconds (plugin/pkg/admission/defaulttolerationseconds). */
static bool is_default_toleration(const json_t *item)
{
    const char *key = json_text(item, "key");
    return (strcmp(key, "node.kubernetes.io/not-ready") == 0 || strcmp(key, "node.kubernetes.io/unreachable") == 0) &&
           strcmp(json_text(item, "operator"), "Exists") == 0 && strcmp(json_text(item, "effect"), "NoExecute") == 0 &&
           json_integer_value(json_object_get(item, "tolerationSeconds")) == 300;
}

static void remove_members(json_t *object, const char *const keys[])
{
    for (size_t i = 0; keys[i]; i++)
        (void)json_object_del(object, keys[i]);
}

/* Removes a list that is empty now: it was absent. */
static void remove_empty(json_t *object, const char *key)
{
    const json_t *list = json_object_get(object, key);
    if (json_is_array(list) && json_array_size(list) == 0)
        (void)json_object_del(object, key);
}

static void remove_mounts(json_t *containers)
{
    size_t index;
    json_t *container;
    json_array_foreach(containers, index, container) {
        remove_added(json_object_get(container, "volumeMounts"), is_token);
        remove_empty(container, "volumeMounts");
    }
}

static void clean_spec(json_t *spec)
{
    static const char *const keys[] = {"nodeName", "serviceAccount",   "ephemeralContainers",
                                       "priority", "preemptionPolicy", NULL};
    remove_members(spec, keys);
    if (strcmp(json_text(spec, "serviceAccountName"), "default") == 0)
        (void)json_object_del(spec, "serviceAccountName");

    remove_added(json_object_get(spec, "volumes"), is_token);
    remove_mounts(json_object_get(spec, "containers"));
    remove_mounts(json_object_get(spec, "initContainers"));
    remove_added(json_object_get(spec, "tolerations"), is_default_toleration);
    remove_empty(spec, "volumes");
    remove_empty(spec, "tolerations");
}

json_t *existing_at_creation(const json_t *pod)
{
    static const char *const keys[] = {
        "uid",      "resourceVersion",   "creationTimestamp",          "generation", "managedFields",
        "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", NULL};
    AUTO(json) copy = json_deep_copy(pod);
    (void)json_object_del(copy, "status");
    remove_members(json_object_get(copy, "metadata"), keys);
    clean_spec(json_object_get(copy, "spec"));
    return TAKE(copy);
}
