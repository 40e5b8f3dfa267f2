/* Issues certificates in memory. Does not depend on Secrets, servers or renewal times. */
#include "certs/issue.h"

#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "certs/extension.h"
#include "certs/ssl.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

enum { SERIAL_BITS = 159, NAME_MAX_BYTES = 64, SERIAL_DIGITS = 8 };

DEFINE_AUTO(bignum, BIGNUM *, BN_free);
DEFINE_AUTO(asn1_time, ASN1_TIME *, ASN1_TIME_free);

/* The certificate and key that sign. */
struct signer {
    X509 *cert;
    EVP_PKEY *key;
};

static int check_request(const struct cert_request *request, size_t name_max, struct err *err)
{
    size_t length = request->name ? strlen(request->name) : 0;
    if (length == 0 || length > name_max)
        return err_set(err, ERR_INVALID, "the certificate's name has %zu bytes; expected 1 to %zu", length, name_max);
    if (request->lifetime < 1)
        return err_set(err, ERR_INVALID, "a lifetime of %lld seconds; expected at least 1",
                       (long long)request->lifetime);
    return 0;
}

static time_t request_now(const struct cert_request *request)
{
    return request->now ? request->now : time(NULL);
}

/* Sets a random serial number of 159 bits, which is positive and has 20 bytes, as many as RFC 5280 allows. Sets
 * ret_digits to its first hex digits. */
static int set_serial(X509 *cert, char ret_digits[SERIAL_DIGITS + 1], struct err *err)
{
    AUTO(bignum) number = BN_new();
    if (!number || BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1 ||
        !BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)))
        return ssl_err(err, ERR_INTERNAL, "making a serial number");
    char *hex = BN_bn2hex(number);
    if (!hex)
        return err_nomem(err);
    (void)snprintf(ret_digits, SERIAL_DIGITS + 1, "%s", hex);
    OPENSSL_free(hex);
    return 0;
}

static int set_lifetime(X509 *cert, const struct cert_request *request, struct err *err)
{
    time_t now = request_now(request);
    int days = (int)(request->lifetime / S_PER_DAY);
    long rest = (long)(request->lifetime % S_PER_DAY);
    if (request->lifetime / S_PER_DAY > 36500)
        return err_set(err, ERR_INVALID, "a lifetime of more than 36500 days");
    if (!X509_time_adj_ex(X509_getm_notBefore(cert), 0, -(long)CERT_SKEW_SECONDS, &now) ||
        !X509_time_adj_ex(X509_getm_notAfter(cert), days, rest, &now))
        return ssl_err(err, ERR_INTERNAL, "setting the lifetime");
    return 0;
}

static int set_names(X509 *cert, const char *common_name, X509 *issuer, struct err *err)
{
    X509_NAME *subject = X509_get_subject_name(cert);
    if (X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1,
                                   0) != 1)
        return ssl_err(err, ERR_INVALID, "the name \"%s\"", common_name);
    if (X509_set_issuer_name(cert, issuer == cert ? subject : X509_get_subject_name(issuer)) != 1)
        return err_nomem(err);
    return 0;
}

/* Fills in what CAs and leaves have in common, except extensions and signature. */
static int fill_certificate(X509 *cert, EVP_PKEY *key, X509 *issuer, const struct cert_request *request,
                            struct err *err)
{
    char digits[SERIAL_DIGITS + 1];
    char name[NAME_MAX_BYTES + 1];
    if (X509_set_version(cert, X509_VERSION_3) != 1)
        return err_nomem(err);
    if (set_serial(cert, digits, err) < 0 || set_lifetime(cert, request, err) < 0)
        return -1;

    if (issuer == cert)
        (void)snprintf(name, sizeof(name), "%.*s %s", NAME_MAX_BYTES - SERIAL_DIGITS - 1, request->name, digits);
    else
        (void)snprintf(name, sizeof(name), "%s", request->name);

    if (set_names(cert, name, issuer, err) < 0)
        return -1;
    return X509_set_pubkey(cert, key) == 1 ? 0 : ssl_err(err, ERR_INTERNAL, "setting the public key");
}

static int write_pem(X509 *cert, EVP_PKEY *key, X509 *ca, struct cert_pem *ret_pem, struct err *err)
{
    AUTO(cert_pem) pem = {0};
    if (ssl_write_cert(cert, &pem.cert, err) < 0 || ssl_write_key(key, &pem.key, err) < 0 ||
        ssl_write_cert(ca, &pem.ca, err) < 0)
        return -1;
    *ret_pem = TAKE(pem);
    return 0;
}

