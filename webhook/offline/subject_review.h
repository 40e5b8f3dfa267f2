/* AdmissionReviews for pods from files. Private to offline/. */
#ifndef GPUSLICE_OFFLINE_SUBJECT_REVIEW_H
#define GPUSLICE_OFFLINE_SUBJECT_REVIEW_H

#include "admission/workloads.h"
#include "base/err.h"

#include <jansson.h>

/* Returns the pod that `workload`'s controller creates from the template, as far as a decision depends on it: the same
 * members, always with metadata, and for a DaemonSet with its owner. NULL if out of memory. */
json_t *subject_review_pod(const struct workload *workload, json_t *template);

/* Sets *ret_text to the review of that pod's creation. Errors: ERR_NOMEM. */
MUST_CHECK int subject_review_create(json_t *pod, const char *namespace_name, char **ret_text, struct err *err);

/* Sets *ret_text to the text of a review that is not kept in its original bytes. Errors: ERR_NOMEM. */
MUST_CHECK int subject_review_print(const json_t *review, char **ret_text, struct err *err);

#endif
