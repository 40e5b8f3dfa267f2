/* Issues certificates: a CA, and leaves signed by it. ECDSA P-256, SHA-256, X.509 v3, RFC 5280 strict.
 *
 *   struct cert_request ca = {.name = "gpuslice", .lifetime = 10 * 365 * S_PER_DAY};
 *   struct cert_request leaf = {.name = "gpuslice", .hosts = hosts, .host_count = 2, .lifetime = 90 * S_PER_DAY};
 *   AUTO(cert_pem) issued = {0};
 *   AUTO(cert_pem) pair = {0};
 *   if (cert_issue_ca(&ca, &issued, err) < 0 || cert_issue_leaf(&issued, &leaf, &pair, err) < 0) ...
 *   cert_save(&pair, "/run/gpuslice", err);
 *
 * The caller is responsible for rotation: a leaf is renewed with the same CA; a new CA is added to the caBundle
 * alongside the old one before its first leaf is served, and the old one is removed after its last leaf has expired. */
#pragma once

#include "certs/pem.h"

#include <stdint.h>
#include <time.h>

enum cert_usage { CERT_SERVER, CERT_CLIENT };

/* Certificates are valid from this many seconds before `now`, because clients' clocks may be behind. */
enum { CERT_SKEW_SECONDS = 300 };

struct cert_request {
    const char *name;         /* common name: for a leaf 1 to 64 bytes (RFC 5280), for a CA 1 to 55 */
    const char *const *hosts; /* DNS names and IP addresses of the subject; leaves of servers need at least one */
    size_t host_count;
    int64_t lifetime;      /* seconds from `now`; at least 1, at most 36500 days */
    enum cert_usage usage; /* leaves only */
    time_t now;            /* 0: the system's clock */
};

/* Issues a CA that signs leaves only (path length 0). Its common name is "<name> <first 8 hex digits of its serial
 * number>", so that each generation has its own name. ret_ca->ca is a copy of its certificate. Errors: ERR_INVALID,
 * ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int cert_issue_ca(const struct cert_request *request, struct cert_pem *ret_ca, struct err *err);

/* Issues a leaf signed by the certificate and key in `ca`; ret_leaf->ca is a copy of the CA's certificate. Errors:
 * ERR_INVALID (an invalid request, a host that is neither a DNS name nor an IP address, a certificate that is not a
 * CA's or not valid yet, a key that does not belong to it, a leaf that would outlive its CA), ERR_LIMIT, ERR_NOMEM,
 * ERR_INTERNAL. */
MUST_CHECK int cert_issue_leaf(const struct cert_pem *ca, const struct cert_request *request, struct cert_pem *ret_leaf,
                               struct err *err);

/* Writes ca.crt (mode 0644), tls.key (0600) and tls.crt (0644) into an existing directory, each atomically; skips texts
 * that are NULL. tls.crt comes last, so that a reader that reloads on it finds its key. Errors: ERR_NOT_FOUND, ERR_IO,
 * ERR_NOMEM. */
MUST_CHECK int cert_save(const struct cert_pem *pem, const char *directory, struct err *err);
