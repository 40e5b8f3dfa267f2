/* Takes back what an earlier round wrote into a pod, so that it is not taken for what its author asked for
 * (docs/decisions.md#taking-back). The inverse of the edits. */
#pragma once

#include "admission/model/changes.h"
#include "admission/model/record.h"
#include "pod/pod.h"

/* Removes from the pod what its record says that it got: from the containers that the record names the slice's resource
 * (what they asked for before is put back) and the class's variables; from the pod the class's In expressions,
 * tolerations and runtimeClassName, the record, and the class's label unless the pod has a controller. If the class no
 * longer exists, one In expression and the tolerations of gpuslice.dev/pool go. What differs from the class stays,
 * because another admission may have written it. What becomes empty is removed.
 *
 * For a record without `was`, `instead` is the resource for which its containers ask afterwards, in the same quantity.
 * The asks in `pod` are those of before. Errors: ERR_NOMEM, ERR_LIMIT (the patch gets too long). */
MUST_CHECK int take_back(struct changes *changes, const struct pod *pod, const struct record *record,
                         const struct policy_set *set, const char *instead, struct err *err);

/* Removes NVIDIA_VISIBLE_DEVICES from a container if its value is that of the guard. */
MUST_CHECK int take_back_guard(struct changes *changes, const struct container *container, struct err *err);

/* Turns a pod that exists into what it was at its creation, as far as its record says: as take_back() for whatever
 * class the record names, and also the guard's variable in all containers, and the class's label even if the pod has a
 * controller. Containers of a record without `was` ask for nvidia.com/gpu afterwards. Changes nothing if the pod has no
 * record that parses. Errors: those of pod_init() and take_back(). */
MUST_CHECK int take_back_from_object(struct changes *changes, cJSON *object, const struct policy_set *set,
                                     struct err *err);
