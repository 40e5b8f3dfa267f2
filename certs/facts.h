/* What log lines, metrics and `certs show` say of a certificate; and what is in a bundle of several. */
#ifndef GPUSLICE_CERTS_FACTS_H
#define GPUSLICE_CERTS_FACTS_H

#include "base/strlist.h"

#include <time.h>

struct x509_st; /* OpenSSL's X509 */

enum { CERT_SUBJECT_SIZE = 256, CERT_FINGERPRINT_SIZE = 65, CERT_TIME_SIZE = 32 };

struct cert_facts {
    char subject[CERT_SUBJECT_SIZE], issuer[CERT_SUBJECT_SIZE]; /* RFC 2253, cut where they are longer */
    char fingerprint[CERT_FINGERPRINT_SIZE];                    /* SHA-256 of the certificate, hex */
    time_t not_before, not_after;
    bool is_ca;
};

/* Errors: ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int cert_facts_read(struct x509_st *cert, struct cert_facts *ret_facts, struct err *err);

/* Of all certificates of a PEM text, in its order; at least one. The caller frees the array. `what` names the text in
 * errors. Errors: ERR_INVALID, ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int cert_facts_list(const char *pem, const char *what, struct cert_facts **ret_list, size_t *ret_count,
                               struct err *err);

/* The DNS names and IP addresses that the first certificate is for. Errors: ERR_INVALID, ERR_NOMEM. */
MUST_CHECK int cert_hosts(const char *pem, const char *what, struct strlist *ret_hosts, struct err *err);

/* Does the bundle hold the first certificate of `pem`? Is it the same set as another, in whatever order and layout?
 * False for what is no PEM text of certificates. */
bool cert_bundle_has(const char *bundle, const char *pem);
bool cert_bundle_same(const char *bundle, const char *other);

/* 2026-11-23T12:52:12Z, and back. Errors: ERR_INVALID. */
void cert_time_text(time_t time, char text[CERT_TIME_SIZE]);
MUST_CHECK int cert_time_parse(const char *text, time_t *ret_time, struct err *err);

#endif
