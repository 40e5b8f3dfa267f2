/* POST /advise: tells the author of a workload what will happen to its pods. */
#ifndef GPUSLICE_ADMISSION_ADVISE_H
#define GPUSLICE_ADMISSION_ADVISE_H

#include "admission/routes.h"

#include <stdbool.h>

/* Finds the pod template of the review (Deployment, StatefulSet, DaemonSet, ReplicaSet of apps; Job, CronJob of batch),
 * decides about the pod that would be created from it, and puts the outcome into warnings. Gives no advice for other
 * kinds, for a DELETE, for an unchanged template, and if nothing would be done. Changes the review's tree. */
MUST_CHECK route_answer_fn advise_answer;

/* True for the kinds above. */
bool advise_knows(const struct review *review);

#endif
