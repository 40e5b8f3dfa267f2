/* Which containers a valid record names, and the record that is written for a decision. */
#pragma once

#include "admission/model/decision.h"

/* True if the pod has a valid record that names the container. */
bool record_names(const struct decision *decision, const struct container *container);

/* Adds the record for the pod as compact JSON. Keeps policy, revision and `was` of a valid record, which another
 * replica may have written from another revision; for containers without such an entry, `was` is what they ask for.
 * Omits `was` if it is unknown for a container: a record of an earlier version, which this one replaces, lacked it. */
void record_print(const struct decision_input *in, const struct decision_findings *found, struct buf *out);

/* True if the pod has a valid record that names each container with slices. */
bool record_is_current(const struct decision_input *in, const struct decision_findings *found);
