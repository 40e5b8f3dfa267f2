/* Reads and checks key pairs. Does not depend on who serves them. */
#include "certs/load.h"

#include "base/file.h"
#include "base/units.h"
#include "certs/ssl.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

enum { FILE_MAX_BYTES = MIB };

DEFINE_AUTO(x509_store, X509_STORE *, X509_STORE_free);
DEFINE_AUTO(x509_store_ctx, X509_STORE_CTX *, X509_STORE_CTX_free);

static int read_text(const char *path, char **ret_text, struct err *err)
{
    AUTO(buf) text;
    buf_init_secret(&text, FILE_MAX_BYTES); /* it may be a key */
    if (file_read(path, &text, err) < 0)
        return -1;
    char *taken = buf_take(&text);
    if (!taken)
        return err_nomem(err);
    *ret_text = taken;
    return 0;
}

int cert_load(const char *cert_path, const char *key_path, const char *ca_path, struct cert_pem *ret_pem,
              struct err *err)
{
    AUTO(cert_pem) pem = {0};
    if (read_text(cert_path, &pem.cert, err) < 0 || read_text(key_path, &pem.key, err) < 0)
        return -1;
    if (ca_path && read_text(ca_path, &pem.ca, err) < 0)
        return -1;
    *ret_pem = TAKE(pem);
    return 0;
}

static int check_dates(const struct cert_facts *facts, time_t now, struct err *err)
{
    char limit[CERT_TIME_SIZE];
    char today[CERT_TIME_SIZE];
    bool early = now < facts->not_before;
    if (!early && now <= facts->not_after)
        return 0;
    cert_time_text(now, today);
    cert_time_text(early ? facts->not_before : facts->not_after, limit);
    return err_set(err, ERR_INVALID, "certificate %s: %s %s, now is %s", facts->subject,
                   early ? "valid from" : "expired at", limit, today);
}

static int check_host(X509 *cert, const char *host, const struct cert_facts *facts, struct err *err)
{
    /* The common name does not count, because Go, and so the API server, ignores it. */
    if (X509_check_ip_asc(cert, host, 0) == 1 ||
        X509_check_host(cert, host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) == 1)
        return 0;
    ERR_clear_error();
    return err_set(err, ERR_INVALID, "certificate %s: is not for \"%s\" (not among its subject alternative names)",
                   facts->subject, host);
}

static int trust_all(X509_STORE *store, STACK_OF(X509) * cas, struct err *err)
{
    for (int i = 0; i < sk_X509_num(cas); i++) {
        if (X509_STORE_add_cert(store, sk_X509_value(cas, i)) != 1)
            return ssl_err(err, ERR_INTERNAL, "trusting the CA");
    }
    return 0;
}

static int check_chain(STACK_OF(X509) * certs, const char *ca_pem, time_t now, const struct cert_facts *facts,
                       struct err *err)
{
    AUTO(x509_stack) cas = NULL;
    if (ssl_read_certs(ca_pem, "CA", &cas, err) < 0)
        return -1;

    AUTO(x509_store) store = X509_STORE_new();
    AUTO(x509_store_ctx) context = X509_STORE_CTX_new();
    if (!store || !context)
        return err_nomem(err);
    if (trust_all(store, cas, err) < 0)
        return -1;

    if (X509_STORE_CTX_init(context, store, sk_X509_value(certs, 0), certs) != 1)
        return ssl_err(err, ERR_INTERNAL, "preparing to verify");

    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), now);
    if (X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_SERVER) != 1)
        return ssl_err(err, ERR_INTERNAL, "preparing to verify");
    if (X509_verify_cert(context) == 1)
        return 0;

    ERR_clear_error();
    return err_set(err, ERR_INVALID, "certificate %s: %s (verified against the given CA)", facts->subject,
                   X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
}

static int check_pair(X509 *cert, EVP_PKEY *key, const struct cert_facts *facts, struct err *err)
{
    ERR_clear_error();
    if (X509_check_private_key(cert, key) != 1) {
        ERR_clear_error();
        return err_set(err, ERR_INVALID, "certificate %s: the private key belongs to another certificate",
                       facts->subject);
    }
    if (X509_check_purpose(cert, X509_PURPOSE_SSL_SERVER, 0) != 1)
        return err_set(err, ERR_INVALID, "certificate %s: is not a server's (extended key usage serverAuth)",
                       facts->subject);
    return 0;
}

static int check_pair_and_chain(const struct cert_pem *pem, const char *host, time_t now, struct cert_facts *ret_facts,
                                struct err *err)
{
    AUTO(x509_stack) certs = NULL;
    AUTO(evp_pkey) key = NULL;
    if (ssl_read_certs(pem->cert, "certificate", &certs, err) < 0)
        return -1;
    if (ssl_read_key(pem->key, "key", &key, err) < 0)
        return -1;

    X509 *leaf = sk_X509_value(certs, 0);
    struct cert_facts facts;
    time_t at = now ? now : time(NULL);
    if (cert_facts_read(leaf, &facts, err) < 0 || check_pair(leaf, key, &facts, err) < 0 ||
        check_dates(&facts, at, err) < 0)
        return -1;

    if (host && check_host(leaf, host, &facts, err) < 0)
        return -1;
    if (pem->ca && check_chain(certs, pem->ca, at, &facts, err) < 0)
        return -1;

    *ret_facts = facts;
    return 0;
}

int cert_check(const struct cert_pem *pem, const char *host, time_t now, struct cert_facts *ret_facts, struct err *err)
{
    struct cert_facts facts;
    err_memory_begin();
    if (err_memory_end(check_pair_and_chain(pem, host, now, &facts, err), err) < 0)
        return -1;
    *ret_facts = facts;
    return 0;
}
