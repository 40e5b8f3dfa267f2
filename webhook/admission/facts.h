/* Sets the fields of a review's log line that come from its decision. */
#pragma once

#include "admission/engine.h"

/* Sets decision, reason, class, policy and slices; for a denial, the sentence and the user. */
void facts_decision(struct answer_facts *facts, const struct decision *decision);
