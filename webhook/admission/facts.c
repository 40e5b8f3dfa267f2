/* Copies what the log says of a decision, because the decision does not outlive the answer. */
#include "admission/facts.h"

#include "base/text.h"
#include "json/find.h"

void facts_decision(struct answer_facts *facts, const struct decision *decision)
{
    /* Only the round that wrote the slices counts them. The record of a pod that needed no edit proves no earlier
     * round, because its author can write one. */
    if (decision->out.outcome == OUTCOME_INJECTED)
        facts->slices = pod_effective_sum(decision->in->pod, decision->found.slices);
    facts->policy[0] = facts->class_name[0] = '\0';
    facts->decision = outcome_name(decision->out.outcome);
    facts->reason = reason_name(decision->out.reason);
    if (decision->found.policy)
        text_copy(facts->policy, sizeof(facts->policy), decision->found.policy->name);
    if (decision->found.slice_class)
        text_copy(facts->class_name, sizeof(facts->class_name), decision->found.slice_class->name);
    if (decision->out.message[0]) {
        text_copy(facts->denial, sizeof(facts->denial), decision->out.message);
        text_copy(facts->user, sizeof(facts->user), decision->in->review->user);
    }
}

void facts_workload(struct answer_facts *facts, const struct review *review)
{
    const char *name = cJSON_GetStringValue(cjson_find(review->object, PATH("metadata", "name")));
    const char *generate = cJSON_GetStringValue(cjson_find(review->object, PATH("metadata", "generateName")));
    if (!name || !*name)
        name = review->name;
    text_printf(facts->subject, sizeof(facts->subject), "%.63s/%.180s%s", review->kind,
                *name || !generate ? name : generate, *name || !generate ? "" : "*");
}

void facts_advice(struct answer_facts *facts, const struct decision *decision)
{
    bool denies = decision->out.message[0] != '\0';
    if (facts->denial[0] || (facts->reason[0] && !denies))
        return;
    facts_decision(facts, decision);
    facts->decision = "advised";
    facts->slices = 0; /* nothing is written yet */
}
