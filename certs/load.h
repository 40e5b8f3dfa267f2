/* Loads a key pair and checks that it can be served.
 *
 * A pair that fails here must not replace one that works: keep the old one and report the error. */
#pragma once

#include "certs/facts.h"
#include "certs/pem.h"

/* Reads the files (each at most 1 MiB) without checking their content; `ca_path` may be NULL. Errors: ERR_NOT_FOUND,
 * ERR_IO, ERR_LIMIT, ERR_NOMEM; the text begins with the path. */
MUST_CHECK int cert_load(const char *cert_path, const char *key_path, const char *ca_path, struct cert_pem *ret_pem,
                         struct err *err);

/* Checks that the key belongs to the certificate, that the certificate is valid at `now` (0: the system's clock), is
 * for servers, names `host` (a DNS name or an IP address; NULL: not checked), and chains to pem->ca if that is set.
 * Errors: ERR_INVALID (the text says what is wrong), ERR_LIMIT, ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int cert_check(const struct cert_pem *pem, const char *host, time_t now, struct cert_facts *ret_facts,
                          struct err *err);
