/* Who we are, for one request: what an access's texts, files and program say just now. Thread-safe. */
#ifndef GPUSLICE_KUBE_CREDENTIAL_H
#define GPUSLICE_KUBE_CREDENTIAL_H

#include "kube/access.h"

#include <stdint.h>

/* PEM texts and a bearer token; NULL where there is none. */
struct credential {
    char *ca, *cert, *key, *token;
};

void credential_fini(struct credential *credential);
bool credential_same(const struct credential *a, const struct credential *b);

struct credentials;

/* `access` must outlive it. Errors: ERR_NOMEM. */
MUST_CHECK int credentials_new(const struct access *access, struct credentials **ret_credentials, struct err *err);
void credentials_free(struct credentials *credentials);

/* Reads the files again. A program is run where it was not yet, and shortly before what it printed expires; at most
 * until `deadline_ns`. Errors: ERR_NOT_FOUND, ERR_IO, ERR_UNAVAILABLE (the program), ERR_INVALID (a token that cannot
 * stand in a header), ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int credentials_get(struct credentials *credentials, int64_t deadline_ns, struct credential *ret_credential,
                               struct err *err);

/* The server said 401 to `refused`: what a program printed is not used again. */
void credentials_refused(struct credentials *credentials, const struct credential *refused);

DEFINE_AUTO_FINI(credential, struct credential, credential_fini);
DEFINE_AUTO(credentials, struct credentials *, credentials_free);

#endif
