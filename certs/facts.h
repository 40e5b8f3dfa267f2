/* Reads what log lines, metrics and `certs show` report about a certificate, and what a bundle contains. */
#pragma once

#include "base/strlist.h"

#include <time.h>

struct x509_st; /* OpenSSL's X509 */

enum { CERT_SUBJECT_SIZE = 256, CERT_FINGERPRINT_SIZE = 65, CERT_TIME_SIZE = 32 };

struct cert_facts {
    char subject[CERT_SUBJECT_SIZE], issuer[CERT_SUBJECT_SIZE]; /* RFC 2253, truncated if longer */
    char fingerprint[CERT_FINGERPRINT_SIZE];                    /* SHA-256 of the certificate, hex */
    time_t not_before, not_after;
    bool is_ca;
};

/* Sets *ret_facts to the facts of a certificate. Errors: ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int cert_facts_read(struct x509_st *cert, struct cert_facts *ret_facts, struct err *err);

/* Sets *ret_list to the facts of all certificates of a PEM text, in order; at least one. The caller frees the array.
 * `what` names the text in errors. Errors: ERR_INVALID, ERR_LIMIT (over INT_MAX bytes), ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int cert_facts_list(const char *pem, const char *what, struct cert_facts **ret_list, size_t *ret_count,
                               struct err *err);

/* Sets *ret_hosts to the DNS names and IP addresses in the first certificate of a PEM text. Errors: as above. */
MUST_CHECK int cert_hosts(const char *pem, const char *what, struct strlist *ret_hosts, struct err *err);

/* cert_bundle_has() is true if the bundle contains the first certificate of `pem`; cert_bundle_same() is true if two
 * bundles contain the same certificates, in any order and layout. Both are false if a text contains no
 * certificate or one that cannot be read, or if memory runs out. */
bool cert_bundle_has(const char *bundle, const char *pem);
bool cert_bundle_same(const char *bundle, const char *other);

/* Convert a time to and from a text such as 2026-11-23T12:52:12Z. Errors: ERR_INVALID. */
void cert_time_text(time_t time, char text[CERT_TIME_SIZE]);
MUST_CHECK int cert_time_parse(const char *text, time_t *ret_time, struct err *err);
