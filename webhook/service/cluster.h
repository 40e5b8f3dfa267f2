/* Access to the cluster of a kubeconfig, or to the one that the program runs in; for `serve`, also the namespaces of
 * that cluster. */
#pragma once

#include "base/log.h"
#include "kube/cluster_namespaces.h"
#include "service/metrics.h"

/* Uses the kubeconfig, or the pod's service account if `kubeconfig` is NULL. If there is no service account, the error
 * begins with `without`: "neither --namespaces nor --kubeconfig is given". Errors: those of kubeconfig_load() and
 * incluster_load(). */
MUST_CHECK int cluster_access_load(const char *kubeconfig, const char *without, struct access *ret_access,
                                   struct problems *problems, struct err *err);

/* Calls cluster_access_load() for `serve`. Logs its problems, and a warning if the server's certificate will not be
 * verified. */
MUST_CHECK int service_access(const char *kubeconfig, const char *without, struct access *ret_access, struct err *err);

/* Creates the source of a cluster's namespaces, by service_access(), but does not start its watch. The watch logs when
 * it syncs, fails and recovers, and reports to `metrics`, which must outlive the result. Errors: those of
 * service_access() and cluster_namespaces_new(). */
MUST_CHECK int service_namespaces_new(const char *kubeconfig, struct service_metrics *metrics,
                                      struct cluster_namespaces **ret_cluster, struct err *err);

/* Logs a line for each problem, for at most the first 1000. */
void service_log_problems(enum log_level level, const struct problems *problems);
