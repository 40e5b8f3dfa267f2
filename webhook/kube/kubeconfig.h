/* Reads a kubeconfig: its current context's cluster and user.
 *
 * Format: k8s.io/client-go/tools/clientcmd/api/v1. Of a user: token, tokenFile, client certificate, exec; basic
 * passwords, auth-provider and impersonation are refused by name. Fields of other contexts, and those that do not
 * concern us, are not looked at. Relative paths start at the file's folder. */
#ifndef GPUSLICE_KUBE_KUBECONFIG_H
#define GPUSLICE_KUBE_KUBECONFIG_H

#include "base/problems.h"
#include "kube/access.h"

/* Errors: ERR_INVALID with problems (file, line, column), ERR_NOT_FOUND, ERR_IO, ERR_LIMIT (1 MiB), ERR_NOMEM. */
MUST_CHECK int kubeconfig_load(const char *path, struct access *ret_access, struct problems *problems, struct err *err);

#endif
