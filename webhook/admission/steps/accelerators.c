/* Accelerators that no slice pool offers. Alongside a slice, such a request keeps the pod Pending; alone, an NVIDIA
 * resource is a GPU request that no policy covers. */
#include "admission/steps/steps.h"

#include "admission/model/remedy.h"

#include <stdio.h>

enum { MORE_SIZE = 48 };

/* The first request for something that no slice pool offers, and the number of others. */
struct unoffered {
    const struct container *container;
    const struct ask *ask;
    size_t more;
};

/* Alongside a slice every such request counts, because one node must offer them all. Without a slice, another vendor's
 * accelerator is not our concern. */
static struct unoffered unoffered_find(const struct decision *decision)
{
    const bool gets_slice = decision->out.reason == REASON_NONE;
    struct unoffered unoffered = {0};
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        for (size_t i = 0; i < container->asks.count; i++) {
            const struct ask *ask = &container->asks.items[i];
            if (ask->kind != ASK_UNOFFERED && (ask->kind != ASK_FOREIGN || !gets_slice))
                continue;
            unoffered.more += unoffered.ask != NULL;
            unoffered.container = unoffered.ask ? unoffered.container : container;
            unoffered.ask = unoffered.ask ? unoffered.ask : ask;
        }
    }

    return unoffered;
}

/* True for pods that get a slice, and for pods that were not recognised as GPU pods. Pods that opted out and pods that
 * keep a GPU request are not checked. */
static bool unoffered_is_checked(const struct decision *decision)
{
    static const bool checked[REASONS] = {
        [REASON_NONE] = true,           [REASON_DAEMONSET_POD] = true, [REASON_ALREADY_BOUND] = true,
        [REASON_NO_POLICY] = true,      [REASON_NO_CLASS] = true,      [REASON_CLAIMS_KEPT] = true,
        [REASON_NO_GPU_REQUEST] = true,
    };
    if (decision->out.reason != REASON_NONE &&
        (decision->out.outcome != OUTCOME_ALLOWED || pod_asks_gpu(decision->in->pod)))
        return false;
    return checked[decision->out.reason];
}

static int unoffered_deny(struct decision *decision, const struct unoffered *unoffered, const char *more,
                          struct err *err)
{
    /* Without a slice, the pod can ask for one instead. */
    char ask[REMEDY_OWN_SIZE] = "";
    if (decision->out.reason == REASON_NO_GPU_REQUEST && decision->found.slice_class &&
        remedy_ask(decision->in, &decision->found, 1, ask, err) < 0)
        return -1;

    const char *meant = gpu_resource_meant(unoffered->ask->resource);
    verdict_deny(&decision->out, REASON_OTHER_ACCELERATOR_DENIED,
                 "container \"%.63s\" asks for %.100s%s%s%s%s, which no slice pool offers (otherAccelerators: deny); "
                 "remove %s from limits and requests%s%s",
                 unoffered->container->name, unoffered->ask->resource, more, meant ? " (did you mean " : "",
                 meant ? meant : "", meant ? "?)" : "", unoffered->more > 0 ? "them" : "it", *ask ? ", and " : "", ask);
    return 0;
}

static void unoffered_warn(struct decision *decision, const struct unoffered *unoffered, const char *more)
{
    const bool sliced = decision->out.reason == REASON_NONE;
    const char *meant = gpu_resource_meant(unoffered->ask->resource);
    const char *fix = meant    ? ": did you mean "
                      : sliced ? ": remove it, or the pod stays Pending"
                               : ": it gets no slice";
    warnings_add(&decision->out.warnings, "container %s asks for %.100s%s, which %s%s%s%s", unoffered->container->name,
                 unoffered->ask->resource, more,
                 sliced  ? "no pool offers"
                 : meant ? "is no GPU"
                         : "is not known as a GPU",
                 fix, meant ? meant : "", meant ? "?" : "");
}

int settle_accelerators(struct decision *decision, struct err *err)
{
    if (!unoffered_is_checked(decision))
        return 0;
    const struct unoffered unoffered = unoffered_find(decision);
    if (!unoffered.ask)
        return 0;

    /* Owner and nodeName can be forged, so they do not exempt a pod. step_scope concludes on them before the policy is
     * matched. */
    const struct policy *policy = decision->found.policy;
    if (!policy)
        policy = policy_set_match(decision->in->set, decision->in->ns->name, &decision->in->ns->labels);
    if (policy && policy->other_accelerators == OTHER_ACCELERATORS_IGNORE)
        return 0;

    char more[MORE_SIZE] = "";
    if (unoffered.more > 0)
        (void)snprintf(more, sizeof(more), " (and %zu more)", unoffered.more);
    decision->found.policy = policy;
    if (policy && policy->other_accelerators == OTHER_ACCELERATORS_DENY)
        return unoffered_deny(decision, &unoffered, more, err);
    unoffered_warn(decision, &unoffered, more);
    return 0;
}
