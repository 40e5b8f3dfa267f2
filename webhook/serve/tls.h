/* TLS credentials that can be replaced while connections are open.
 *
 * A connection is accepted with an immutable *generation*: a key pair and, for client certificates, the CA and the
 * accepted names. A connection holds a reference to its generation until its session is gone; new connections get the
 * current one. Thread-safe. TLS 1.2 and 1.3 only. */
#pragma once

#include "base/err.h"

#include <gnutls/gnutls.h>
#include <stddef.h>

/* Used by the HTTPS server and by the benchmark's server that is compared with it. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/* Texts of less than 2 GiB each. */
struct tls_material {
    const char *cert_pem;      /* the certificate and its intermediates */
    const char *key_pem;       /* its private key, without a passphrase */
    const char *client_ca_pem; /* the CA of the certificates that clients must present; NULL: none is needed */
    /* A client's certificate must have one of these as common name or DNS name. NULL-terminated; NULL: any name. */
    const char *const *client_names;
};

struct tls;            /* the current generation, shared by all threads */
struct tls_generation; /* what one connection uses */

/* Copies the material. If `material` is NULL, handshakes fail until tls_swap(). Errors: ERR_INVALID (does not parse,
 * key of another certificate), ERR_NOMEM. */
MUST_CHECK int tls_new(const struct tls_material *material, struct tls **ret_tls, struct err *err);
/* Call it when no server uses it any more. */
void tls_free(struct tls *tls);

/* Connections accepted from now on use the new material; on failure nothing changes. Errors: see tls_new(). */
MUST_CHECK int tls_swap(struct tls *tls, const struct tls_material *material, struct err *err);

/* Gives a session the current generation before its handshake, and returns a reference to that, to be dropped with
 * tls_generation_unref() when the session is gone. Returns NULL if the session got no credentials; its handshake must
 * then fail. */
struct tls_generation *tls_attach(struct tls *tls, gnutls_session_t session);
void tls_generation_unref(struct tls_generation *generation);

DEFINE_AUTO(tls, struct tls *, tls_free);
DEFINE_AUTO(tls_generation, struct tls_generation *, tls_generation_unref);
