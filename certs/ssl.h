/* Private to certs/: scoped variables for OpenSSL's objects, reading and writing of PEM texts, and a struct err from
 * OpenSSL's error queue. */
#pragma once

#include "base/err.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

/* Sets the error to "<formatted>: <OpenSSL's first reason>" with `code`. Sets ERR_NOMEM instead if that is the reason,
 * or if memory has run out since err_memory_begin(), which the reading functions call. Clears OpenSSL's error queue and
 * returns -1. */
int ssl_err(struct err *err, enum err_code code, const char *format, ...) PRINTF(3, 4);

/* Reads all certificates of a PEM text, in order, and fails if there is none. `what` names the text in errors. Errors:
 * ERR_INVALID, ERR_LIMIT (over INT_MAX bytes), ERR_NOMEM. */
MUST_CHECK int ssl_read_certs(const char *pem, const char *what, STACK_OF(X509) * *ret_certs, struct err *err);

/* Reads the first private key of a PEM text; refuses one with a passphrase. Errors: ERR_INVALID, ERR_LIMIT (over
 * INT_MAX bytes), ERR_NOMEM. */
MUST_CHECK int ssl_read_key(const char *pem, const char *what, EVP_PKEY **ret_key, struct err *err);

/* Set *ret_pem to a PEM text, which the caller frees, after wiping it if it is a key (cert_pem_fini()). Errors:
 * ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int ssl_write_cert(X509 *cert, char **ret_pem, struct err *err);
MUST_CHECK int ssl_write_key(EVP_PKEY *key, char **ret_pem, struct err *err);

void ssl_free_certs(STACK_OF(X509) * certs);

DEFINE_AUTO(bio, BIO *, BIO_free_all);
DEFINE_AUTO(x509, X509 *, X509_free);
DEFINE_AUTO(x509_stack, STACK_OF(X509) *, ssl_free_certs);
DEFINE_AUTO(evp_pkey, EVP_PKEY *, EVP_PKEY_free);
