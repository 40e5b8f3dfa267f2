/* Reads credentials that a program prints (client-go's exec plugins).
 *
 * Protocol: k8s.io/client-go/pkg/apis/clientauthentication/v1, types ExecCredential: KUBERNETES_EXEC_INFO contains one
 * with a spec; the program must print one with a status on standard output. What is used here is the same in v1 and
 * v1beta1. */
#ifndef GPUSLICE_KUBE_EXEC_PLUGIN_H
#define GPUSLICE_KUBE_EXEC_PLUGIN_H

#include "kube/access.h"
#include "kube/credential.h"

/* Runs the program, at most until `deadline_ns` (CLOCK_MONOTONIC); it never sets a CA. Errors: ERR_NOT_FOUND,
 * ERR_UNAVAILABLE (it failed), ERR_INVALID (its output is not an ExecCredential), ERR_LIMIT (over 1 MiB), ERR_NOMEM. */
MUST_CHECK int exec_plugin_run(const struct access *access, int64_t deadline_ns, struct credential *ret_credential,
                               struct err *err);

#endif
