/* Finds the policy of the namespace. Without one, a pod is left unchanged, with a warning if it requests a GPU; in a
 * `required` namespace, a pod that requests a GPU or uses claims is denied. */
#include "admission/steps/steps.h"
#include "core/names.h"
#include "pod/asks.h"

int step_match_policy(struct decision *decision, struct err *err)
{
    (void)err;

    const struct namespace_info *ns = decision->in->ns;
    decision->found.policy = policy_set_match(decision->in->set, ns->name, &ns->labels);
    if (decision->found.policy)
        return 0;

    bool asks = pod_asks_gpu(decision->in->pod);
    if (decision->found.required && (asks || pod_uses_claims(decision->in->pod))) {
        verdict_deny(&decision->out, REASON_NO_POLICY,
                     "the pod %s, but no SlicePolicy matches namespace \"%s\", whose label %s is \"required\"; ask the "
                     "owners of the policies to add one",
                     asks ? "asks for a GPU" : "uses resource claims (DRA)", ns->name, LABEL_INJECT);
        return 0;
    }

    if (asks)
        warnings_add(&decision->out.warnings, "no SlicePolicy matches namespace %s: the GPU request is left unchanged",
                     ns->name);
    decision_allow(decision, REASON_NO_POLICY);
    return 0;
}
