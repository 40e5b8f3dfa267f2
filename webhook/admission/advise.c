/* Advice on workloads: the decision about a pod that does not exist yet. Decides nothing itself. */
#include "admission/advise.h"

#include "admission/decide.h"
#include "admission/workloads.h"

#include <stdio.h>
#include <string.h>

bool advise_knows(const struct review *review)
{
    return workload_find(review->group, review->kind) != NULL;
}

/* The owner that the workload's controller will set, as far as the decision looks at it. */
static bool advise_add_owner(cJSON *metadata)
{
    cJSON *owners = cJSON_AddArrayToObject(metadata, "ownerReferences");
    cJSON *owner = cJSON_CreateObject();
    if (!owner || !cJSON_AddItemToArray(owners, owner)) {
        cJSON_Delete(owner);
        return false;
    }
    return cJSON_AddStringToObject(owner, "kind", "DaemonSet") && cJSON_AddStringToObject(owner, "name", "") &&
           cJSON_AddTrueToObject(owner, "controller");
}

/* Makes the pod out of the template, which has the members that a pod has; it stays where it is in the review's tree.
 */
static int advise_prepare(const struct workload *workload, cJSON *template, struct err *err)
{
    cJSON *metadata = cJSON_GetObjectItemCaseSensitive(template, "metadata");
    if (!cJSON_IsObject(metadata)) {
        cJSON_DeleteItemFromObjectCaseSensitive(template, "metadata");
        metadata = cJSON_AddObjectToObject(template, "metadata");
    }
    if (!metadata)
        return err_nomem(err);
    cJSON_DeleteItemFromObjectCaseSensitive(metadata, "ownerReferences");
    cJSON_DeleteItemFromObjectCaseSensitive(metadata, "namespace");
    if (workload->is_daemonset && !advise_add_owner(metadata))
        return err_nomem(err);
    return 0;
}

/* Names the containers that get slices: "a, b". */
static void advise_containers(const struct decision *decision, struct buf *out)
{
    for (size_t i = 0; i < decision->pod->count; i++) {
        if (decision->slices[i] > 0)
            buf_addf(out, "%s%s", out->length ? ", " : "", decision->pod->containers[i].name);
    }
}

static void advise_words(const struct workload *workload, const struct decision *decision, struct warnings *warnings)
{
    char prefix[WARNING_SIZE / 2];
    (void)snprintf(prefix, sizeof(prefix), "pods of this %s will be refused: ", workload->kind);
    if (decision->outcome == OUTCOME_DENIED)
        warnings_add_long(warnings, prefix, decision->message);
    if (decision->outcome == OUTCOME_INJECTED) {
        AUTO(buf) names;
        buf_init(&names, WARNING_SIZE);
        advise_containers(decision, &names);
        warnings_add(warnings, "pods of this %s get slice class %s (%s) in: %s", workload->kind,
                     decision->slice_class->name, decision->slice_class->resource, buf_text(&names));
    }
    for (size_t i = 0; i < decision->warnings.count; i++)
        warnings_add(warnings, "%s", decision->warnings.text[i]);
}

/* 1 if the template is the one that was there before, 0 if not, -1 with err. Compared as text, which takes one pass
 * however many members there are; API servers write members in one order. */
static int advise_unchanged(const cJSON *template, const cJSON *before, struct err *err)
{
    if (!before)
        return 0;
    AUTO(cjson_text) text = cJSON_PrintUnformatted(template);
    AUTO(cjson_text) text_before = cJSON_PrintUnformatted(before);
    if (!text || !text_before)
        return err_nomem(err);
    return strcmp(text, text_before) == 0;
}

int advise(const struct policy_set *set, const struct namespace_info *ns, struct review *review,
           struct warnings *ret_warnings, struct err *err)
{
    const struct workload *workload = workload_find(review->group, review->kind);
    cJSON *template = workload ? cjson_find(review->object, workload->template_path) : NULL;
    *ret_warnings = (struct warnings){0};
    if (!template || !cJSON_IsObject(template))
        return 0;
    int unchanged = advise_unchanged(template, cjson_find(review->old_object, workload->template_path), err);
    if (unchanged != 0)
        return unchanged < 0 ? -1 : 0;
    if (advise_prepare(workload, template, err) < 0)
        return -1;
    AUTO(pod) pod = {0};
    AUTO(decision) decision = {0};
    if (pod_init(&pod, template, &set->settings.gpu_names, err) < 0 ||
        decide(set, ns, review, &pod, &decision, err) < 0)
        return err_wrap(err, "the pod template");
    advise_words(workload, &decision, ret_warnings);
    return 0;
}
