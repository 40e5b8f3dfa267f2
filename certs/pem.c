/* Frees and wipes PEM texts. Does not depend on the content of the certificates. */
#include "certs/pem.h"

#include "base/text.h"

void cert_pem_fini(struct cert_pem *pem)
{
    free(pem->cert);
    text_free_secret(pem->key);
    free(pem->ca);
    *pem = (struct cert_pem){0};
}
