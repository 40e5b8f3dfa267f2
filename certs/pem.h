/* A certificate, its private key and the authority to trust, as PEM texts in memory.
 *
 * This is the form in which pairs travel: into a Secret, into files, to the server. The key's bytes are wiped when
 * they are freed. */
#ifndef GPUSLICE_CERTS_PEM_H
#define GPUSLICE_CERTS_PEM_H

#include "base/err.h"

struct cert_pem {
    char *cert; /* the certificate, then intermediates if there are any */
    char *key;  /* its private key, PKCS #8; NULL where only trust is meant */
    char *ca;   /* what a client must trust to accept `cert` (a webhook's caBundle); NULL when not known */
};

/* Wipes the key and frees all three; the struct can be used again. */
void cert_pem_fini(struct cert_pem *pem);

DEFINE_AUTO_FINI(cert_pem, struct cert_pem, cert_pem_fini);

#endif
