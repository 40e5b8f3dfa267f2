/* If no container of the pod requests a GPU, decides which of them get a slice anyway. */
#include "admission/steps/steps.h"
#include "base/text.h"
#include "core/names.h"

#include <stdio.h>
#include <string.h>

#define ANNOTATION_DEFAULT_CONTAINER "kubectl.kubernetes.io/default-container"

enum { TARGETS_SIZE = 200 };

static void target_give(struct decision *decision, const struct container *container)
{
    decision->owned.slices[container - decision->in->pod->containers] = 1;
}

/* Gives a slice to the container of that name; denies if there is none. */
static void target_named(struct decision *decision, const char *name, const char *by)
{
    const struct container *container = pod_container(decision->in->pod, name);
    if (container)
        target_give(decision, container);
    else
        verdict_deny(&decision->out, REASON_TARGET_MISSING,
                     "%s names container \"%.100s\", which the pod does not have; name one of its containers by the "
                     "annotation %s",
                     by, name, ANNOTATION_CONTAINERS);
}

bool target_next_name(const char **names, char ret_name[CONTAINER_NAME_SIZE])
{
    const char *name = *names + strspn(*names, " \t,");
    size_t length = strcspn(name, ",");
    *names = name + length;
    while (length > 0 && (name[length - 1] == ' ' || name[length - 1] == '\t'))
        length--;
    (void)snprintf(ret_name, CONTAINER_NAME_SIZE, "%.*s", (int)length, name);
    return *ret_name;
}

static void target_annotated(struct decision *decision, const char *names)
{
    char name[CONTAINER_NAME_SIZE];
    while (decision->out.reason == REASON_NONE && target_next_name(&names, name))
        target_named(decision, name, "the annotation " ANNOTATION_CONTAINERS);
}

static bool target_is_main(const struct decision *decision, const struct container *container)
{
    return container->kind == CONTAINER_MAIN && !strlist_has(&decision->found.policy->sidecars, container->name);
}

static void target_warn(struct decision *decision, const struct container *main, size_t candidates)
{
    warnings_add(&decision->out.warnings, "container %.30s, the first of %zu, gets the slice; %s names another",
                 main->name, candidates, ANNOTATION_CONTAINERS);
}

/* All containers are sidecars. */
static void target_nobody(struct decision *decision)
{
    if (decision->found.pod_chose)
        verdict_deny(&decision->out, REASON_TARGET_MISSING,
                     "the pod names a slice class, but all its containers are sidecars by the policy; say which one "
                     "gets the slice by the annotation %s",
                     ANNOTATION_CONTAINERS);
    else /* for example a gateway that consists only of its sidecar */
        decision_allow(decision, REASON_NO_GPU_REQUEST);
}

static void target_main(struct decision *decision)
{
    const struct container *main = NULL;
    size_t candidates = 0;
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        if (target_is_main(decision, container) && candidates++ == 0)
            main = container;
    }

    if (candidates > 1)
        target_warn(decision, main, candidates);
    if (main)
        target_give(decision, main);
    else
        target_nobody(decision);
}

static void target_all(struct decision *decision)
{
    size_t given = 0;
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        if (!target_is_main(decision, container))
            continue;
        target_give(decision, container);
        given++;
    }
    if (given == 0)
        target_nobody(decision);
}

/* Writes the names of the policy's target: "trainer, main". */
static void target_print(const struct strlist *targets, char ret_text[TARGETS_SIZE])
{
    size_t length = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; i < targets->count && length < TARGETS_SIZE - 1; i++) {
        text_printf(ret_text + length, TARGETS_SIZE - length, "%s%s", i ? ", " : "", targets->items[i]);
        length = strlen(ret_text);
    }
}

/* Gives a slice to each of the containers that the policy names. They are not alternatives. */
static void target_listed(struct decision *decision)
{
    const struct strlist *targets = &decision->found.policy->target_names;
    char by[ERR_TEXT_SIZE / 4] = "the policy's target";
    char names[TARGETS_SIZE];
    if (targets->count > 1) {
        target_print(targets, names);
        (void)snprintf(by, sizeof(by), "the policy's target, all of the containers %s,", names);
    }
    for (size_t i = 0; i < targets->count && decision->out.reason == REASON_NONE; i++)
        target_named(decision, targets->items[i], by);
}

static void target_by_policy(struct decision *decision)
{
    const struct policy *policy = decision->found.policy;
    const char *annotated = pod_annotation(decision->in->pod, ANNOTATION_DEFAULT_CONTAINER);

    if (policy->target == TARGET_MAIN && annotated && *annotated) {
        target_named(decision, annotated, "the annotation " ANNOTATION_DEFAULT_CONTAINER);
    } else if (policy->target == TARGET_MAIN) {
        target_main(decision);
    } else if (policy->target == TARGET_ALL) {
        target_all(decision);
    } else {
        target_listed(decision);
    }
}

int step_find_target(struct decision *decision, struct err *err)
{
    (void)err;
    if (request_exists(decision))
        return 0;
    if (!decision->found.wants_slice) {
        decision_allow(decision, REASON_NO_GPU_REQUEST);
        return 0;
    }

    const char *names = pod_annotation(decision->in->pod, ANNOTATION_CONTAINERS);
    if (names && names[strspn(names, " \t,")])
        target_annotated(decision, names);
    else
        target_by_policy(decision);

    return 0;
}
