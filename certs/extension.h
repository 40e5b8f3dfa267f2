/* Private to certs/: the X.509 extensions of our certificates, as typed objects.
 *
 * Never as configuration strings (X509V3_EXT_conf_nid): those parse "DNS:a,IP:b", so a name could inject others.
 * All: ERR_INVALID for a host that is none, ERR_NOMEM, ERR_INTERNAL. */
#ifndef GPUSLICE_CERTS_EXTENSION_H
#define GPUSLICE_CERTS_EXTENSION_H

#include "certs/issue.h"

#include <openssl/x509.h>

MUST_CHECK int extension_add_ca(X509 *cert, struct err *err);
MUST_CHECK int extension_add_leaf(X509 *cert, const struct cert_request *request, struct err *err);

/* Subject key identifier of `cert`, and CA key identifier where `issuer` is another certificate. */
MUST_CHECK int extension_add_key_ids(X509 *cert, X509 *issuer, struct err *err);

#endif
