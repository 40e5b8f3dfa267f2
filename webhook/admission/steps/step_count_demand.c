/* Counts the slices of each container that requests a GPU, unless the policy denies or keeps the request. */
#include "admission/model/record_use.h"
#include "admission/steps/steps.h"
#include "base/text.h"
#include "core/names.h"

#include <string.h>

static void demand_check_mixed(struct decision *decision)
{
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        const struct ask *first = asks_next(&container->asks, ASK_GPU, NULL);
        const struct ask *second = first ? asks_next(&container->asks, ASK_GPU, first) : NULL;
        if (!first)
            continue;

        if (!second || record_names(decision, container)) /* a LimitRange's default was added to our slice */
            second = asks_next(&container->asks, ASK_DEVICE_CLASS, NULL);
        if (!second)
            continue;

        verdict_deny(&decision->out, REASON_MIXED_REQUEST,
                     "container \"%s\" asks for both %.63s and %.63s, and would hold two devices; ask for one of them",
                     container->name, first->resource, second->resource);
        return;
    }
}

/* The policy's rule for requests of one kind. */
struct demand_rule {
    enum request_kind kind;
    bool denied, kept;
    enum reason denied_reason, kept_reason;
    const char *rule;
};

static void demand_rules(const struct decision *decision, struct demand_rule rules[2])
{
    const struct policy *policy = decision->found.policy;
    bool chose = decision->found.pod_chose; /* a pod that chose a class means slices by nvidia.com/gpu */

    rules[0] = (struct demand_rule){.kind = REQUEST_WHOLE,
                                    .denied = !chose && policy->whole_gpu == WHOLE_GPU_DENY,
                                    .kept = !chose && policy->whole_gpu == WHOLE_GPU_KEEP,
                                    .denied_reason = REASON_WHOLE_GPU_DENIED,
                                    .kept_reason = REASON_WHOLE_GPU_KEPT,
                                    .rule = "wholeGPU: deny"};

    rules[1] = (struct demand_rule){.kind = REQUEST_OTHER,
                                    .denied = policy->other_slice == OTHER_SLICE_DENY,
                                    .kept = policy->other_slice == OTHER_SLICE_KEEP,
                                    .denied_reason = REASON_OTHER_SLICE_DENIED,
                                    .kept_reason = REASON_OTHER_SLICE_KEPT,
                                    .rule = "otherSlice: deny"};
}

static const struct container *demand_first(const struct decision *decision, enum request_kind kind,
                                            const struct ask **ret_ask)
{
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        if (request_kind_of(decision, container, ret_ask) == kind)
            return container;
    }
    return NULL;
}

/* Writes what would be accepted instead. If the class's own resource is nvidia.com/gpu, only naming the class
 * distinguishes its slices from whole GPUs. */
static void demand_remedy(const struct decision *decision, char ret_text[ERR_TEXT_SIZE])
{
    const struct slice_class *slice_class = decision->found.slice_class;
    bool same = strcmp(slice_class->resource, GPU_RESOURCE_WHOLE) == 0;
    bool named = same && !decision->found.pod_chose && decision->found.policy->whole_gpu != WHOLE_GPU_CONVERT;
    if (named && !decision->found.policy->pod_choice)
        text_printf(ret_text, ERR_TEXT_SIZE,
                    "no request for %s passes here, for pods may not choose a class either (podChoice: false)",
                    GPU_RESOURCE_WHOLE);
    else
        text_printf(ret_text, ERR_TEXT_SIZE, "ask for %s: \"1\", the resource of slice class \"%s\"%s",
                    slice_class->resource, slice_class->name,
                    named ? ", and name that class by the annotation " ANNOTATION_CLASS : "");
}

static void demand_deny(struct decision *decision, const struct demand_rule *rule, const struct container *container,
                        const struct ask *ask)
{
    char remedy[ERR_TEXT_SIZE];
    demand_remedy(decision, remedy);
    verdict_deny(&decision->out, rule->denied_reason,
                 "container \"%s\" asks for %.63s, which is not given here (%s); %s", container->name, ask->resource,
                 rule->rule, remedy);
}

static void demand_apply_rules(struct decision *decision)
{
    struct demand_rule rules[2];
    const struct ask *ask;

    demand_rules(decision, rules);
    for (size_t i = 0; i < ARRAY_SIZE(rules) && decision->out.reason == REASON_NONE; i++) {
        const struct container *container = rules[i].denied ? demand_first(decision, rules[i].kind, &ask) : NULL;
        if (container)
            demand_deny(decision, &rules[i], container, ask);
    }

    for (size_t i = 0; i < ARRAY_SIZE(rules) && decision->out.reason == REASON_NONE; i++) {
        if (rules[i].kept && demand_first(decision, rules[i].kind, &ask))
            decision_allow(decision, rules[i].kept_reason);
    }
}

int step_count_demand(struct decision *decision, struct err *err)
{
    (void)err;
    demand_check_mixed(decision);
    if (decision->out.reason == REASON_NONE)
        demand_apply_rules(decision);
    if (decision->out.reason != REASON_NONE)
        return 0;

    for (size_t i = 0; i < decision->in->pod->count; i++) {
        const struct ask *ask;
        if (request_kind_of(decision, &decision->in->pod->containers[i], &ask) != REQUEST_NONE)
            decision->owned.slices[i] = ask->quantity;
    }
    return 0;
}
