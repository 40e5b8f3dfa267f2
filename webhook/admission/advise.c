/* Advice on workloads: the decision about a pod that does not exist yet. Decides nothing itself. */
#include "admission/answer.h"
#include "admission/engine.h"
#include "admission/judge.h"
#include "admission/workloads.h"

#include <stdio.h>
#include <string.h>

bool advise_knows(const struct review *review)
{
    return workload_find(KIND(review->group, review->kind)) != NULL;
}

/* Adds the owner that the DaemonSet's controller will set, as far as the decision reads it. */
static bool advise_add_owner(cJSON *metadata)
{
    return cjson_add(metadata, "ownerReferences",
                     cJSON_Parse("[{\"kind\":\"DaemonSet\",\"name\":\"\",\"controller\":true}]"));
}

/* Turns the template into a pod, which has the same members and stays in the review's tree. */
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
    for (size_t i = 0; i < decision->in->pod->count; i++) {
        if (decision->found.slices[i] > 0)
            buf_addf(out, "%s%s", out->length ? ", " : "", decision->in->pod->containers[i].name);
    }
}

static void advise_words(const struct workload *workload, const struct decision *decision, struct warnings *warnings)
{
    if (decision->out.outcome == OUTCOME_DENIED)
        warnings_add(warnings, "pods of this %s will be denied: %s", workload->kind.name, decision->out.message);
    if (decision->out.outcome == OUTCOME_INJECTED) {
        AUTO(buf) names;
        buf_init(&names, WARNING_SIZE);
        advise_containers(decision, &names);
        warnings_add(warnings, "pods of this %s get slice class %s (%s) in: %s", workload->kind.name,
                     decision->found.slice_class->name, decision->found.slice_class->resource, buf_text(&names));
    }

    for (size_t i = 0; i < decision->out.warnings.count; i++)
        warnings_add(warnings, "%s", decision->out.warnings.text[i]);
}

/* Compares as text, which takes one pass however many members there are: API servers always write members in the same
 * order. */
static int advise_unchanged(const cJSON *template, const cJSON *before, bool *ret_unchanged, struct err *err)
{
    AUTO(cjson_text) text = cJSON_PrintUnformatted(template);
    AUTO(cjson_text) text_before = cJSON_PrintUnformatted(before);
    if (!text || !text_before)
        return err_nomem(err);
    *ret_unchanged = strcmp(text, text_before) == 0;
    return 0;
}

static int advise(const struct question *question, struct judgement *judgement, struct warnings *warnings,
                  struct err *err)
{
    const struct review *review = &judgement->review;
    const struct workload *workload = workload_find(KIND(review->group, review->kind));
    cJSON *template = cjson_find(review->object, workload->template_path);
    const cJSON *before = cjson_find(review->old_object, workload->template_path);
    bool unchanged = false;
    if (!template || !cJSON_IsObject(template))
        return 0;
    if (before && advise_unchanged(template, before, &unchanged, err) < 0)
        return -1;
    if (unchanged)
        return 0;

    if (advise_prepare(workload, template, err) < 0)
        return -1;
    if (judge_pod(question, template, judgement, err) < 0)
        return err_wrap(err, "the pod template");
    advise_words(workload, &judgement->decision, warnings);
    return 0;
}

/* If the namespace is unknown, allows the workload without advice, because advice must not cause an error. */
int advise_answer(const struct question *question, struct judgement *judgement, struct buf *ret_answer,
                  struct answer_facts *facts, struct err *err)
{
    struct warnings warnings = {0};
    struct err unknown;
    facts->decision = "advised";
    if (!judgement->unread && question->route->takes(&judgement->review) &&
        judge_namespace(question, judgement, &unknown) == 0 && advise(question, judgement, &warnings, err) < 0)
        return -1;
    return answer_warnings(judgement->review.uid, &warnings, ret_answer, err);
}
