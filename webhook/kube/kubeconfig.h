/* Reads a kubeconfig: the cluster and the user of its current context.
 *
 * Format: k8s.io/client-go/tools/clientcmd/api/v1. Supported for users: token, tokenFile, client certificate and exec.
 * A user name with password, auth-provider and impersonation (as, as-groups ...) are reported as problems. Other
 * contexts, clusters and users are ignored, and so are unknown fields. Paths are relative to the file's folder. */
#pragma once

#include "base/problems.h"
#include "kube/access.h"

/* Errors: ERR_INVALID with problems (file, line, column), ERR_NOT_FOUND, ERR_IO, ERR_LIMIT (1 MiB), ERR_NOMEM. */
MUST_CHECK int kubeconfig_load(const char *path, struct access *ret_access, struct problems *problems, struct err *err);
