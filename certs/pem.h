/* A certificate, its private key and the CA to trust, as PEM texts in memory.
 *
 * The key is wiped when it is freed. */
#pragma once

#include "base/err.h"

struct cert_pem {
    char *cert; /* the certificate, then intermediates if there are any */
    char *key;  /* its private key, PKCS #8; NULL if there is only a CA to trust */
    char *ca;   /* what a client must trust to accept `cert` (a webhook's caBundle); NULL if unknown */
};

/* Wipes the key and frees all three; the struct can be reused. */
void cert_pem_fini(struct cert_pem *pem);

DEFINE_AUTO_FINI(cert_pem, struct cert_pem, cert_pem_fini);
