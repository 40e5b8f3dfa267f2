/* Gets credentials from a program that prints them (client-go's exec plugins).
 *
 * Protocol: k8s.io/client-go/pkg/apis/clientauthentication/v1, type ExecCredential. The environment variable
 * KUBERNETES_EXEC_INFO contains an ExecCredential with a spec; the program must print one with a status on standard
 * output. The fields used here are the same in v1 and v1beta1. */
#pragma once

#include "kube/access.h"
#include "kube/credential.h"

/* Runs the access's program, at most until `deadline_ns` (CLOCK_MONOTONIC). ret_credential->ca is NULL. Errors:
 * ERR_NOT_FOUND, ERR_UNAVAILABLE (the program failed), ERR_INVALID (its output is not an ExecCredential), ERR_LIMIT
 * (its output exceeds 1 MiB), ERR_IO, ERR_NOMEM. */
MUST_CHECK int exec_plugin_run(const struct access *access, int64_t deadline_ns, struct credential *ret_credential,
                               struct err *err);
