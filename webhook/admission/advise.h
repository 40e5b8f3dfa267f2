/* POST /advise: what will happen to the pods of a workload's template, said where its author sees it. */
#ifndef GPUSLICE_ADMISSION_ADVISE_H
#define GPUSLICE_ADMISSION_ADVISE_H

#include "admission/routes.h"

#include <stdbool.h>

/* Finds the pod template of the review (Deployment, StatefulSet, DaemonSet, ReplicaSet of apps; Job, CronJob of batch),
 * decides about the pod that would be made of it, and puts the outcome into words. No advice for other kinds, for a
 * DELETE, for a template that did not change, and where nothing would be done. The review's tree is changed. */
MUST_CHECK route_answer_fn advise_answer;

/* True for the kinds above. */
bool advise_knows(const struct review *review);

#endif
