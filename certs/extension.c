/* Adds the X.509 extensions that a CA and a leaf need. Does not depend on keys or lifetimes. */
#include "certs/extension.h"

#include "certs/ssl.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <string.h>

/* Bits of KeyUsage, RFC 5280 section 4.2.1.3. Leaves with ECDSA keys only sign, so they have no keyEncipherment. */
enum { USAGE_SIGN = 0, USAGE_CERT_SIGN = 5, USAGE_CRL_SIGN = 6 };
enum { DNS_NAME_MAX = 253, DNS_LABEL_MAX = 63 };

DEFINE_AUTO(basic_constraints, BASIC_CONSTRAINTS *, BASIC_CONSTRAINTS_free);
DEFINE_AUTO(bit_string, ASN1_BIT_STRING *, ASN1_BIT_STRING_free);
DEFINE_AUTO(octet_string, ASN1_OCTET_STRING *, ASN1_OCTET_STRING_free);
DEFINE_AUTO(asn1_string, ASN1_STRING *, ASN1_STRING_free);
DEFINE_AUTO(general_name, GENERAL_NAME *, GENERAL_NAME_free);
DEFINE_AUTO(general_names, GENERAL_NAMES *, GENERAL_NAMES_free);
DEFINE_AUTO(key_purposes, EXTENDED_KEY_USAGE *, EXTENDED_KEY_USAGE_free);
DEFINE_AUTO(authority_key_id, AUTHORITY_KEYID *, AUTHORITY_KEYID_free);

static int add_extension(X509 *cert, int nid, void *value, bool critical, struct err *err)
{
    ERR_clear_error();
    if (X509_add1_ext_i2d(cert, nid, value, critical, X509V3_ADD_DEFAULT) != 1)
        return ssl_err(err, ERR_INTERNAL, "adding the extension %s", OBJ_nid2sn(nid));
    return 0;
}

static int add_basic_constraints(X509 *cert, bool is_ca, struct err *err)
{
    AUTO(basic_constraints) constraints = BASIC_CONSTRAINTS_new();
    if (!constraints)
        return err_nomem(err);
    if (is_ca) {
        constraints->ca =
            0xff; /* OpenSSL writes it unchanged; DER allows only this value for TRUE (X.690 11.1), Go rejects 1 */
        constraints->pathlen = ASN1_INTEGER_new();
        if (!constraints->pathlen || ASN1_INTEGER_set(constraints->pathlen, 0) != 1)
            return err_nomem(err);
    }
    return add_extension(cert, NID_basic_constraints, constraints, true, err);
}

static int add_key_usage(X509 *cert, const int bits[], size_t count, struct err *err)
{
    AUTO(bit_string) usage = ASN1_BIT_STRING_new();
    if (!usage)
        return err_nomem(err);
    for (size_t i = 0; i < count; i++) {
        if (ASN1_BIT_STRING_set_bit(usage, bits[i], 1) != 1)
            return err_nomem(err);
    }
    return add_extension(cert, NID_key_usage, usage, true, err);
}

static int add_extended_usage(X509 *cert, enum cert_usage usage, struct err *err)
{
    static const int purposes[] = {[CERT_SERVER] = NID_server_auth, [CERT_CLIENT] = NID_client_auth};
    AUTO(key_purposes) list = EXTENDED_KEY_USAGE_new();
    if (!list || sk_ASN1_OBJECT_push(list, OBJ_nid2obj(purposes[usage])) <= 0) /* a static object: nothing to free */
        return err_nomem(err);
    return add_extension(cert, NID_ext_key_usage, list, false, err);
}

/* True for at most 253 bytes of dot-separated labels, each of 1 to 63 letters, digits and inner hyphens (RFC 1123
 * section 2.1). Wildcards are not needed here. */
static bool is_dns_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > DNS_NAME_MAX)
        return false;

    size_t label = 0;
    for (const char *c = name; *c; c++) {
        bool letter_or_digit = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');
        bool label_ends = c[1] == '.' || c[1] == '\0';
        if (*c == '.' ? label == 0 : !letter_or_digit && (*c != '-' || label == 0 || label_ends))
            return false;
        label = *c == '.' ? 0 : label + 1;
        if (label > DNS_LABEL_MAX)
            return false;
    }

    return label > 0;
}

/* Returns the host as the value of a general name: the bytes of an IP address, or the text of any other host. NULL if
 * out of memory. */
