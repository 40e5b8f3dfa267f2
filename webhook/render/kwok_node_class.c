/* KWOKNodeClass (karpenter.kwok.sh/v1alpha1): for trying policies with Karpenter's kwok provider, whose nodes are
 * simulated. Source: karpenter 1.14.1, kwok/apis/crds. */
#include "render/plan.h"

int render_kwok_node_class(struct plan *plan, struct err *err)
{
    json_t *object = build_object(KARPENTER_KWOK_V1ALPHA1, KWOK_NODE_CLASS, build_metadata(KWOK_CLASS_NAME, NULL));
    return render_files_add(&plan->files, RENDER_APPLIED, "kwoknodeclass-" KWOK_CLASS_NAME ".yaml",
                            "The node class of all pools, for tests: nodes of Karpenter's kwok provider, which do not "
                            "exist.\nThe startup taint " TAINT_LAYOUT
                            " is left out, as nothing would remove it there.\n",
                            object, err);
}
