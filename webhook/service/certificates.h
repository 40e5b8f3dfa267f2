/* Keeps the certificates of a cluster for `serve`: one thread checks them regularly, rotates those that are due, and
 * puts a new pair into service as soon as that is safe.
 *
 * A certificate signed by another CA than the current one is served only after every webhook configuration has trusted
 * that CA for long enough; one signed by the same CA is served immediately, and so is any certificate if none is served
 * yet or the current one has expired. After a failure the current certificate stays in use; the failure appears in the
 * log, in /readyz?verbose and in metrics, and the step is tried again. */
#pragma once

#include "base/buf.h"
#include "service/credentials.h"
#include "service/metrics.h"
#include "service/service.h"

struct service_certificates;

/* Starts the thread. Options, credentials and metrics must outlive the certificates. Logs problems in the kubeconfig.
 * Errors: those of cluster_access_load() and cluster_certificates_new(), ERR_NOMEM, ERR_IO. */
MUST_CHECK int service_certificates_start(const struct service_options *options,
                                          struct service_credentials *credentials, struct service_metrics *metrics,
                                          struct service_certificates **ret_certificates, struct err *err);
/* Wakes the thread for an immediate check. May be called from any thread; does not wait. */
void service_certificates_wake(struct service_certificates *certificates);
/* Ends the thread and its requests immediately. */
void service_certificates_free(struct service_certificates *certificates);

/* For /readyz (a health_check_fn): true if an unexpired certificate is served and every configuration has trusted the
 * CA of a served certificate at some time. */
bool service_certificates_check(void *certificates, struct buf *ret_note);

DEFINE_AUTO(service_certificates, struct service_certificates *, service_certificates_free);
