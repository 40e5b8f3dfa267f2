/* Checks that the class allows the counted slices, and that each request is a whole number. */
#include "admission/steps/steps.h"

static void limits_check_containers(struct decision *decision)
{
    const struct slice_class *slice_class = decision->found.slice_class;
    for (size_t i = 0; i < decision->in->pod->count; i++) {
        if (decision->found.slices[i] <= slice_class->per_container)
            continue;

        verdict_deny(
            &decision->out, REASON_TOO_MANY_SLICES,
            "container \"%s\" asks for %lld slices of class \"%s\", which gives %lld to a container (%s); ask for %s: "
            "\"%lld\"",
            decision->in->pod->containers[i].name, (long long)decision->found.slices[i], slice_class->name,
            (long long)slice_class->per_container,
            slice_class->shared ? "two shares of a GPU are not twice a share" : "limits.perContainer",
            slice_class->resource, (long long)slice_class->per_container);
        return;
    }
}

static void limits_check_pod(struct decision *decision)
{
    const struct slice_class *slice_class = decision->found.slice_class;
    int64_t sum = pod_effective_sum(decision->in->pod, decision->found.slices);
    if (slice_class->per_pod > 0 && sum > slice_class->per_pod)
        verdict_deny(&decision->out, REASON_TOO_MANY_SLICES,
                     "the pod's containers ask for %lld slices of class \"%s\" together, which gives %lld to a pod "
                     "(limits.perPod); ask for %lld at most",
                     (long long)sum, slice_class->name, (long long)slice_class->per_pod,
                     (long long)slice_class->per_pod);
}

static void limits_check_quantities(struct decision *decision)
{
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        const struct ask *ask;
        if (request_kind_of(decision, container, &ask) == REQUEST_NONE || !ask->fault)
            continue;
        verdict_deny(
            &decision->out, REASON_INVALID_QUANTITY,
            "container \"%s\" asks for %.63s: \"%s\", which %s; GPUs are counted in whole numbers, the same in limits "
            "and requests",
            container->name, ask->resource, ask->text, ask->fault);
        return;
    }
}

int step_check_limits(struct decision *decision, struct err *err)
{
    static void (*const checks[])(struct decision *) = {limits_check_containers, limits_check_pod,
                                                        limits_check_quantities};
    (void)err;
    for (size_t i = 0; i < ARRAY_SIZE(checks) && decision->out.reason == REASON_NONE; i++)
        checks[i](decision);
    return 0;
}
