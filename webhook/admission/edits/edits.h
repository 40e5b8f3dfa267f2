/* The edits of a pod that gets a slice, SPEC section 5, in the order in which decide() makes them. Each looks at the
 * pod as it is by then and does only what is missing, so that doing it twice does it once. A conflict concludes the
 * decision. Errors: ERR_NOMEM, ERR_LIMIT (a patch over its maximum). */
#ifndef GPUSLICE_ADMISSION_EDITS_EDITS_H
#define GPUSLICE_ADMISSION_EDITS_EDITS_H

#include "admission/model/decision.h"

MUST_CHECK int edit_resources(struct decision *decision, struct err *err);
MUST_CHECK int edit_affinity(struct decision *decision, struct err *err);
MUST_CHECK int edit_node_selector(struct decision *decision, struct err *err);
MUST_CHECK int edit_tolerations(struct decision *decision, struct err *err);
MUST_CHECK int edit_environment(struct decision *decision, struct err *err);
MUST_CHECK int edit_visible_devices(struct decision *decision, struct err *err);
MUST_CHECK int edit_runtime_class(struct decision *decision, struct err *err);
MUST_CHECK int edit_metadata(struct decision *decision, struct err *err);

/* Makes `value` what the container will see. Of several entries of a name kubelet takes the last, so that is the one
 * that counts. */
MUST_CHECK int environment_set(struct decision *decision, const struct container *container, const char *name,
                               const char *value, struct err *err);

/* What the policy's `conflict` does with a contradiction between the pod's own wish and the class. */
enum verdict {
    VERDICT_APPLY, /* no conflict, or conflict: override - the edit is to be made */
    VERDICT_SKIP,  /* conflict: keep - the pod's own wish stays, with a warning */
    VERDICT_STOP,  /* conflict: deny - the decision is concluded */
};

/* Settles one contradiction. `found` says what the pod has, `needed` what the class needs. */
enum verdict conflict_settle(struct decision *decision, enum reason reason, const char *found, const char *needed);

/* Does the pod's nodeSelector, or every term of its required affinity, contradict requirements of the class on one key
 * (`group`, all of the same key)? Settles it; with conflict: override the pod's entry, or its expressions on that key
 * in the terms that contradict, are removed. Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int conflict_settle_placement(struct decision *decision, const struct requirement *const group[],
                                         size_t count, enum verdict *ret_verdict, struct err *err);

#endif
