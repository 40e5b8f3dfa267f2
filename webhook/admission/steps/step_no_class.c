/* Handles pods without a class. */
#include "admission/model/remedy.h"
#include "admission/steps/steps.h"
#include "base/text.h"
#include "core/names.h"
#include "pod/asks.h"

enum { ALLOWED_MAX = 560 };

static int no_class_deny(struct decision *decision, struct err *err)
{
    AUTO(buf) allowed;
    char own[REMEDY_OWN_SIZE];
    char remedy[REMEDY_SIZE];
    if (decision_allowed_text(decision, &allowed, err) < 0 ||
        remedy_write(decision->in, &decision->found, "", remedy, err) < 0)
        return -1;

    text_printf(own, sizeof(own), "%s name one by the annotation %s",
                decision->found.policy->pod_choice ? "the pod can" : "the owner of the namespace can",
                ANNOTATION_CLASS);
    verdict_deny(&decision->out, REASON_NO_CLASS,
                 "the pod asks for a GPU, but no slice class applies to it; %s; allowed here: %.*s",
                 *remedy ? remedy : own, TEXT_CUT(buf_text(&allowed), ALLOWED_MAX));
    return 0;
}

/* In a namespace whose label is "required", a pod that asks for a GPU and has no class is denied. */
int step_no_class(struct decision *decision, struct err *err)
{
    if (decision->found.slice_class)
        return 0;

    bool asks = pod_asks_gpu(decision->in->pod);
    if (asks && decision->found.required)
        return no_class_deny(decision, err);

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
