/* The way of one review to its decision. Knows no rule and no answer. */
#include "admission/judge.h"

void judgement_fini(struct judgement *judgement)
{
    decision_fini(&judgement->decision);
    pod_fini(&judgement->pod);
    namespace_ref_fini(&judgement->ns);
    review_fini(&judgement->review);
    *judgement = (struct judgement){0};
}

int judge_read(const struct post *post, struct judgement *judgement, struct err *err)
{
    int result = post->crowded ? -1 : review_parse(&judgement->review, post->body, post->length, err);
    if (result == 0 || (!post->crowded && err->code != ERR_LIMIT))
        return result;
    judgement->unread = post->crowded ? UNREAD_LATE : UNREAD_DENSE;
    return review_parse_envelope(&judgement->review, post->body, post->length, err);
}

/* One that is not known is an error of ours, never a denial: failurePolicy decides. */
int judge_namespace(const struct question *question, struct judgement *judgement, struct err *err)
{
    const struct namespace_source *source = question->source;
    const char *name = judgement->review.namespace_name;
    if (!*name)
        return err_set(err, ERR_INVALID, "request.namespace is empty, but a pod has one");
    return source->find(source->context, name, question->post->deadline_ns, &judgement->ns, err);
}

int judge_pod(const struct question *question, cJSON *object, struct judgement *judgement, struct err *err)
{
    if (pod_init(&judgement->pod, object, &question->set->settings.gpu_names, err) < 0)
        return -1;
    return decide(question->route, question->set, judgement->ns.info, &judgement->review, &judgement->pod,
                  &judgement->decision, err);
}

int judge(const struct question *question, struct judgement *judgement, struct err *err)
{
    if (decide_at_sight(question->route, question->set, &judgement->review, &judgement->decision))
        return 0;
    if (judge_namespace(question, judgement, err) < 0)
        return -1;
    if (judgement->unread) {
        decide_unread(question->set, judgement->ns.info, &judgement->review, question->post, judgement->unread,
                      &judgement->decision);
        return 0;
    }
    if (!judgement->review.object)
        return err_set(err, ERR_INVALID, "request.object is missing");
    return judge_pod(question, judgement->review.object, judgement, err);
}
