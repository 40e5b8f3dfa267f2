/* Reads certificates. Does not check them. */
#include "certs/facts.h"

#include "certs/ssl.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

DEFINE_AUTO(general_names, GENERAL_NAMES *, GENERAL_NAMES_free);

static time_t to_time(const ASN1_TIME *time)
{
    struct tm parts;
    return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

static int name_text(const X509_NAME *name, char text[CERT_SUBJECT_SIZE], struct err *err)
{
    AUTO(bio) bio = BIO_new(BIO_s_mem());
    if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0)
        return err_nomem(err);
    int length = BIO_read(bio, text, CERT_SUBJECT_SIZE - 1);
    text[length > 0 ? length : 0] = '\0';
    return 0;
}

int cert_facts_read(X509 *cert, struct cert_facts *ret_facts, struct err *err)
{
    struct cert_facts facts = {.not_before = to_time(X509_get0_notBefore(cert)),
                               .not_after = to_time(X509_get0_notAfter(cert)),
                               .is_ca = X509_check_ca(cert) >= 1};
    if (name_text(X509_get_subject_name(cert), facts.subject, err) < 0 ||
        name_text(X509_get_issuer_name(cert), facts.issuer, err) < 0)
        return -1;

    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_length = 0;
    if (X509_digest(cert, EVP_sha256(), digest, &digest_length) != 1)
        return ssl_err(err, ERR_INTERNAL, "computing the fingerprint");

    for (unsigned i = 0; i < digest_length && 2 * i + 2 < sizeof(facts.fingerprint); i++)
        (void)snprintf(facts.fingerprint + (size_t)2 * i, 3, "%02x", digest[i]);

    if (err_memory_ran_out()) /* X509_check_ca() then returns 0 */
        return err_nomem(err);

    *ret_facts = facts;
    return 0;
}

int cert_facts_list(const char *pem, const char *what, struct cert_facts **ret_list, size_t *ret_count, struct err *err)
{
    AUTO(x509_stack) certs = NULL;
    if (ssl_read_certs(pem, what, &certs, err) < 0)
        return -1;

    int count = sk_X509_num(certs);
    struct cert_facts *list = calloc((size_t)count, sizeof(*list));
    if (!list)
        return err_nomem(err);

    for (int i = 0; i < count; i++) {
        if (cert_facts_read(sk_X509_value(certs, i), &list[i], err) < 0) {
            free(list);
            return -1;
        }
    }

    *ret_list = list;
    *ret_count = (size_t)count;
    return 0;
}

/* Adds a DNS name or an IP address. Skips names of other types, and DNS names that hide bytes after a NUL. */
static int add_host(const GENERAL_NAME *name, struct strlist *hosts, struct err *err)
{
    char address[INET6_ADDRSTRLEN] = "";
    int type = 0;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(name, &type);
    const unsigned char *bytes = ASN1_STRING_get0_data(value);
    int length = ASN1_STRING_length(value);
    if (type == GEN_DNS && length > 0 && strlen((const char *)bytes) == (size_t)length)
        return strlist_add(hosts, (const char *)bytes, err); /* OpenSSL terminates it with a NUL */
    if (type == GEN_IPADD && length == (int)sizeof(struct in_addr))
        (void)inet_ntop(AF_INET, bytes, address, sizeof(address));
    if (type == GEN_IPADD && length == (int)sizeof(struct in6_addr))
        (void)inet_ntop(AF_INET6, bytes, address, sizeof(address));
    return address[0] ? strlist_add(hosts, address, err) : 0;
}

int cert_hosts(const char *pem, const char *what, struct strlist *ret_hosts, struct err *err)
{
    AUTO(x509_stack) certs = NULL;
    AUTO(strlist) hosts = {0};
    if (ssl_read_certs(pem, what, &certs, err) < 0)
        return -1;

    AUTO(general_names) names = X509_get_ext_d2i(sk_X509_value(certs, 0), NID_subject_alt_name, NULL, NULL);
    if (err_memory_ran_out()) /* an existing extension then seems to be absent */
        return err_nomem(err);

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) { /* the number is -1 if there are none */
        if (add_host(sk_GENERAL_NAME_value(names, i), &hosts, err) < 0)
            return -1;
    }

    *ret_hosts = TAKE(hosts);
    return 0;
}

static bool has(STACK_OF(X509) * certs, const X509 *wanted)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        if (X509_cmp(sk_X509_value(certs, i), wanted) == 0)
            return true;
    }
    return false;
}

bool cert_bundle_has(const char *bundle, const char *pem)
{
    struct err err;
    AUTO(x509_stack) certs = NULL;
    AUTO(x509_stack) wanted = NULL;
    return ssl_read_certs(bundle, "bundle", &certs, &err) == 0 && ssl_read_certs(pem, "wanted", &wanted, &err) == 0 &&
           has(certs, sk_X509_value(wanted, 0));
}

static bool has_all(STACK_OF(X509) * certs, STACK_OF(X509) * wanted)
{
    for (int i = 0; i < sk_X509_num(wanted); i++) {
        if (!has(certs, sk_X509_value(wanted, i)))
            return false;
    }
    return true;
}

bool cert_bundle_same(const char *bundle, const char *other)
{
    struct err err;
    AUTO(x509_stack) a = NULL;
    AUTO(x509_stack) b = NULL;
    return ssl_read_certs(bundle, "bundle", &a, &err) == 0 && ssl_read_certs(other, "bundle", &b, &err) == 0 &&
           has_all(a, b) && has_all(b, a);
}

void cert_time_text(time_t time, char text[CERT_TIME_SIZE])
{
    struct tm parts;
    text[0] = '\0';
    if (gmtime_r(&time, &parts))
        (void)strftime(text, CERT_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

int cert_time_parse(const char *text, time_t *ret_time, struct err *err)
{
    struct tm parts = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (!end || *end)
        return err_set(err, ERR_INVALID, "\"%.40s\" is not a time; expected e.g. 2026-11-23T12:52:12Z", text);
    *ret_time = timegm(&parts);
    return 0;
}
