/* KWOKNodeClass (karpenter.kwok.sh/v1alpha1): for trying policies with Karpenter's kwok provider, whose nodes are
 * simulated. Source: karpenter 1.14.1, kwok/apis/crds. */
#include "render/plan.h"

int render_kwok_node_class(struct plan *plan, struct err *err)
{
    buf_add_string(&plan->comment,
                   "The node class of all pools, for tests with Karpenter's kwok provider, whose nodes are "
                   "simulated.\nThe startup taint " TAINT_LAYOUT
                   " is left out, because nothing would remove it there.\n");
    json_t *object = build_object(KARPENTER_KWOK_V1ALPHA1, KWOK_NODE_CLASS, KWOK_CLASS_NAME, NULL);
    return plan_add(plan, RENDER_APPLIED, object, err, "kwoknodeclass-" KWOK_CLASS_NAME ".yaml");
}
