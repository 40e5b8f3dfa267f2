/* The namespaces of a live cluster for `serve`: finds the API server, and logs when following it begins, fails and
 * recovers. */
#ifndef GPUSLICE_SERVICE_NAMESPACES_H
#define GPUSLICE_SERVICE_NAMESPACES_H

#include "kube/cluster_namespaces.h"
#include "service/metrics.h"

/* Uses the kubeconfig, or the pod's service account if it is NULL. `metrics` counts the events and must outlive the
 * result. Does not start the watch. Logs problems in the file. Errors: those of kubeconfig_load(), incluster_load() and
 * cluster_namespaces_new(). */
MUST_CHECK int service_namespaces_new(const char *kubeconfig, struct service_metrics *metrics,
                                      struct cluster_namespaces **ret_cluster, struct err *err);

/* Calls cluster_access_load() for `serve`, and logs its problems and a warning if the server's certificate is not
 * verified. */
MUST_CHECK int service_access(const char *kubeconfig, const char *without, struct access *ret_access, struct err *err);

/* Logs problems, one line for each. */
void service_log_problems(const struct problems *problems);

#endif
