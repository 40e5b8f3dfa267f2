/* The bridge to OpenSSL 3. Does not depend on the purpose of certificates. */
#include "certs/ssl.h"

#include "base/text.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <string.h>

int ssl_err(struct err *err, enum err_code code, const char *format, ...)
{
    unsigned long first = ERR_get_error();
    ERR_clear_error();
    if (err_memory_ran_out() || ERR_GET_REASON(first) == ERR_R_MALLOC_FAILURE)
        return err_nomem(err);
    char what[ERR_TEXT_SIZE / 2];
    va_list args;
    va_start(args, format);
    text_vprintf(what, sizeof(what), format, args);
    va_end(args);
    const char *reason = first ? ERR_reason_error_string(first) : NULL;
    return reason ? err_set(err, code, "%s: %s", what, reason) : err_set(err, code, "%s", what);
}

void ssl_free_certs(STACK_OF(X509) * certs)
{
    sk_X509_pop_free(certs, X509_free);
}

static int open_text(const char *pem, const char *what, BIO **ret_bio, struct err *err)
{
    size_t length = strlen(pem);
    if (length > INT_MAX)
        return err_set(err, ERR_LIMIT, "%s: longer than %d bytes", what, INT_MAX);
    ERR_clear_error();
    err_memory_begin();
    BIO *bio = BIO_new_mem_buf(pem, (int)length);
    if (!bio)
        return err_nomem(err);
    *ret_bio = bio;
    return 0;
}

/* PEM_read reports "no start line" both at the end of a valid text and for a text without any block. */
static bool at_end_of_blocks(void)
{
    unsigned long last = ERR_peek_last_error();
    return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

int ssl_read_certs(const char *pem, const char *what, STACK_OF(X509) * *ret_certs, struct err *err)
{
    AUTO(bio) bio = NULL;
    if (open_text(pem, what, &bio, err) < 0)
        return -1;

    AUTO(x509_stack) certs = sk_X509_new_null();
    if (!certs)
        return err_nomem(err);

    for (;;) {
        AUTO(x509) cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (!cert)
            break;
        if (sk_X509_push(certs, cert) <= 0)
            return err_nomem(err);
        (void)TAKE(cert); /* push took ownership */
    }

    if (!at_end_of_blocks())
        return ssl_err(err, ERR_INVALID, "%s: certificate %d cannot be read", what, sk_X509_num(certs) + 1);

    ERR_clear_error();
    if (err_memory_ran_out())
        return err_nomem(err);

    if (sk_X509_num(certs) == 0)
        return err_set(err, ERR_INVALID, "%s: no certificate found; expected a block \"-----BEGIN CERTIFICATE-----\"",
                       what);

    *ret_certs = TAKE(certs);
    return 0;
}

/* Without this callback OpenSSL would prompt for a passphrase on the terminal. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

int ssl_read_key(const char *pem, const char *what, EVP_PKEY **ret_key, struct err *err)
{
    AUTO(bio) bio = NULL;
    if (open_text(pem, what, &bio, err) < 0)
        return -1;

    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    if (!key && !err_memory_ran_out() && strstr(pem, "PRIVATE KEY-----") == NULL) {
        ERR_clear_error();
        return err_set(err, ERR_INVALID, "%s: no private key found; expected a block \"-----BEGIN PRIVATE KEY-----\"",
                       what);
    }

    if (!key)
        return ssl_err(err, ERR_INVALID,
                       "%s: the private key cannot be read (it must be whole and without a passphrase)", what);

    *ret_key = key;
    return 0;
}

static int take_text(BIO *bio, char **ret_pem, struct err *err)
{
    char *data = NULL;
    long length = BIO_get_mem_data(bio, &data);
    char *pem = length > 0 ? strndup(data, (size_t)length) : NULL;
    if (!pem)
        return err_nomem(err);
    *ret_pem = pem;
    return 0;
}

int ssl_write_cert(X509 *cert, char **ret_pem, struct err *err)
{
    ERR_clear_error();
    AUTO(bio) bio = BIO_new(BIO_s_mem());
    if (!bio || PEM_write_bio_X509(bio, cert) != 1)
        return ssl_err(err, ERR_INTERNAL, "writing a certificate as PEM");
    return take_text(bio, ret_pem, err);
}

/* A memory BIO wipes its content when it is freed (BUF_MEM_free, OpenSSL 3.0). */
int ssl_write_key(EVP_PKEY *key, char **ret_pem, struct err *err)
{
    ERR_clear_error();
    AUTO(bio) bio = BIO_new(BIO_s_mem());
    if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
        return ssl_err(err, ERR_INTERNAL, "writing a private key as PEM");
    return take_text(bio, ret_pem, err);
}
