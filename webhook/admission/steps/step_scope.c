/* Decides which pods the webhook leaves alone. In a `required` namespace, a pod that requests a GPU is exempt only by
 * something that its author cannot forge. */
#include "admission/model/own_keys.h"
#include "admission/steps/steps.h"
#include "core/names.h"
#include "pod/asks.h"

#include <string.h>

void scope_namespace(struct decision *decision)
{
    const char *inject = keyvalues_get(&decision->in->ns->labels, LABEL_INJECT);
    decision->found.required = inject && strcmp(inject, "required") == 0;
    if (decision->found.required || (inject && strcmp(inject, "enabled") == 0))
        return;
    own_keys_warn_namespace(decision->in->ns, &decision->out.warnings);
    decision_allow(decision, REASON_NAMESPACE_NOT_ENABLED);
}

static void scope_opt_out(struct decision *decision)
{
    const char *inject = pod_label(decision->in->pod, LABEL_INJECT);
    if (!inject || strcmp(inject, "disabled") != 0)
        return;
    if (decision->found.required)
        warnings_add(&decision->out.warnings, "pod label %s: disabled is not honoured in this namespace", LABEL_INJECT);
    else
        decision_allow(decision, REASON_POD_OPTED_OUT);
}

/* Owner and nodeName can be forged, so claims of such pods are checked like those of other pods, even alongside a GPU
 * request that is kept. */
static int scope_deny_claims(struct decision *decision, struct err *err)
{
    const struct namespace_info *ns = decision->in->ns;
    decision->found.policy =
        pod_uses_claims(decision->in->pod) ? policy_set_match(decision->in->set, ns->name, &ns->labels) : NULL;
    if (decision->found.policy && step_deny_claims(decision, err) < 0)
        return -1;
    if (decision->out.reason == REASON_NONE)
        decision->found.policy = NULL; /* no policy has decided yet */
    return 0;
}

/* A pod with a fixed node cannot be placed on a pool; if it requests a GPU, it bypasses the pools. */
static int scope_fixed_node(struct decision *decision, bool fixed, enum reason quiet, enum reason asking,
                            const char *what, struct err *err)
{
    if (!fixed || decision->out.reason != REASON_NONE)
        return 0;
    if (!pod_asks_gpu(decision->in->pod)) {
        if (!pod_uses_claims(decision->in->pod)) /* otherwise a later step checks them */
            decision_allow(decision, quiet);
        return 0;
    }
    if (decision->found.required) {
        verdict_deny(&decision->out, asking,
                     "%s asks for a GPU, but cannot be placed on a slice pool; remove the GPU request, or use a "
                     "namespace whose label %s is not \"required\"",
                     what, LABEL_INJECT);
        return 0;
    }
    if (scope_deny_claims(decision, err) < 0)
        return -1;
    if (decision->out.reason != REASON_NONE)
        return 0;

    warnings_add(&decision->out.warnings, "%s asks for a GPU; it is left unchanged and is not placed on a slice pool",
                 what);
    decision_allow(decision, asking);
    return 0;
}

static int scope_check_namespace(const struct decision *decision, struct err *err)
{
    const char *named = pod_namespace(decision->in->pod);
    const char *request = decision->in->review->namespace_name;
    if (named && *named && strcmp(named, request) != 0)
        return err_set(err, ERR_INVALID, "the pod's metadata.namespace is \"%.100s\", the request's is \"%.100s\"",
                       named, request);
    return 0;
}

int step_scope(struct decision *decision, struct err *err)
{
    if (scope_check_namespace(decision, err) < 0)
        return -1;
    if (decision->in->review->made_by_node) {
        decision_allow(decision, REASON_NODE_CREATED_POD);
        return 0;
    }

    scope_namespace(decision);
    if (decision->out.reason == REASON_NONE)
        scope_opt_out(decision);
    if (scope_fixed_node(decision, pod_is_of_daemonset(decision->in->pod), REASON_DAEMONSET_POD, REASON_DAEMONSET_GPU,
                         "a pod of a DaemonSet", err) < 0)
        return -1;

    return scope_fixed_node(decision, pod_node_name(decision->in->pod) != NULL, REASON_ALREADY_BOUND, REASON_BOUND_GPU,
                            "a pod with spec.nodeName", err);
}
