/* TLS credentials that can be swapped while connections live.
 *
 * What a connection was accepted with is an immutable *generation*: key pair, and for client certificates the authority
 * and the names that are let in. A connection holds a reference to its generation until its session is gone; new
 * connections get the current one. Thread-safe. TLS 1.2 and 1.3 only. */
#ifndef GPUSLICE_SERVE_TLS_H
#define GPUSLICE_SERVE_TLS_H

#include "base/err.h"

#include <gnutls/gnutls.h>
#include <stddef.h>

/* Both the HTTPS server and whatever is compared with it use these. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct tls_material {
    const char *cert_pem;            /* the certificate and its intermediates */
    const char *key_pem;             /* its private key, without a passphrase */
    const char *client_ca_pem;       /* not NULL: clients must show a certificate of this authority */
    const char *const *client_names; /* one of these as its common name or DNS name; NULL-terminated, NULL: any name */
};

struct tls;            /* the current generation, shared by all threads */
struct tls_generation; /* what one connection uses */

/* Copies what it needs of the material. NULL: there is none yet, and handshakes fail until tls_swap(). Errors:
 * ERR_INVALID (does not parse, key of another certificate), ERR_NOMEM. */
MUST_CHECK int tls_new(const struct tls_material *material, struct tls **ret_tls, struct err *err);
/* No server may use it any more. */
void tls_free(struct tls *tls);

/* Connections accepted from now on use the new material; on failure nothing changes. Errors: as tls_new(). */
MUST_CHECK int tls_swap(struct tls *tls, const struct tls_material *material, struct err *err);

/* Gives a session, before its handshake, the current generation, and returns a reference to it: drop it by
 * tls_generation_unref() once the session is gone. NULL: the session has no credentials and must not go on. */
struct tls_generation *tls_attach(struct tls *tls, gnutls_session_t session);
void tls_generation_unref(struct tls_generation *generation);

DEFINE_AUTO(tls, struct tls *, tls_free);
DEFINE_AUTO(tls_generation, struct tls_generation *, tls_generation_unref);

#endif
