/* AdmissionReviews for pods that no API server has seen. Private to subjects. */
#ifndef GPUSLICE_OFFLINE_SUBJECT_REVIEW_H
#define GPUSLICE_OFFLINE_SUBJECT_REVIEW_H

#include "admission/workloads.h"
#include "base/err.h"

#include <jansson.h>

/* The pod that `workload`'s controller makes of the template, as far as a decision looks at it: of the same members,
 * with metadata in any case, with the owner that a DaemonSet sets. NULL when out of memory. */
json_t *subject_review_pod(const struct workload *workload, json_t *template);

/* The text of the review of that pod's creation. Errors: ERR_NOMEM. */
MUST_CHECK int subject_review_create(json_t *pod, const char *namespace_name, char **ret_text, struct err *err);

/* The text of a review that came as YAML. Errors: ERR_NOMEM. */
MUST_CHECK int subject_review_print(const json_t *review, char **ret_text, struct err *err);

#endif
