/* Denies pods that use dynamic resource allocation, if the policy says so. */
#include "admission/model/remedy.h"
#include "admission/steps/steps.h"
#include "base/text.h"
#include "pod/asks.h"

static bool claims_are_denied(const struct decision *decision)
{
    enum claims claims = decision->found.policy->claims;
    return claims == CLAIMS_DENY || (claims == CLAIMS_BY_NAMESPACE && decision->found.required);
}

/* Writes "remove them", and how to ask for a slice instead if the pod asks for no GPU yet and could get one. */
static int claims_remedy(const struct decision *decision, char ret_text[REMEDY_OWN_SIZE], struct err *err)
{
    const struct pod *pod = decision->in->pod;
    char ask[REMEDY_OWN_SIZE] = "";
    if (decision->found.slice_class && !pod_asks_gpu(pod) && !pod_is_of_daemonset(pod) && !pod_node_name(pod) &&
        remedy_ask(decision->in, &decision->found, 1, ask, err) < 0)
        return -1;
    text_printf(ret_text, REMEDY_OWN_SIZE, "remove them%s%s", *ask ? ", and " : "", ask);
    return 0;
}

int step_deny_claims(struct decision *decision, struct err *err)
{
    bool no_class_denies = decision->found.required && !decision->found.slice_class && pod_asks_gpu(decision->in->pod);
    if (no_class_denies || !pod_uses_claims(decision->in->pod) || !claims_are_denied(decision))
        return 0;

    char remedy[REMEDY_OWN_SIZE];
    if (claims_remedy(decision, remedy, err) < 0)
        return -1;
    verdict_deny(&decision->out, REASON_CLAIMS_DENIED,
                 "the pod uses resource claims (DRA), which are denied here (claims: deny%s); %s",
                 decision->found.policy->claims == CLAIMS_DENY ? "" : ", the default in required namespaces", remedy);
    return 0;
}
