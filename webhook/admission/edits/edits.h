/* The edits of a pod that gets a slice, one file each, in the order in which decide() makes them (admission/routes.c).
 * Each sees the pod with all earlier edits and does only what is missing, so that doing it twice does it once. A
 * conflict refuses the pod. Errors: ERR_NOMEM, ERR_LIMIT (a patch over its maximum). */
#ifndef GPUSLICE_ADMISSION_EDITS_EDITS_H
#define GPUSLICE_ADMISSION_EDITS_EDITS_H

#include "admission/model/decision.h"

/* Why an edit refuses the pod. */
struct refusal {
    enum reason reason; /* REASON_NONE: it does not; the rest is not set then */
    char message[ERR_TEXT_SIZE];
};

/* What an edit works on: what it may read, and what it may write. */
struct edit {
    const struct decision_input *in;
    const struct decision_findings *found;
    struct changes *changes;
    struct warnings *warnings;
    struct refusal *refusal;
};

MUST_CHECK decision_edit edit_resources;
MUST_CHECK decision_edit edit_affinity;
MUST_CHECK decision_edit edit_node_selector;
MUST_CHECK decision_edit edit_tolerations;
MUST_CHECK decision_edit edit_environment;
MUST_CHECK decision_edit edit_visible_devices;
MUST_CHECK decision_edit edit_runtime_class;
MUST_CHECK decision_edit edit_metadata;

/* Refuses the pod: the edits that follow are not made. */
void edit_refuse(const struct edit *edit, enum reason reason, const char *format, ...) PRINTF(3, 4);

/* True if the guard, where a policy wants it, has a container whose view of GPUs it closes: one that neither asks for a
 * GPU nor gets a slice. */
bool visible_devices_has_work(const struct decision_input *in, const struct decision_findings *found);

/* Makes `value` what the container will see. Of several entries of a name kubelet takes the last, so that is the one
 * that counts. */
MUST_CHECK int environment_set(const struct edit *edit, const struct container *container, const char *name,
                               const char *value, struct err *err);

/* What the policy's `conflict` does with a contradiction between the pod's own wish and the class. */
enum settlement {
    SETTLED_APPLY, /* no conflict, or conflict: override - the edit is to be made */
    SETTLED_SKIP,  /* conflict: keep - the pod's own wish stays, with a warning */
    SETTLED_STOP,  /* conflict: deny - the pod is refused */
};

/* Settles one contradiction. `found` says what the pod has, `needed` what the class needs. */
enum settlement conflict_settle(const struct edit *edit, enum reason reason, const char *found, const char *needed);

/* Settles whatever contradicts requirements of the class on one key (`group`, all of the same key): the pod's
 * nodeSelector, or every term of its required affinity. With conflict: override the pod's entry, or its expressions on
 * that key in the terms that contradict, are removed. Errors: ERR_NOMEM, ERR_LIMIT. */
MUST_CHECK int conflict_settle_placement(const struct edit *edit, const struct requirement *const group[], size_t count,
                                         enum settlement *ret_settlement, struct err *err);

#endif
