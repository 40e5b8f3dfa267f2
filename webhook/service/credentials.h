/* What TLS connections begin with: our pair, and for client certificates the authority and the names that are let in.
 * The two come from different places at different times; a change of either makes a new generation. Thread-safe. */
#ifndef GPUSLICE_SERVICE_CREDENTIALS_H
#define GPUSLICE_SERVICE_CREDENTIALS_H

#include "serve/tls.h"

struct service_credentials;

/* Without a pair; handshakes fail until there is one. `client_names` as in struct tls_material, and must outlive it.
 * Errors: ERR_NOMEM. */
MUST_CHECK int service_credentials_new(const char *const *client_names, struct service_credentials **ret_credentials,
                                       struct err *err);
/* No server may use it any more. */
void service_credentials_free(struct service_credentials *credentials);

/* On failure nothing changes. Errors: those of tls_swap(). */
MUST_CHECK int service_credentials_set_pair(struct service_credentials *credentials, const char *cert_pem,
                                            const char *key_pem, struct err *err);
/* Before the first pair, where client certificates are wanted. */
MUST_CHECK int service_credentials_set_clients(struct service_credentials *credentials, const char *ca_pem,
                                               struct err *err);

struct tls *service_credentials_tls(struct service_credentials *credentials);

DEFINE_AUTO(service_credentials, struct service_credentials *, service_credentials_free);

#endif
