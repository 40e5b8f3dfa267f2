/* Chooses the class of the pod: by its own annotations, else by those of its namespace, else the policy's default. */
#include "admission/steps/steps.h"
#include "base/text.h"
#include "core/names.h"
#include "core/quantity.h"
#include "pod/asks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WHO_SIZE = 96 };

/* What a pod or its namespace asks for; class_name and memory are NULL if it has no such annotation. */
struct class_request {
    const char *class_name;
    const char *memory;
    const char *who; /* "the pod", "namespace ml-team" */
    enum class_source by_class, by_memory;
};

/* Denies the pod if it would get a slice; otherwise only records that the request for a class failed. */
PRINTF(3, 4)
static void choose_deny(struct decision *decision, enum reason reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char message[ERR_TEXT_SIZE];
    text_vprintf(message, sizeof(message), format, args);
    va_end(args);
    if (decision->found.wants_slice)
        verdict_deny(&decision->out, reason, "%s", message);
    else
        decision->found.class_request_failed = true;
}

static int choose_deny_class(struct decision *decision, const struct class_request *request, bool exists,
                             struct err *err)
{
    AUTO(buf) allowed;
    if (decision_allowed_text(decision, &allowed, err) < 0)
        return -1;
    choose_deny(decision, exists ? REASON_CLASS_NOT_ALLOWED : REASON_CLASS_UNKNOWN,
                "%s asks for slice class \"%.100s\", which %s; allowed here: %s", request->who, request->class_name,
                exists ? "is not allowed here" : "does not exist", buf_text(&allowed));
    return 0;
}

/* Sets *ret_bytes and returns true, or denies a text that is not a quantity and returns false. */
static bool choose_memory(struct decision *decision, const struct class_request *request, int64_t *ret_bytes)
{
    struct quantity quantity;
    struct err fault;
    if (quantity_parse(request->memory, &quantity, &fault) == 0 && quantity.value > 0) {
        *ret_bytes = quantity.value;
        return true;
    }
    choose_deny(decision, REASON_INVALID_QUANTITY,
                "%s has %s: \"%.60s\", which is not an amount of memory; write it like 8Gi", request->who,
                ANNOTATION_MEMORY, request->memory);
    return false;
}

static void choose_check_memory(struct decision *decision, const struct class_request *request,
                                const struct slice_class *found)
{
    int64_t bytes;
    if (!request->memory || !choose_memory(decision, request, &bytes) || found->memory_bytes >= bytes)
        return;
    char text[QUANTITY_TEXT_SIZE];
    quantity_bytes_text(found->memory_bytes, text);
    choose_deny(
        decision, REASON_CLASS_TOO_SMALL,
        "%s asks for slice class \"%s\" and %.60s of GPU memory, but a slice of that class has %s; leave out one "
        "of the two annotations",
        request->who, found->name, request->memory, text);
}

static int choose_by_name(struct decision *decision, const struct class_request *request, struct err *err)
{
    if (strcmp(request->class_name, CLASS_NONE) == 0) {
        if (!decision->found.policy->none_allowed)
            return choose_deny_class(decision, request, true, err);
        return 0;
    }
    const struct slice_class *found = policy_set_class(decision->in->set, request->class_name);
    if (!found || !policy_allows(decision->found.policy, found))
        return choose_deny_class(decision, request, found != NULL, err);
    choose_check_memory(decision, request, found);
    if (decision->out.reason == REASON_NONE)
        decision->found.slice_class = found;
    return 0;
}

static void choose_by_memory(struct decision *decision, const struct class_request *request)
{
    int64_t bytes;

    if (!choose_memory(decision, request, &bytes))
        return;

    const struct policy *policy = decision->found.policy;
    for (size_t i = 0; i < policy->allowed_count; i++) {
        if (policy->by_memory[i]->memory_bytes >= bytes) {
            decision->found.slice_class = policy->by_memory[i];
            return;
        }
    }

    const struct slice_class *largest = policy->allowed_count ? policy->by_memory[policy->allowed_count - 1] : NULL;
    char text[QUANTITY_TEXT_SIZE] = "nothing";
    if (largest)
        quantity_bytes_text(largest->memory_bytes, text);
    choose_deny(decision, REASON_MEMORY_TOO_LARGE,
                "%s asks for %.60s of GPU memory, but the largest slice allowed here is %s with %s", request->who,
                request->memory, largest ? largest->name : "none", text);
}

/* The pod's annotations count only if the policy lets pods choose. */
static struct class_request choose_pod_request(struct decision *decision)
{
    struct class_request request = {.class_name = pod_annotation(decision->in->pod, ANNOTATION_CLASS),
                                    .memory = pod_annotation(decision->in->pod, ANNOTATION_MEMORY),
                                    .who = "the pod",
                                    .by_class = CLASS_FROM_POD_CLASS,
                                    .by_memory = CLASS_FROM_POD_MEMORY};
    if ((request.class_name || request.memory) && !decision->found.policy->pod_choice) {
        warnings_add(&decision->out.warnings,
                     "the pod's %s is ignored: policy %s does not let pods choose (podChoice: false)",
                     request.class_name ? ANNOTATION_CLASS : ANNOTATION_MEMORY, decision->found.policy->name);
        request.class_name = request.memory = NULL;
    }
    return request;
}

static int choose_apply(struct decision *decision, const struct class_request *request, struct err *err)
{
    if (request->class_name) {
        decision->found.class_source = request->by_class;
        return choose_by_name(decision, request, err);
    }
    decision->found.class_source = request->by_memory;
    choose_by_memory(decision, request);
    return 0;
}

/* Chooses by the annotations of the pod, then by those of its namespace, then by the policy. */
static int choose_named(struct decision *decision, struct err *err)
{
    const struct policy *policy = decision->found.policy;
    struct class_request request = choose_pod_request(decision);
    decision->found.pod_chose = request.class_name || request.memory;
    decision->found.wants_slice =
        decision->found.pod_chose || policy->inject == INJECT_ALWAYS || pod_asks_gpu(decision->in->pod);
    if (decision->found.pod_chose)
        return choose_apply(decision, &request, err);

    char who[WHO_SIZE];
    (void)snprintf(who, sizeof(who), "namespace \"%s\"", decision->in->ns->name);
    request = (struct class_request){.class_name = keyvalues_get(&decision->in->ns->annotations, ANNOTATION_CLASS),
                                     .memory = keyvalues_get(&decision->in->ns->annotations, ANNOTATION_MEMORY),
                                     .who = who,
                                     .by_class = CLASS_FROM_NAMESPACE_CLASS,
                                     .by_memory = CLASS_FROM_NAMESPACE_MEMORY};
    if (request.class_name || request.memory)
        return choose_apply(decision, &request, err);
    decision->found.slice_class = policy->default_class;
    decision->found.class_source = decision->found.slice_class ? CLASS_FROM_DEFAULT : CLASS_FROM_NOTHING;
    return 0;
}

int step_choose_class(struct decision *decision, struct err *err)
{
    if (choose_named(decision, err) < 0)
        return -1;
    copied_class_settle(decision);
    return 0;
}
