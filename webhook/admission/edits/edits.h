/* The edits of a pod that gets a slice, one file each, in the order in which decide() makes them (admission/routes.c).
 * Each sees all earlier edits and adds only what is missing, so that the patch is idempotent. An edit can deny the
 * pod, for example because of a conflict; the remaining edits are then skipped. Errors: ERR_NOMEM, ERR_LIMIT (a patch
 * over its maximum). */
#pragma once

#include "admission/model/decision.h"

/* What an edit reads, and the verdict, whose changes and warnings it adds to. */
struct edit {
    const struct decision_input *in;
    const struct decision_findings *found;
    struct decision_verdict *out;
};

MUST_CHECK decision_edit warn_selectors; /* only warns, so it comes first and sees the pod's own selectors */
MUST_CHECK decision_edit edit_resources;
MUST_CHECK decision_edit edit_affinity;
MUST_CHECK decision_edit edit_node_selector;
MUST_CHECK decision_edit edit_tolerations;
MUST_CHECK decision_edit edit_environment;
MUST_CHECK decision_edit edit_visible_devices;
MUST_CHECK decision_edit edit_runtime_class;
MUST_CHECK decision_edit edit_metadata;

/* True if a container needs the guard: it neither requests a GPU nor gets a slice. */
bool visible_devices_has_work(const struct decision_input *in, const struct decision_findings *found);

/* Appends the variable, or replaces the last entry with its name, which is the one that kubelet uses. */
MUST_CHECK int environment_set(const struct edit *edit, const struct container *container, const char *name,
                               const char *value, struct err *err);

/* How the policy's `conflict` settles a contradiction between the pod and its class. */
enum settlement {
    SETTLED_APPLY, /* no conflict, or conflict: override - make the edit */
    SETTLED_SKIP,  /* conflict: keep - keep the pod's own value, with a warning */
    SETTLED_STOP,  /* conflict: deny - the pod is refused */
};

#define CONFLICT_REMEDY "remove it from the pod"

/* Settles one contradiction. `found` says what the pod has, `needed` what the class needs, `remedy` what would pass. */
enum settlement conflict_settle(const struct edit *edit, enum reason reason, const char *found, const char *needed,
                                const char *remedy);

/* Settles contradictions between the class's requirements on one key (`group`, all with the same key) and the pod's
 * nodeSelector or all terms of its required affinity. With conflict: override, removes what contradicts: the
 * nodeSelector's entry on that key, the expressions of all terms on it, or both. Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int conflict_settle_placement(const struct edit *edit, const struct requirement *const group[], size_t count,
                                         enum settlement *ret_settlement, struct err *err);
