/* The credentials of the pod's service account, which Kubernetes mounts into the pod unless
 * automountServiceAccountToken is false (docs: tasks/run-application/access-api-from-pod). */
#pragma once

#include "kube/access.h"

#define INCLUSTER_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

/* Sets *ret_access to the API access of the service account whose token and ca.crt are in `folder` (NULL means
 * INCLUSTER_FOLDER). The server is that of KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT in the environment.
 * Errors: ERR_NOT_FOUND (not in a pod, or no token is mounted), ERR_INVALID (the address of the server), ERR_IO (the
 * token is not readable), ERR_NOMEM. */
MUST_CHECK int incluster_load(const char *folder, struct access *ret_access, struct err *err);
