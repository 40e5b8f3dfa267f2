/* Counts the slices of each container that requests a GPU, unless the policy denies or keeps the request. */
#include "admission/model/record_use.h"
#include "admission/model/remedy.h"
#include "admission/steps/steps.h"
#include "base/text.h"

#include <stdio.h>

/* The policy's rule for requests of one kind. */
struct demand_rule {
    enum request_kind kind;
    bool denied, kept;
    enum reason denied_reason, kept_reason;
    const char *says; /* "asks for X, which ..." */
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
                                    .says = "is a whole GPU unless the pod names a slice class (wholeGPU: deny)"};

    rules[1] = (struct demand_rule){.kind = REQUEST_OTHER,
                                    .denied = policy->other_slice == OTHER_SLICE_DENY,
                                    .kept = policy->other_slice == OTHER_SLICE_KEEP,
                                    .denied_reason = REASON_OTHER_SLICE_DENIED,
                                    .kept_reason = REASON_OTHER_SLICE_KEPT,
                                    .says = "is not the resource of its slice class (otherSlice: deny)"};
}

/* True if neither rule denies or keeps the request. */
static bool demand_passes(const struct decision *decision, const struct ask *ask)
{
    struct demand_rule rules[2];
    demand_rules(decision, rules);
    enum request_kind kind = request_kind_of_ask(decision, ask);
    for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
        if (rules[i].kind == kind && (rules[i].denied || rules[i].kept))
            return false;
    }
    return true;
}

/* Writes which of the two requests would pass alone, or how to ask for a slice of the class. */
static int mixed_remedy(const struct decision *decision, const struct ask *first, const struct ask *second,
                        char ret_text[REMEDY_OWN_SIZE], struct err *err)
{
    const struct slice_class *slice_class = decision->found.slice_class;
    const struct ask *const asks[] = {first, second};
    int64_t sum;
    if (remedy_sum(decision->in, &decision->found, slice_class->per_container, 1, &sum, err) < 0)
        return -1;

    for (size_t i = 0; i < ARRAY_SIZE(asks) && (slice_class->per_pod == 0 || sum <= slice_class->per_pod); i++) {
        if (asks[i]->kind != ASK_GPU || asks[i]->fault || asks[i]->quantity > slice_class->per_container ||
            !demand_passes(decision, asks[i]))
            continue;
        text_printf(ret_text, REMEDY_OWN_SIZE, "ask for %.63s alone", asks[i]->resource);
        return 0;
    }

    return remedy_ask(decision->in, &decision->found, 1, ret_text, err);
}

static int demand_check_mixed(struct decision *decision, struct err *err)
{
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        const struct ask *first = asks_next(&container->asks, ASK_GPU, NULL);
        const struct ask *second = first ? asks_next(&container->asks, ASK_GPU, first) : NULL;
        if (!first || request_is_default(decision, container))
            continue;

        if (!second || record_names(decision, container)) /* a LimitRange's default was added to our slice */
            second = asks_next(&container->asks, ASK_DEVICE_CLASS, NULL);
        if (!second)
            continue;

        char remedy[REMEDY_OWN_SIZE];
        if (mixed_remedy(decision, first, second, remedy, err) < 0)
            return -1;
        verdict_deny(&decision->out, REASON_MIXED_REQUEST,
                     "container \"%.63s\" asks for both %.63s and %.63s, and would hold two devices; %s",
                     container->name, first->resource, second->resource, *remedy ? remedy : REMEDY_NONE);
        return 0;
    }
    return 0;
}

/* Finds the first request of that kind, and the number of containers with one. */
static size_t demand_count(const struct decision *decision, enum request_kind kind,
                           const struct container **ret_container, const struct ask **ret_ask)
{
    size_t count = 0;
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        const struct ask *ask;
        if (request_kind_of(decision, container, &ask) != kind || count++ > 0)
            continue;
        *ret_container = container;
        *ret_ask = ask;
    }
    return count;
}

static int demand_deny(struct decision *decision, const struct demand_rule *rule, struct err *err)
{
    const struct container *container;
    const struct ask *ask;
    size_t count = demand_count(decision, rule->kind, &container, &ask);
    if (count == 0)
        return 0;

    char own[REMEDY_OWN_SIZE];
    char remedy[REMEDY_SIZE];
    char more[48] = "";
    if (remedy_ask(decision->in, &decision->found, count, own, err) < 0 ||
        remedy_write(decision->in, &decision->found, own, remedy, err) < 0)
        return -1;
    if (count > 1)
        (void)snprintf(more, sizeof(more), " (and %zu more)", count - 1);
    verdict_deny(&decision->out, rule->denied_reason, "container \"%.63s\"%s asks for %.63s, which %s; %s",
                 container->name, more, ask->resource, rule->says, *remedy ? remedy : REMEDY_NONE);
    return 0;
}

static int demand_apply_rules(struct decision *decision, struct err *err)
{
    struct demand_rule rules[2];
    const struct container *container;
    const struct ask *ask;

    demand_rules(decision, rules);
    for (size_t i = 0; i < ARRAY_SIZE(rules) && decision->out.reason == REASON_NONE; i++) {
        if (rules[i].denied && demand_deny(decision, &rules[i], err) < 0)
            return -1;
    }

    for (size_t i = 0; i < ARRAY_SIZE(rules) && decision->out.reason == REASON_NONE; i++) {
        if (rules[i].kept && demand_count(decision, rules[i].kind, &container, &ask) > 0)
            decision_allow(decision, rules[i].kept_reason);
    }
    return 0;
}

int step_count_demand(struct decision *decision, struct err *err)
{
    if (demand_check_mixed(decision, err) < 0)
        return -1;
    if (decision->out.reason == REASON_NONE && demand_apply_rules(decision, err) < 0)
        return -1;
    if (decision->out.reason != REASON_NONE)
        return 0;

    for (size_t i = 0; i < decision->in->pod->count; i++) {
        const struct ask *ask;
        if (request_kind_of(decision, &decision->in->pod->containers[i], &ask) != REQUEST_NONE)
            decision->owned.slices[i] = ask->quantity;
    }
    return 0;
}
