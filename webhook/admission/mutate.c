/* Answers /mutate. Decides nothing itself. */
#include "admission/answer.h"
#include "admission/facts.h"
#include "admission/judge.h"
#include "base/text.h"

/* Sets the subject: the owner ("ReplicaSet/vllm-6db5b5d75c"), else the pod's name, else its generateName ("train-*").
 */
static void facts_subject(struct answer_facts *facts, const struct judgement *judgement)
{
    const cJSON *object = judgement->pod.object;
    if (!object) {
        if (judgement->unread && judgement->ns.info && judgement->review.name)
            text_copy(facts->subject, sizeof(facts->subject), judgement->review.name);
        return;
    }

    const cJSON *owner = pod_controller(&judgement->pod);
    const char *name = cJSON_GetStringValue(cjson_find(object, PATH("metadata", "name")));
    const char *generate = cJSON_GetStringValue(cjson_find(object, PATH("metadata", "generateName")));
    if (owner)
        text_printf(facts->subject, sizeof(facts->subject), "%.63s/%.180s", cjson_text(owner, "kind"),
                    cjson_text(owner, "name"));
    else if (name && *name)
        text_copy(facts->subject, sizeof(facts->subject), name);
    else
        text_printf(facts->subject, sizeof(facts->subject), "%.240s*", generate ? generate : "");
}

int mutate_answer(const struct question *question, struct judgement *judgement, struct buf *ret_answer,
                  struct answer_facts *facts, struct err *err)
{
    int result = judge(question, judgement, err);
    facts_subject(facts, judgement);
    if (result < 0)
        return -1;
    facts_decision(facts, &judgement->decision);
    return answer_decision(&judgement->decision, ret_answer, err);
}
