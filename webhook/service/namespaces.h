/* The namespaces of a live cluster, for `serve`: where the API server is, and what the log says of following it. */
#ifndef GPUSLICE_SERVICE_NAMESPACES_H
#define GPUSLICE_SERVICE_NAMESPACES_H

#include "kube/cluster_namespaces.h"
#include "service/metrics.h"

/* `metrics` hears of it, and must outlive it. By the file, or by the pod's service account where it is NULL. Does not
 * begin to watch. What is wrong with the file is logged. Errors: those of kubeconfig_load(), incluster_load() and
 * cluster_namespaces_new(). */
MUST_CHECK int service_namespaces_new(const char *kubeconfig, struct service_metrics *metrics,
                                      struct cluster_namespaces **ret_cluster, struct err *err);

/* cluster_access_load() for what serves: problems and doubts are logged. */
MUST_CHECK int service_access(const char *kubeconfig, const char *without, struct access *ret_access, struct err *err);

/* As service.c logs the mistakes of files. */
void service_log_problems(const struct problems *problems);

#endif
