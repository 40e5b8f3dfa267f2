/* The cluster that a program works with: that of a kubeconfig, or the one that it runs in; and for `serve` the
 * namespaces of it. */
#ifndef GPUSLICE_SERVICE_CLUSTER_H
#define GPUSLICE_SERVICE_CLUSTER_H

#include "kube/cluster_namespaces.h"
#include "service/metrics.h"

/* Uses the kubeconfig, or the pod's service account if it is NULL. `without` is the beginning of the error if this is
 * not a pod: "neither --namespaces nor --kubeconfig is given". Errors: those of kubeconfig_load() and
 * incluster_load(). */
MUST_CHECK int cluster_access_load(const char *kubeconfig, const char *without, struct access *ret_access,
                                   struct problems *problems, struct err *err);

/* Calls cluster_access_load() for `serve`, and logs its problems and a warning if the server's certificate is not
 * verified. */
MUST_CHECK int service_access(const char *kubeconfig, const char *without, struct access *ret_access, struct err *err);

/* Finds the API server with service_access(). Does not start the watch. Logs when following the namespaces begins,
 * fails and recovers. `metrics` counts the events and must outlive the result. Errors: those of service_access() and
 * cluster_namespaces_new(). */
MUST_CHECK int service_namespaces_new(const char *kubeconfig, struct service_metrics *metrics,
                                      struct cluster_namespaces **ret_cluster, struct err *err);

/* Logs problems, one line for each. */
void service_log_problems(const struct problems *problems);

#endif