static ASN1_STRING *host_value(const char *host, int *ret_type)
{
    unsigned char address[sizeof(struct in6_addr)];
    int address_length = inet_pton(AF_INET, host, address) == 1    ? (int)sizeof(struct in_addr)
                         : inet_pton(AF_INET6, host, address) == 1 ? (int)sizeof(struct in6_addr)
                                                                   : 0;
    AUTO(asn1_string) value = ASN1_STRING_type_new(address_length ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING);
    const void *bytes = address_length ? (const void *)address : host;
    if (!value || ASN1_STRING_set(value, bytes, address_length ? address_length : -1) != 1)
        return NULL;
    *ret_type = address_length ? GEN_IPADD : GEN_DNS;
    return TAKE(value);
}

static int push_host(GENERAL_NAMES *names, const char *host, struct err *err)
{
    int type = 0;
    AUTO(asn1_string) value = host_value(host, &type);
    AUTO(general_name) name = GENERAL_NAME_new();
    if (!value || !name)
        return err_nomem(err);

    if (type == GEN_DNS && !is_dns_name(host))
        return err_set(err, ERR_INVALID, "\"%s\" is neither a DNS name nor an IP address; expected e.g. svc.ns.svc",
                       host);

    GENERAL_NAME_set0_value(name, type, TAKE(value));
    if (sk_GENERAL_NAME_push(names, name) <= 0)
        return err_nomem(err);

    (void)TAKE(name); /* push took ownership */
    return 0;
}

static int add_hosts(X509 *cert, const struct cert_request *request, struct err *err)
{
    AUTO(general_names) names = GENERAL_NAMES_new();
    if (!names)
        return err_nomem(err);
    for (size_t i = 0; i < request->host_count; i++) {
        if (push_host(names, request->hosts[i], err) < 0)
            return -1;
    }
    return add_extension(cert, NID_subject_alt_name, names, false, err);
}

int extension_add_ca(X509 *cert, struct err *err)
{
    static const int bits[] = {USAGE_CERT_SIGN, USAGE_CRL_SIGN};
    if (add_basic_constraints(cert, true, err) < 0)
        return -1;
    return add_key_usage(cert, bits, ARRAY_SIZE(bits), err);
}

int extension_add_leaf(X509 *cert, const struct cert_request *request, struct err *err)
{
    static const int bits[] = {USAGE_SIGN};
    if (add_basic_constraints(cert, false, err) < 0 || add_key_usage(cert, bits, ARRAY_SIZE(bits), err) < 0)
        return -1;
    if (add_extended_usage(cert, request->usage, err) < 0)
        return -1;
    return request->host_count > 0 ? add_hosts(cert, request, err) : 0;
}

/* Returns the SHA-1 of the public key's bits (RFC 5280 section 4.2.1.2, method 1). NULL if out of memory.
 * X509_get0_subject_key_id() cannot be used on a certificate that is not signed yet: it caches an incomplete state, and
 * signing fails later. */
static ASN1_OCTET_STRING *key_id(X509 *cert)
{
    const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(cert);
    AUTO(octet_string) id = ASN1_OCTET_STRING_new();
    unsigned char digest[SHA_DIGEST_LENGTH];
    if (!bits || !id || EVP_Digest(bits->data, (size_t)bits->length, digest, NULL, EVP_sha1(), NULL) != 1)
        return NULL;
    return ASN1_OCTET_STRING_set(id, digest, sizeof(digest)) == 1 ? TAKE(id) : NULL;
}

static int add_ca_id(X509 *cert, X509 *issuer, struct err *err)
{
    AUTO(authority_key_id) authority = AUTHORITY_KEYID_new();
    if (!authority)
        return err_nomem(err);
    const ASN1_OCTET_STRING *given = X509_get0_subject_key_id(issuer); /* the CA may have computed it differently */
    authority->keyid = given ? ASN1_OCTET_STRING_dup(given) : key_id(issuer);
    if (!authority->keyid)
        return err_nomem(err);
    return add_extension(cert, NID_authority_key_identifier, authority, false, err);
}

int extension_add_key_ids(X509 *cert, X509 *issuer, struct err *err)
{
    AUTO(octet_string) own = key_id(cert);
    if (!own)
        return err_nomem(err);
    if (add_extension(cert, NID_subject_key_identifier, own, false, err) < 0)
        return -1;
    return issuer == cert ? 0 : add_ca_id(cert, issuer, err);
}
