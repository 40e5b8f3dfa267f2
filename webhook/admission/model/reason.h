/* The reasons of decisions, as they appear in log lines, audit annotations and metrics. Do not rename a reason: users
 * query by these names (docs/decisions.md explains each). They are listed roughly in the order of the checks. */
#pragma once

enum reason {
    REASON_NONE,
    REASON_NOT_POD_CREATE,
    REASON_NODE_CREATED_POD,
    REASON_NAMESPACE_NOT_ENABLED,
    REASON_POD_OPTED_OUT,
    REASON_DAEMONSET_POD,
    REASON_ALREADY_BOUND,
    REASON_DAEMONSET_GPU,
    REASON_BOUND_GPU,
    REASON_NO_POLICY,
    REASON_CLASS_UNKNOWN,
    REASON_CLASS_NOT_ALLOWED,
    REASON_CLASS_TOO_SMALL,
    REASON_MEMORY_TOO_LARGE,
    REASON_CLAIMS_DENIED,
    REASON_NO_CLASS,
    REASON_CLAIMS_KEPT,
    REASON_NO_GPU_REQUEST,
    REASON_TARGET_MISSING,
    REASON_MIXED_REQUEST,
    REASON_WHOLE_GPU_DENIED,
    REASON_WHOLE_GPU_KEPT,
    REASON_OTHER_SLICE_DENIED,
    REASON_OTHER_SLICE_KEPT,
    REASON_TOO_MANY_SLICES,
    REASON_INVALID_QUANTITY,
    REASON_OTHER_ACCELERATOR_DENIED,
    REASON_PLACEMENT_CONFLICT,
    REASON_ENV_CONFLICT,
    REASON_VISIBLE_DEVICES_DENIED,
    REASON_RUNTIME_CLASS_CONFLICT,
    REASON_LABEL_CONFLICT,
    REASON_TOO_LARGE,
    REASON_INJECTED,
    REASON_ALREADY_CONFORMS,
    REASON_GUARDED,
    REASONS
};

enum outcome {
    OUTCOME_ALLOWED,  /* admitted unchanged */
    OUTCOME_INJECTED, /* admitted with a slice */
    OUTCOME_GUARDED,  /* admitted with GPUs hidden and without a new slice */
    OUTCOME_DENIED,
    OUTCOME_WOULD_INJECT, /* modes warn and shadow: admitted unchanged, but mode enforce would inject or guard */
    OUTCOME_WOULD_DENY,
    OUTCOMES
};

const char *reason_name(enum reason reason);
const char *outcome_name(enum outcome outcome);

/* The same names by enum value, each list followed by NULL. The first reason, REASON_NONE, has the name "". */
extern const char *const reason_names[REASONS + 1];
extern const char *const outcome_names[OUTCOMES + 1];
