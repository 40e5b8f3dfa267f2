/* Copies what the log says of a decision, because the decision does not outlive the answer. */
#include "admission/facts.h"

#include "base/text.h"

void facts_decision(struct answer_facts *facts, const struct decision *decision)
{
    /* Only the round that wrote the slices counts them. The record of a pod that needed no edit proves no earlier
     * round, because its author can write one. */
    if (decision->out.outcome == OUTCOME_INJECTED)
        facts->slices = pod_effective_sum(decision->in->pod, decision->found.slices);
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
