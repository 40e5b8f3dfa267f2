/* POST /mutate: the decision about a pod, and its patch. */
#ifndef GPUSLICE_ADMISSION_MUTATE_H
#define GPUSLICE_ADMISSION_MUTATE_H

#include "admission/routes.h"

MUST_CHECK route_answer_fn mutate_answer;

#endif
