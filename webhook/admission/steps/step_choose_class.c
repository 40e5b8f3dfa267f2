/* Chooses the class of the pod: by its own annotations, else by those of its namespace, else the policy's default. */
#include "admission/steps/class_request.h"
#include "base/spelling.h"
#include "base/text.h"
#include "core/names.h"
#include "pod/asks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void class_request_deny(struct decision *decision, const struct class_request *request, enum reason reason,
                        const char *format, ...)
{
    if (!decision->found.wants_slice) {
        decision->found.class_request_failed = true;
        return;
    }

    va_list args;
    va_start(args, format);
    char message[ERR_TEXT_SIZE];
    text_vprintf(message, sizeof(message), format, args);
    va_end(args);

    const char *choice = decision->found.policy->pod_choice ? ", or give the pod an annotation of its own" : "";
    if (request->of_namespace)
        verdict_deny(&decision->out, reason,
                     "%s; the annotation is the namespace's own: ask whoever manages the namespace to correct it%s",
                     message, choice);
    else
        verdict_deny(&decision->out, reason, "%s", message);
}

/* Returns the nearest name of an allowed class, or NULL if none is near. The name of a resource means its class. */
static const char *choose_nearest(const struct policy *policy, const char *name)
{
    struct spelling_search search = {.mistyped = name, .limit = spelling_tolerance(name)};
    for (size_t i = 0; i < policy->allowed_count; i++) {
        if (strcmp(policy->allowed_classes[i]->resource, name) == 0)
            return policy->allowed_classes[i]->name;
        spelling_consider(&search, policy->allowed_classes[i]->name);
    }
    if (policy->none_allowed)
        spelling_consider(&search, CLASS_NONE);
    return search.nearest;
}

static int choose_deny_class(struct decision *decision, const struct class_request *request, bool exists,
                             struct err *err)
{
    const char *nearest = choose_nearest(decision->found.policy, request->class_name);
    AUTO(buf) allowed;
    if (decision_allowed_text(decision, &allowed, err) < 0)
        return -1;
    class_request_deny(decision, request, exists ? REASON_CLASS_NOT_ALLOWED : REASON_CLASS_UNKNOWN,
                       "%s asks for slice class \"%.100s\", which %s%s%s%s; allowed here: %s", request->who,
                       request->class_name, exists ? "is not allowed here" : "does not exist",
                       nearest ? " (did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?)" : "",
                       buf_text(&allowed));
    return 0;
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
    if (class_check_memory(decision, request, found, err) < 0)
        return -1;
    if (decision->out.reason == REASON_NONE)
        decision->found.slice_class = found;
    return 0;
}

/* Returns the annotation's value, or NULL if it is blank: that counts as absent (settle_unheeded() warns of it). */
static const char *choose_value(const char *value)
{
    return value && !text_is_blank(value) ? value : NULL;
}

/* The pod's annotations count only if the policy lets pods choose. */
static struct class_request choose_pod_request(struct decision *decision)
{
    const struct pod *pod = decision->in->pod;
    struct class_request request = {.class_name = choose_value(pod_annotation(pod, ANNOTATION_CLASS)),
                                    .memory = choose_value(pod_annotation(pod, ANNOTATION_MEMORY)),
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

/* `who` is the storage of the result's member. */
static struct class_request choose_namespace_request(const struct decision *decision, char who[WHO_SIZE])
{
    const struct namespace_info *ns = decision->in->ns;
    (void)snprintf(who, WHO_SIZE, "namespace \"%s\"", ns->name);
    return (struct class_request){.class_name = choose_value(keyvalues_get(&ns->annotations, ANNOTATION_CLASS)),
                                  .memory = choose_value(keyvalues_get(&ns->annotations, ANNOTATION_MEMORY)),
                                  .who = who,
                                  .of_namespace = true,
                                  .by_class = CLASS_FROM_NAMESPACE_CLASS,
                                  .by_memory = CLASS_FROM_NAMESPACE_MEMORY};
}

static int choose_apply(struct decision *decision, const struct class_request *request, struct err *err)
{
    if (request->class_name) {
        decision->found.class_source = request->by_class;
        return choose_by_name(decision, request, err);
    }
    decision->found.class_source = request->by_memory;
    class_by_memory(decision, request);
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
    request = choose_namespace_request(decision, who);
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
