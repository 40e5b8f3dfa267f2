/* Loads a pair and says whether it can be served, before anything is swapped.
 *
 * A pair that fails here never replaces one that works: keep the old one and report the error. */
#ifndef GPUSLICE_CERTS_LOAD_H
#define GPUSLICE_CERTS_LOAD_H

#include "certs/facts.h"
#include "certs/pem.h"

/* Reads the files (each at most 1 MiB) without looking at what they say; `ca_path` may be NULL.
 * Errors: ERR_NOT_FOUND, ERR_IO, ERR_LIMIT, ERR_NOMEM; the text begins with the path. */
MUST_CHECK int cert_load(const char *cert_path, const char *key_path, const char *ca_path, struct cert_pem *ret_pem,
                         struct err *err);

/* The key is the certificate's, `now` (0: the system's clock) lies in its lifetime, it is a server's, it names `host`
 * (a DNS name or an IP address; NULL: not checked), and it chains to pem->ca where that is set. Errors: ERR_INVALID
 * with what was found, ERR_NOMEM. */
MUST_CHECK int cert_check(const struct cert_pem *pem, const char *host, time_t now, struct cert_facts *ret_facts,
                          struct err *err);

#endif
