/* How a container's GPU request relates to the class of its pod. */
#ifndef GPUSLICE_ADMISSION_STEPS_REQUEST_KIND_H
#define GPUSLICE_ADMISSION_STEPS_REQUEST_KIND_H

#include "admission/model/decision.h"

/* REQUEST_WHOLE is nvidia.com/gpu, or another name that the policy set counts as a GPU. */
enum request_kind { REQUEST_NONE, REQUEST_OWN, REQUEST_WHOLE, REQUEST_OTHER };

/* Sets *ret_ask to the relevant request; NULL for REQUEST_NONE. */
enum request_kind request_kind_of(const struct decision *decision, const struct container *container,
                                  const struct ask **ret_ask);

#endif
