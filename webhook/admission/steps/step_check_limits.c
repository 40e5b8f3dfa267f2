/* Checks that the class allows the counted slices, and that each request is a whole number. */
#include "admission/model/remedy.h"
#include "admission/steps/steps.h"
#include "base/text.h"
#include "core/names.h"
#include "core/quantity.h"
#include "policy/slice_words.h"

#include <stdio.h>
#include <string.h>

enum { LIMITS_WORDS_SIZE = 160 };

/* Writes "ask for at most 2 in each container", and how many in the pod if that would still be too much. */
static int limits_remedy(const struct decision *decision, char ret_text[REMEDY_OWN_SIZE], struct err *err)
{
    const struct slice_class *slice_class = decision->found.slice_class;
    int64_t sum;
    if (remedy_sum(decision->in, &decision->found, slice_class->per_container, 1, &sum, err) < 0)
        return -1;

    int length = snprintf(ret_text, REMEDY_OWN_SIZE, "ask for at most %lld in each container",
                          (long long)slice_class->per_container);
    if (slice_class->per_pod > 0 && sum > slice_class->per_pod)
        (void)snprintf(ret_text + length, REMEDY_OWN_SIZE - (size_t)length, " and %lld in the pod",
                       (long long)slice_class->per_pod);
    return 0;
}

static int limits_check_containers(struct decision *decision, struct err *err)
{
    const struct slice_class *slice_class = decision->found.slice_class;
    for (size_t i = 0; i < decision->in->pod->count; i++) {
        const struct container *container = &decision->in->pod->containers[i];
        const struct ask *ask;
        if (decision->found.slices[i] <= slice_class->per_container)
            continue;

        char own[REMEDY_OWN_SIZE];
        char remedy[REMEDY_SIZE];
        (void)request_kind_of(decision, container, &ask);
        if (limits_remedy(decision, own, err) < 0 || remedy_write(decision->in, &decision->found, own, remedy, err) < 0)
            return -1;
        verdict_deny(&decision->out, REASON_TOO_MANY_SLICES,
                     "container \"%.63s\" asks for %.63s: \"%lld\", but slice class \"%s\" gives %lld to a container "
                     "(%s); %s",
                     container->name, ask ? ask->resource : slice_class->resource, (long long)decision->found.slices[i],
                     slice_class->name, (long long)slice_class->per_container,
                     slice_class->shared ? "two shares of a GPU are not twice a share" : "limits.perContainer", remedy);
        return 0;
    }
    return 0;
}

static int limits_check_pod(struct decision *decision, struct err *err)
{
    const struct slice_class *slice_class = decision->found.slice_class;
    int64_t sum = pod_effective_sum(decision->in->pod, decision->found.slices);
    if (slice_class->per_pod == 0 || sum <= slice_class->per_pod)
        return 0;

    bool asks = pod_asks_gpu(decision->in->pod);
    char own[REMEDY_OWN_SIZE];
    char remedy[REMEDY_SIZE];
    if (asks)
        text_printf(own, sizeof(own), "ask for at most %lld in the pod", (long long)slice_class->per_pod);
    else
        text_printf(own, sizeof(own), "name at most %lld of its containers by the annotation %s",
                    (long long)slice_class->per_pod, ANNOTATION_CONTAINERS);
    if (remedy_write(decision->in, &decision->found, own, remedy, err) < 0)
        return -1;

    verdict_deny(&decision->out, REASON_TOO_MANY_SLICES,
                 "the pod's containers %s %lld slices together, but slice class \"%s\" gives %lld to a pod "
                 "(limits.perPod); %s",
                 asks ? "ask for" : "would get", (long long)sum, slice_class->name, (long long)slice_class->per_pod,
                 remedy);
    return 0;
}

/* Returns the larger of a limit and a request that differ, of those that the class gives to a container; else 1. */
static int64_t quantity_meant(const struct ask *ask, const struct slice_class *slice_class)
{
    const char *const texts[] = {ask->limit, ask->request};
    int64_t meant = 1;
    for (size_t i = 0; i < ARRAY_SIZE(texts) && ask->differs; i++) {
        struct quantity quantity;
        struct err fault;
        if (quantity_parse(texts[i], &quantity, &fault) == 0 && quantity.value <= slice_class->per_container &&
            quantity.value > meant)
            meant = quantity.value;
    }
    return meant;
}

