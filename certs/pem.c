/* Frees and wipes PEM texts. Does not depend on the content of the certificates. */
#include "certs/pem.h"

#include <openssl/crypto.h>
#include <string.h>

void cert_pem_fini(struct cert_pem *pem)
{
    if (pem->key)
        OPENSSL_cleanse(pem->key, strlen(pem->key));
    free(pem->cert);
    free(pem->key);
    free(pem->ca);
    *pem = (struct cert_pem){0};
}
