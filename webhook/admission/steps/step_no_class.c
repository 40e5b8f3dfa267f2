/* Handles pods without a class. */
#include "admission/steps/steps.h"
#include "core/names.h"
#include "pod/asks.h"

/* In a namespace whose label is "required", a pod that asks for a GPU and has no class is denied. */
int step_no_class(struct decision *decision, struct err *err)
{
    if (decision->found.slice_class)
        return 0;

    bool asks = pod_asks_gpu(decision->in->pod);
    if (asks && decision->found.required) {
        AUTO(buf) allowed;
        if (decision_allowed_text(decision, &allowed, err) < 0)
            return -1;
        verdict_deny(&decision->out, REASON_NO_CLASS,
                     "the pod asks for a GPU, but no slice class applies to it; name one by the annotation %s; allowed "
                     "here: %s",
                     ANNOTATION_CLASS, buf_text(&allowed));
        return 0;
    }

    if (asks)
        warnings_add(&decision->out.warnings, "no slice class applies (policy %s): the GPU request is left unchanged",
                     decision->found.policy->name);

    /* If an unavailable class was named for a pod that wants no slice, the reason is not no_class. */
    if (!decision->found.class_request_failed)
        decision_allow(decision, REASON_NO_CLASS);
    else
        decision_allow(decision, pod_uses_claims(decision->in->pod) ? REASON_CLAIMS_KEPT : REASON_NO_GPU_REQUEST);

    return 0;
}
