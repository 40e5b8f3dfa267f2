/* Our credentials for one request: the current content of an access's texts and files and the output of its program.
 * Thread-safe. */
#pragma once

#include "kube/access.h"

#include <stdint.h>
#include <time.h>

/* PEM texts and a bearer token; NULL if there is none. */
struct credential {
    char *ca, *cert, *key, *token;
    time_t expires; /* as printed by the program; 0: not given */
};

void credential_fini(struct credential *credential);
/* Compares all but the expiry. */
bool credential_same(const struct credential *a, const struct credential *b);

struct credentials;

/* `access` must outlive the credentials. Errors: ERR_NOMEM. */
MUST_CHECK int credentials_new(const struct access *access, struct credentials **ret_credentials, struct err *err);
void credentials_free(struct credentials *credentials);

/* Reads the files again. If the access has a program and no token, also runs the program, unless its last output is
 * still valid and was not refused. The program has time until `deadline_ns` (CLOCK_MONOTONIC; 0: none), at most a
 * minute. Errors: ERR_NOT_FOUND, ERR_IO, ERR_UNAVAILABLE (the program), ERR_INVALID (an empty file, a token with
 * characters that a header must not contain, the program's output), ERR_LIMIT, ERR_NOMEM. */
MUST_CHECK int credentials_get(struct credentials *credentials, int64_t deadline_ns, struct credential *ret_credential,
                               struct err *err);

/* Call it if the server answered 401 to `refused`, so that the program's output is not used again. */
void credentials_refused(struct credentials *credentials, const struct credential *refused);

DEFINE_AUTO_FINI(credential, struct credential, credential_fini);
DEFINE_AUTO(credentials, struct credentials *, credentials_free);
