/* Sets the fields of a review's log line that come from its decision. */
#pragma once

#include "admission/engine.h"

/* Sets decision, reason, class, policy and slices; for a denial, the sentence and the user. */
void facts_decision(struct answer_facts *facts, const struct decision *decision);

/* Sets the subject of advice: "Deployment/vllm", or "Job/train-*" for a generateName. */
void facts_workload(struct answer_facts *facts, const struct review *review);

/* Like facts_decision(), for the decision about a pod of a workload. Of several pods, the first that is denied counts,
 * else the first. */
void facts_advice(struct answer_facts *facts, const struct decision *decision);
