/* Reads one review and decides about it. Does not depend on rules or answers. */
#include "admission/judge.h"

void judgement_fini(struct judgement *judgement)
{
    decision_fini(&judgement->decision);
    pod_fini(&judgement->pod);
    namespace_ref_fini(&judgement->ns);
    review_fini(&judgement->review);
}

int judge_read(const struct post *post, struct judgement *judgement, struct err *err)
{
    int result = post->crowded ? -1 : review_parse(&judgement->review, post->body, post->length, err);
    if (result == 0 || (!post->crowded && err->code != ERR_LIMIT))
        return result;
    judgement->unread = post->crowded ? UNREAD_LATE : UNREAD_DENSE;
    return review_parse_envelope(&judgement->review, post->body, post->length, err);
}

/* A namespace that is not known is an error, never a denial, so failurePolicy decides. */
int judge_namespace(const struct question *question, struct judgement *judgement, struct err *err)
{
    const struct namespace_source *source = question->source;
    const char *name = judgement->review.namespace_name;
    if (!*name)
        return err_set(err, ERR_INVALID, "request.namespace is empty, but a pod has one");
    if (source->find(source->context, name, question->post->deadline_ns, &judgement->ns, err) < 0)
        return -1;
    judgement->input = (struct decision_input){question->set, judgement->ns.info, &judgement->review, &judgement->pod};
    return 0;
}

int judge_pod(const struct question *question, cJSON *object, struct judgement *judgement, struct err *err)
{
    if (pod_init(&judgement->pod, object, &question->set->settings.gpu_names, err) < 0)
        return -1;
    return decide(question->route, &judgement->input, &judgement->decision, err);
}

int judge(const struct question *question, struct judgement *judgement, struct err *err)
{
    judgement->input = (struct decision_input){.set = question->set, .review = &judgement->review};
    if (decide_without_namespace(question->route, &judgement->input, &judgement->decision))
        return 0;
    if (judge_namespace(question, judgement, err) < 0)
        return -1;
    if (judgement->unread) {
        decide_unread(&judgement->input, question->post, judgement->unread, &judgement->decision);
        return 0;
    }
    if (!judgement->review.object)
        return err_set(err, ERR_INVALID, "request.object is missing");

    return judge_pod(question, judgement->review.object, judgement, err);
}
