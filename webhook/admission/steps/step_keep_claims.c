/* Leaves a pod unchanged if it uses dynamic resource allocation and no container requests a GPU. */
#include "admission/steps/steps.h"

int step_keep_claims(struct decision *decision, struct err *err)
{
    (void)err;
    if (pod_uses_claims(decision->in->pod) && !pod_asks_gpu(decision->in->pod))
        decision_allow(decision, REASON_CLAIMS_KEPT);
    return 0;
}
