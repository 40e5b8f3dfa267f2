/* POST /advise: what will happen to the pods of a workload's template, said where its author sees it. */
#ifndef GPUSLICE_ADMISSION_ADVISE_H
#define GPUSLICE_ADMISSION_ADVISE_H

#include "admission/decision.h"

/* Finds the pod template of `review` (Deployment, StatefulSet, DaemonSet, ReplicaSet of apps; Job, CronJob of batch),
 * decides about the pod that would be made of it, and puts the outcome into words. No advice for other kinds, for a
 * DELETE, for a template that did not change, and where nothing would be done. The review's tree is changed. Errors:
 * ERR_INVALID, ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int advise(const struct policy_set *set, const struct namespace_info *ns, struct review *review,
                      struct warnings *ret_warnings, struct err *err);

/* Does /advise know that kind at all? */
bool advise_knows(const struct review *review);

#endif
