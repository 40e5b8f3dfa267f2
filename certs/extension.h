/* Private to certs/: the X.509 extensions of our certificates, as typed objects.
 *
 * Configuration strings (X509V3_EXT_conf_nid) are never used: OpenSSL parses them ("DNS:a,IP:b"), so that a name could
 * inject further names. Errors of all functions: ERR_INVALID (a host that is neither a DNS name nor an IP address),
 * ERR_NOMEM, ERR_INTERNAL. */
#pragma once

#include "certs/issue.h"

#include <openssl/x509.h>

MUST_CHECK int extension_add_ca(X509 *cert, struct err *err);
MUST_CHECK int extension_add_leaf(X509 *cert, const struct cert_request *request, struct err *err);

/* Adds the subject key identifier of `cert`, and the authority key identifier if `issuer` is another certificate. */
MUST_CHECK int extension_add_key_ids(X509 *cert, X509 *issuer, struct err *err);
