/* What was meant for gpuslice and is not read. Concludes nothing. */
#include "admission/model/own_keys.h"
#include "admission/steps/steps.h"
#include "base/text.h"
#include "gpu/resource.h"

static bool has_slice(const struct decision *decision, const char *name)
{
    const struct container *container = pod_container(decision->in->pod, name);
    return container && decision->found.slices[container - decision->in->pod->containers] > 0;
}

/* The annotation `containers` counts only where no container asks for a GPU, and does not ask for a slice itself. */
static void unheeded_containers(struct decision *decision)
{
    const char *names = pod_annotation(decision->in->pod, ANNOTATION_CONTAINERS);
    char name[CONTAINER_NAME_SIZE];
    if (!names)
        return;

    if (decision->out.reason == REASON_NO_GPU_REQUEST && !decision->found.wants_slice && target_next_name(&names, name))
        warnings_add(&decision->out.warnings, "%s alone asks for no slice: add %s, or ask for %s",
                     ANNOTATION_CONTAINERS, ANNOTATION_CLASS, GPU_RESOURCE_WHOLE);

    while (decision->out.reason == REASON_NONE && target_next_name(&names, name)) {
        if (has_slice(decision, name))
            continue;
        warnings_add(&decision->out.warnings,
                     "%s is not read: other containers ask for GPUs themselves, so %.30s gets none",
                     ANNOTATION_CONTAINERS, name);
        return;
    }
}

/* On a pod that gets a slice the label is overwritten, which is warned of where that is done. Under a controller it may
 * be part of a selector. */
static void unheeded_label(struct decision *decision)
{
    const struct pod *pod = decision->in->pod;
    if (decision->out.reason == REASON_NO_GPU_REQUEST && !decision->found.wants_slice && pod_label(pod, LABEL_CLASS) &&
        !pod_controller(pod) && !pod_annotation(pod, ANNOTATION_APPLIED))
        warnings_add(&decision->out.warnings, "pod label %s chooses no class: make it an annotation", LABEL_CLASS);
}

static void unheeded_choice(struct decision *decision)
{
    if (decision->out.reason != REASON_CLAIMS_KEPT || !decision->found.pod_chose)
        return;
    const char *named = pod_annotation(decision->in->pod, ANNOTATION_CLASS);
    warnings_add(&decision->out.warnings, "%s has no effect: the pod uses resource claims, and asks for no %s",
                 named && !text_is_blank(named) ? ANNOTATION_CLASS : ANNOTATION_MEMORY, GPU_RESOURCE_WHOLE);
}

/* Annotations of other schedulers, on pods that ask for no accelerator at all. */
static void unheeded_schedulers(struct decision *decision)
{
    const enum reason reason = decision->out.reason;
    if (reason != REASON_NO_GPU_REQUEST && reason != REASON_NO_CLASS && reason != REASON_NO_POLICY)
        return;
    POD_FOREACH_CONTAINER(decision->in->pod, container) {
        if (container->asks.count > 0)
            return;
    }

    const cJSON *entry;
    cJSON_ArrayForEach(entry, cjson_find(decision->in->pod->object, PATH("metadata", "annotations"))) {
        if (!gpu_annotation_is_foreign(entry->string))
            continue;
        warnings_add(&decision->out.warnings,
                     "annotation %.40s is another scheduler's and not read: the pod asks for no GPU", entry->string);
        return;
    }
}

void settle_unheeded(struct decision *decision)
{
    const struct pod *pod = decision->in->pod;
    struct warnings *warnings = &decision->out.warnings;
    own_keys_warn(cjson_find(pod->object, PATH("metadata")), KEY_OF_POD, "pod", warnings);
    if (decision->out.reason != REASON_NAMESPACE_NOT_ENABLED && (decision->found.wants_slice || pod_asks_gpu(pod)))
        own_keys_warn_namespace(decision->in->ns, warnings);

    unheeded_containers(decision);
    unheeded_label(decision);
    unheeded_choice(decision);
    unheeded_schedulers(decision);
}
