/* The certificates of a cluster, for `serve`: one thread that looks every so often, rotates what is due, and puts into
 * service what may be served.
 *
 * A certificate of another authority than the one that serves is put into service only once every webhook configuration
 * trusts that authority and has done so long enough; one of the same authority at once; and where nothing serves yet,
 * or what serves has ended, there is nothing to lose. Whatever fails, what serves serves on: in the log, in
 * /readyz?verbose and in metrics it is said, and tried again. */
#ifndef GPUSLICE_SERVICE_CERTIFICATES_H
#define GPUSLICE_SERVICE_CERTIFICATES_H

#include "base/buf.h"
#include "service/certificate_options.h"
#include "service/credentials.h"
#include "service/metrics.h"

struct service_certificates;

/* Pointers must outlive it. Lifetimes that are 0 get their defaults. */
struct service_certificates_options {
    const struct certificate_options *certificates;
    const char *kubeconfig;   /* NULL: the pod's service account */
    const char *const *hosts; /* names of the certificate */
    size_t host_count;
    struct service_credentials *credentials;
    struct service_metrics *metrics;
};

/* Nothing is asked for yet. What is wrong with the kubeconfig is logged. Errors: those of cluster_access_load(),
 * ERR_NOMEM, ERR_IO. */
MUST_CHECK int service_certificates_new(const struct service_certificates_options *options,
                                        struct service_certificates **ret_certificates, struct err *err);
/* Once. Errors: ERR_IO. */
MUST_CHECK int service_certificates_start(struct service_certificates *certificates, struct err *err);
/* Has the thread look now and not when it is time. From any thread; nothing is waited for. */
void service_certificates_look(struct service_certificates *certificates);
/* Ends the thread and its requests at once. */
void service_certificates_free(struct service_certificates *certificates);

/* For /readyz (a health_check_fn): ready as long as a certificate serves that has not ended, and as soon as all
 * configurations trusted its authority once. */
bool service_certificates_check(void *certificates, struct buf *ret_note);

DEFINE_AUTO(service_certificates, struct service_certificates *, service_certificates_free);

#endif
