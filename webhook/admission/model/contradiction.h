/* Whether any node can meet both a pod's own placement and what a class requires. */
#pragma once

#include "pod/pod.h"
#include "policy/class.h"

/* Where a pod contradicts requirements on one key. */
struct contradiction {
    bool selector; /* its nodeSelector */
    bool terms;    /* all terms of its required node affinity that can match a node */
};

/* Sets *ret_contradiction for the requirements in `group`, of which there is at least one, all on the same key. Errors:
 * ERR_NOMEM. */
MUST_CHECK int contradiction_find(const struct pod *pod, const struct requirement *const group[], size_t count,
                                  struct contradiction *ret_contradiction, struct err *err);

/* Sets `group` to the requirements on the key of items[first] and returns their number, or 0 if an earlier one has that
 * key, so that a loop over `first` meets each key once. */
size_t requirements_group(const struct requirements *requirements, size_t first,
                          const struct requirement *group[CLASS_REQUIREMENTS_MAX]);

/* Sets *ret_contradicts to whether the pod's placement contradicts the class's on some key. Errors: ERR_NOMEM. */
MUST_CHECK int class_contradicts_pod(const struct slice_class *slice_class, const struct pod *pod,
                                     bool *ret_contradicts, struct err *err);
