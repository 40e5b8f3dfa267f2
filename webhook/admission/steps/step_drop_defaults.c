/* Drops GPU requests that a LimitRange's default gave to sidecars, which are not meant to get GPUs. A sidecar that asks
 * by itself keeps its request; so does every one if nothing else in the pod wants a slice. */
#include "admission/model/record_use.h"
#include "admission/steps/steps.h"
#include "pod/limit_ranger.h"

enum { DEFAULTED_ASKS_MAX = 16 };

/* True if each GPU request of the container is a default. A container that a valid record names has had its turn. */
static bool has_defaults_only(const struct decision *decision, const struct container *container, const char *text)
{
    if (!container_asks_gpu(container) || container->asks.count > DEFAULTED_ASKS_MAX ||
        !strlist_has(&decision->found.policy->sidecars, container->name) ||
        pod_container(decision->in->pod, container->name) != container || record_names(decision, container))
        return false;

    const struct ask *ask = NULL;
    while ((ask = asks_next(&container->asks, ASK_GPU, ask))) {
        if (!limit_ranger_added(text, container, ask->resource))
            return false;
    }
    return true;
}

int step_drop_defaults(struct decision *decision, struct err *err)
{
    const struct pod *pod = decision->in->pod;
    const char *text = pod_asks_gpu(pod) ? limit_ranger_text(pod) : NULL;
    if (!text)
        return 0;

    bool *defaulted = decision->owned.defaulted = calloc(pod->count, sizeof(*defaulted));
    if (!defaulted)
        return err_nomem(err);

    bool wanted = decision->found.pod_chose || decision->found.policy->inject == INJECT_ALWAYS;
    for (size_t i = 0; i < pod->count; i++) {
        defaulted[i] = has_defaults_only(decision, &pod->containers[i], text);
        wanted = wanted || (!defaulted[i] && container_asks_gpu(&pod->containers[i]));
    }
    if (wanted)
        decision->found.defaulted = defaulted;
    return 0;
}

bool request_is_default(const struct decision *decision, const struct container *container)
{
    return decision->found.defaulted && decision->found.defaulted[container - decision->in->pod->containers];
}

bool request_exists(const struct decision *decision)
{
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        if (container_asks_gpu(container) && !request_is_default(decision, container))
            return true;
    }
    return false;
}
