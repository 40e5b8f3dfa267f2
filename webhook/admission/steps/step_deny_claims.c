/* Denies pods that use dynamic resource allocation, if the policy says so. */
#include "admission/steps/steps.h"
#include "pod/asks.h"

static bool claims_are_denied(const struct decision *decision)
{
    enum claims claims = decision->found.policy->claims;
    return claims == CLAIMS_DENY || (claims == CLAIMS_BY_NAMESPACE && decision->found.required);
}

int step_deny_claims(struct decision *decision, struct err *err)
{
    (void)err;
    bool no_class_denies = decision->found.required && !decision->found.slice_class && pod_asks_gpu(decision->in->pod);
    if (!no_class_denies && pod_uses_claims(decision->in->pod) && claims_are_denied(decision))
        verdict_deny(&decision->out, REASON_CLAIMS_DENIED,
                     "the pod uses resource claims (DRA), which are denied here (claims: deny%s); ask for a GPU by "
                     "resources.limits instead",
                     decision->found.policy->claims == CLAIMS_DENY ? "" : ", the default in required namespaces");
    return 0;
}
