/* Selects the cluster: that of a kubeconfig, or the one that the program runs in. */
#ifndef GPUSLICE_SERVICE_CLUSTER_ACCESS_H
#define GPUSLICE_SERVICE_CLUSTER_ACCESS_H

#include "base/problems.h"
#include "kube/access.h"

/* Uses the kubeconfig, or the pod's service account if it is NULL. `without` is the beginning of the error if this is
 * not a pod: "neither --namespaces nor --kubeconfig is given". Errors: those of kubeconfig_load() and
 * incluster_load(). */
MUST_CHECK int cluster_access_load(const char *kubeconfig, const char *without, struct access *ret_access,
                                   struct problems *problems, struct err *err);

#endif
