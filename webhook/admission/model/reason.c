/* The names of reasons and outcomes. */
#include "admission/model/reason.h"

const char *const reason_names[REASONS + 1] = {
    [REASON_NONE] = "",
    [REASON_NOT_POD_CREATE] = "not_pod_create",
    [REASON_NODE_CREATED_POD] = "node_created_pod",
    [REASON_NAMESPACE_NOT_ENABLED] = "namespace_not_enabled",
    [REASON_POD_OPTED_OUT] = "pod_opted_out",
    [REASON_DAEMONSET_POD] = "daemonset_pod",
    [REASON_ALREADY_BOUND] = "already_bound",
    [REASON_DAEMONSET_GPU] = "daemonset_gpu",
    [REASON_BOUND_GPU] = "bound_gpu",
    [REASON_NO_POLICY] = "no_policy",
    [REASON_NO_CLASS] = "no_class",
    [REASON_CLASS_UNKNOWN] = "class_unknown",
    [REASON_CLASS_NOT_ALLOWED] = "class_not_allowed",
    [REASON_CLASS_TOO_SMALL] = "class_too_small",
    [REASON_MEMORY_TOO_LARGE] = "memory_too_large",
    [REASON_CLAIMS_DENIED] = "claims_denied",
    [REASON_CLAIMS_KEPT] = "claims_kept",
    [REASON_NO_GPU_REQUEST] = "no_gpu_request",
    [REASON_TARGET_MISSING] = "target_missing",
    [REASON_MIXED_REQUEST] = "mixed_request",
    [REASON_WHOLE_GPU_DENIED] = "whole_gpu_denied",
    [REASON_WHOLE_GPU_KEPT] = "whole_gpu_kept",
    [REASON_OTHER_SLICE_DENIED] = "other_slice_denied",
    [REASON_OTHER_SLICE_KEPT] = "other_slice_kept",
    [REASON_TOO_MANY_SLICES] = "too_many_slices",
    [REASON_INVALID_QUANTITY] = "invalid_quantity",
    [REASON_OTHER_ACCELERATOR_DENIED] = "other_accelerator_denied",
    [REASON_PLACEMENT_CONFLICT] = "placement_conflict",
    [REASON_ENV_CONFLICT] = "env_conflict",
    [REASON_VISIBLE_DEVICES_DENIED] = "visible_devices_denied",
    [REASON_RUNTIME_CLASS_CONFLICT] = "runtime_class_conflict",
    [REASON_LABEL_CONFLICT] = "label_conflict",
    [REASON_TOO_LARGE] = "too_large",
    [REASON_INJECTED] = "injected",
    [REASON_ALREADY_CONFORMS] = "already_conforms",
    [REASON_GUARDED] = "guarded",
};

const char *const outcome_names[OUTCOMES + 1] = {
    [OUTCOME_ALLOWED] = "allowed", [OUTCOME_INJECTED] = "injected",         [OUTCOME_GUARDED] = "guarded",
    [OUTCOME_DENIED] = "denied",   [OUTCOME_WOULD_INJECT] = "would_inject", [OUTCOME_WOULD_DENY] = "would_deny",
};

const char *reason_name(enum reason reason)
{
    return reason_names[reason];
}

const char *outcome_name(enum outcome outcome)
{
    return outcome_names[outcome];
}