/* True for a quantity between 0 and 1: its author wants a part of a GPU. */
static bool quantity_is_fraction(const struct ask *ask)
{
    const char *const texts[] = {ask->limit, ask->request};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct quantity quantity;
        struct err fault;
        if (quantity_parse(texts[i], &quantity, &fault) == 0 && !quantity.exact && quantity.value == 1)
            return true; /* the value was rounded up */
    }
    return false;
}

/* Writes "ask for "1", which already is a third of a T4 with 5Gi ...". */
static int quantity_remedy(const struct decision *decision, const struct ask *ask, char ret_text[REMEDY_OWN_SIZE],
                           struct err *err)
{
    const struct slice_class *slice_class = decision->found.slice_class;
    int64_t meant = quantity_meant(ask, slice_class);
    int64_t sum;
    if (remedy_sum(decision->in, &decision->found, slice_class->per_container, meant, &sum, err) < 0)
        return -1;
    bool fits = slice_class->per_pod == 0 || sum <= slice_class->per_pod;
    if (!fits && meant > 1) {
        meant = 1;
        if (remedy_sum(decision->in, &decision->found, slice_class->per_container, meant, &sum, err) < 0)
            return -1;
        fits = sum <= slice_class->per_pod;
    }

    AUTO(buf) words;
    buf_init(&words, LIMITS_WORDS_SIZE);
    if (quantity_is_fraction(ask)) {
        bool part = slice_class->shared || slice_class->profile;
        buf_add_string(&words, part ? ", which already is " : ", which is ");
        slice_words(slice_class, &words);
        buf_addf(&words, " (slice class \"%s\")", slice_class->name);
    }

    char most[LIMITS_WORDS_SIZE] = "";
    if (!fits)
        (void)snprintf(most, sizeof(most), ", and for at most %lld in the pod", (long long)slice_class->per_pod);
    text_printf(ret_text, REMEDY_OWN_SIZE, "ask for \"%lld\"%s%s", (long long)meant, buf_text(&words), most);
    return words.failure == ERR_NOMEM ? err_nomem(err) : 0;
}

/* Writes the quantity as the container has it, and what is wrong with it: `"0.5", which is not a whole number`. */
static void quantity_print(const struct ask *ask, char *ret_text, size_t size)
{
    if (!ask->in_limits || !ask->in_requests)
        text_printf(ret_text, size, "\"%s\"%s, which %s", ask->in_limits ? ask->limit : ask->request,
                    ask->in_limits ? "" : " (in requests only)", ask->fault);
    else if (strcmp(ask->limit, ask->request) == 0)
        text_printf(ret_text, size, "\"%s\", which %s", ask->limit, ask->fault);
    else
        text_printf(ret_text, size, "limit \"%s\", request \"%s\", %s %s", ask->limit, ask->request,
                    ask->differs ? "which" : "one of which", ask->fault);
}

static int limits_check_quantities(struct decision *decision, struct err *err)
{
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        const struct ask *ask;
        if (request_kind_of(decision, container, &ask) == REQUEST_NONE || !ask->fault)
            continue;

        char remedy[REMEDY_OWN_SIZE];
        char quantity[LIMITS_WORDS_SIZE];
        if (quantity_remedy(decision, ask, remedy, err) < 0)
            return -1;
        quantity_print(ask, quantity, sizeof(quantity));
        verdict_deny(&decision->out, REASON_INVALID_QUANTITY,
                     "container \"%.63s\" asks for %.63s: %s; GPUs are counted in whole numbers, the same in limits "
                     "and requests: %s",
                     container->name, ask->resource, quantity, remedy);
        return 0;
    }
    return 0;
}

int step_check_limits(struct decision *decision, struct err *err)
{
    static int (*const checks[])(struct decision *, struct err *) = {limits_check_containers, limits_check_pod,
                                                                     limits_check_quantities};
    for (size_t i = 0; i < ARRAY_SIZE(checks) && decision->out.reason == REASON_NONE; i++) {
        if (checks[i](decision, err) < 0)
            return -1;
    }
    return 0;
}
