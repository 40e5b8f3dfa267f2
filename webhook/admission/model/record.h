/* The annotation gpuslice.dev/applied: what was done to a pod. A hint, never a proof. */
#ifndef GPUSLICE_ADMISSION_MODEL_RECORD_H
#define GPUSLICE_ADMISSION_MODEL_RECORD_H

#include "admission/model/decision.h"

/* True if the pod has a valid record, which names that container of the pod. */
bool record_names(const struct decision *decision, const struct container *container);

/* Adds the record that belongs on the pod now, compact JSON. A valid record's policy and revision are kept (another
 * replica may have written it from another revision), whatever this one's are. */
void record_print(const struct decision_input *in, const struct decision_findings *found, struct buf *out);

/* True if the pod's record says already what record_print() would. */
bool record_is_current(const struct decision_input *in, const struct decision_findings *found);

/* True if the pod's record, which is valid, was written from the policy set that decides now. */
bool record_is_of_this_revision(const struct decision *decision);

#endif
