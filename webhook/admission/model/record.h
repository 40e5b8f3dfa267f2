/* The annotation gpuslice.dev/applied: what was done to a pod. It is a hint, never a proof. */
#pragma once

#include "admission/model/decision.h"

/* True if the pod has a valid record that names the container. */
bool record_names(const struct decision *decision, const struct container *container);

/* Adds the record for the pod as compact JSON. Keeps policy and revision of a valid record, which another replica may
 * have written from another revision. */
void record_print(const struct decision_input *in, const struct decision_findings *found, struct buf *out);

/* True if the pod has a valid record that names each container with slices. */
bool record_is_current(const struct decision_input *in, const struct decision_findings *found);