/* Issues a leaf, or a self-signed CA if `signer` is NULL. */
static int issue(const struct signer *signer, const struct cert_request *request, struct cert_pem *ret_pem,
                 struct err *err)
{
    ERR_clear_error();
    err_memory_begin();
    AUTO(evp_pkey) key = EVP_EC_gen("P-256");
    AUTO(x509) cert = X509_new();
    if (!key || !cert)
        return ssl_err(err, ERR_INTERNAL, "making a P-256 key");

    X509 *issuer = signer ? signer->cert : cert;
    if (fill_certificate(cert, key, issuer, request, err) < 0)
        return -1;
    if ((signer ? extension_add_leaf(cert, request, err) : extension_add_ca(cert, err)) < 0)
        return -1;
    if (extension_add_key_ids(cert, issuer, err) < 0)
        return -1;

    if (X509_sign(cert, signer ? signer->key : key, EVP_sha256()) == 0)
        return ssl_err(err, ERR_INTERNAL, "signing the certificate");
    if (err_memory_ran_out())
        return err_nomem(err);
    return write_pem(cert, key, issuer, ret_pem, err);
}

int cert_issue_ca(const struct cert_request *request, struct cert_pem *ret_ca, struct err *err)
{
    if (check_request(request, NAME_MAX_BYTES - SERIAL_DIGITS - 1, err) < 0)
        return -1;
    return issue(NULL, request, ret_ca, err);
}

static int check_ca(X509 *ca, EVP_PKEY *key, const struct cert_request *request, struct err *err)
{
    time_t now = request_now(request);
    ERR_clear_error();
    if (X509_check_ca(ca) < 1)
        return err_set(err, ERR_INVALID, "the issuing certificate is not a CA certificate (basicConstraints)");
    if (X509_check_private_key(ca, key) != 1)
        return ssl_err(err, ERR_INVALID, "the issuing key is not the key of the issuing certificate");

    int past_days = 0;
    int past_seconds = 0;
    if (X509_cmp_time(X509_get0_notBefore(ca), &now) > 0)
        return err_set(err, ERR_INVALID, "the issuing CA is not valid yet");

    AUTO(asn1_time)
    end = X509_time_adj_ex(NULL, (int)(request->lifetime / S_PER_DAY), (long)(request->lifetime % S_PER_DAY), &now);
    if (!end || ASN1_TIME_diff(&past_days, &past_seconds, X509_get0_notAfter(ca), end) != 1)
        return err_nomem(err);
    if (past_days > 0 || past_seconds > 0)
        return err_set(err, ERR_INVALID, "the certificate would outlive its CA by %d days and %d seconds", past_days,
                       past_seconds);
    return 0;
}

int cert_issue_leaf(const struct cert_pem *ca, const struct cert_request *request, struct cert_pem *ret_leaf,
                    struct err *err)
{
    if (check_request(request, NAME_MAX_BYTES, err) < 0)
        return -1;
    if (request->usage == CERT_SERVER && request->host_count == 0)
        return err_set(err, ERR_INVALID, "a server's certificate needs at least one DNS name or IP address");
    if (!ca->key)
        return err_set(err, ERR_INVALID, "the issuing CA's key is missing");

    AUTO(x509_stack) certs = NULL;
    AUTO(evp_pkey) key = NULL;
    if (ssl_read_certs(ca->cert, "issuing certificate", &certs, err) < 0 ||
        ssl_read_key(ca->key, "issuing key", &key, err) < 0)
        return -1;

    struct signer signer = {sk_X509_value(certs, 0), key};
    if (check_ca(signer.cert, key, request, err) < 0)
        return err_memory_end(-1, err);
    return issue(&signer, request, ret_leaf, err);
}

static int save(const char *directory, const char *name, const char *text, mode_t mode, struct err *err)
{
    AUTO(string) path = text_asprintf("%s/%s", directory, name);
    if (!path)
        return err_nomem(err);
    return file_write(path, text, strlen(text), mode, err);
}

int cert_save(const struct cert_pem *pem, const char *directory, struct err *err)
{
    const struct {
        const char *name, *text;
        mode_t mode;
    } files[] = {{"ca.crt", pem->ca, 0644}, {"tls.key", pem->key, 0600}, {"tls.crt", pem->cert, 0644}};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        if (files[i].text && save(directory, files[i].name, files[i].text, files[i].mode, err) < 0)
            return -1;
    }
    return 0;
}
