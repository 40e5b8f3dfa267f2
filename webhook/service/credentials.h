/* The credentials of new TLS connections: our key pair, and for client certificates the CA and the accepted names. Pair
 * and CA come from different places at different times; a change of either creates a new generation (serve/tls.h).
 * Thread-safe. */
#pragma once

#include "serve/tls.h"

struct service_credentials;

/* Creates credentials without a pair; handshakes fail until there is one. `client_names` is as in struct tls_material
 * and must outlive the credentials. Errors: ERR_NOMEM. */
MUST_CHECK int service_credentials_new(const char *const *client_names, struct service_credentials **ret_credentials,
                                       struct err *err);
/* Call it when no server uses them any more. */
void service_credentials_free(struct service_credentials *credentials);

/* Replaces the key pair. On failure nothing changes. Errors: those of tls_swap(). */
MUST_CHECK int service_credentials_set_pair(struct service_credentials *credentials, const char *cert_pem,
                                            const char *key_pem, struct err *err);
/* Replaces the CA of client certificates. If they are required, call it before the first
 * service_credentials_set_pair(). Errors: those of tls_swap(). */
MUST_CHECK int service_credentials_set_clients(struct service_credentials *credentials, const char *ca_pem,
                                               struct err *err);

struct tls *service_credentials_tls(struct service_credentials *credentials);

DEFINE_AUTO(service_credentials, struct service_credentials *, service_credentials_free);
