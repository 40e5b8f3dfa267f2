/* The shapes of templates (enum workload_shape): which values have one, the pods that they become, and where changes to
 * such a pod belong. */
#pragma once

#include "base/buf.h"
#include "workload/kinds.h"

#include <cjson/cJSON.h>

/* True if the value at a path of the kind is a template, or would be one but for *ret_unjudged (else NULL). False for
 * what makes no pod, such as a step of a workflow that calls others. */
bool shape_holds(const struct workload *workload, const cJSON *object, const cJSON *value, const char **ret_unjudged);

/* Where a template is. */
struct shape_source {
    const struct workload *workload; /* NULL: an unknown kind */
    struct kind kind;
    const cJSON *object;
};

/* Makes the pod of the template `value`; see templates_take_pod(). Adds the number of values that were copied from
 * other parts of the object to *inherited. Sets *ret_pod to NULL if that is too many. Errors: ERR_NOMEM. */
MUST_CHECK int shape_take_pod(const struct shape_source *source, cJSON *value, size_t *inherited, cJSON **ret_pod,
                              struct err *err);

/* Adds the pointer, from the object, of the place for which `pod_pointer` stands in the pod of the template at
 * `pointer`: "/spec/tolerations/-" is "/spec/predictor/tolerations/-" in a component. Not for kinds that are only
 * judged. */
void shape_add_pointer(const struct workload *workload, const char *pointer, const char *pod_pointer, struct buf *out);
