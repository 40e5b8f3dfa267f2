/* certs/: issued certificates satisfy RFC 5280 and a strict verifier, and bad ones are refused with the reason. */
#include "base/file.h"
#include "certs/issue.h"
#include "certs/load.h"
#include "certs/ssl.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test.h"

#include <stdint.h>

#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { DAY = 86400 };
/* 2026-11-23T12:52:12Z */
static const time_t now = 1795438332;

static const char *const hosts[] = {"gpuslice.gpuslice-system.svc", "gpuslice", "127.0.0.1", "2001:db8::1"};

static void make_ca(struct cert_pem *ret_ca)
{
    struct cert_request request = {.name = "gpuslice", .lifetime = 3650 * (int64_t)DAY, .now = now};
    struct err err = {0};
    if (cert_issue_ca(&request, ret_ca, &err) < 0)
        fail_msg("%s", err.text);
}

static void make_leaf(const struct cert_pem *ca, enum cert_usage usage, struct cert_pem *ret_leaf)
{
    struct cert_request request = {.name = "gpuslice",
                                   .hosts = hosts,
                                   .host_count = ARRAY_SIZE(hosts),
                                   .lifetime = 90 * DAY,
                                   .usage = usage,
                                   .now = now};
    struct err err = {0};
    if (cert_issue_leaf(ca, &request, ret_leaf, &err) < 0)
        fail_msg("%s", err.text);
}

static X509 *read_cert(const char *pem)
{
    AUTO(x509_stack) certs = NULL;
    struct err err = {0};
    if (ssl_read_certs(pem, "test", &certs, &err) < 0)
        fail_msg("%s", err.text);
    return sk_X509_shift(certs);
}

/* Verifies like `openssl verify -x509_strict -purpose P -attime T`. Returns X509_V_OK or X509_V_ERR_... */
static int strict_verify(const struct cert_pem *leaf, const char *ca_pem, int purpose, time_t at)
{
    AUTO(x509) cert = read_cert(leaf->cert);
    AUTO(x509) ca = read_cert(ca_pem);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    assert_true(X509_STORE_add_cert(store, ca) == 1);
    assert_true(X509_STORE_CTX_init(context, store, cert, NULL) == 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(param, at);
    assert_true(X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE) == 1);
    assert_true(X509_STORE_CTX_set_purpose(context, purpose) == 1);
    (void)X509_verify_cert(context);
    int result = X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return result;
}

TEST(issue_leaf__strict_verifier__accepts_for_its_purpose_only)
{
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) server = {0};
    AUTO(cert_pem) client = {0};
    make_ca(&ca);
    make_leaf(&ca, CERT_SERVER, &server);
    make_leaf(&ca, CERT_CLIENT, &client);
    assert_string_equal(server.ca, ca.cert);
    const struct {
        const char *name;
        const struct cert_pem *leaf;
        int purpose;
        time_t at;
        int expected;
    } cases[] = {
        {"server", &server, X509_PURPOSE_SSL_SERVER, now, X509_V_OK},
        {"client", &client, X509_PURPOSE_SSL_CLIENT, now, X509_V_OK},
        {"server as client", &server, X509_PURPOSE_SSL_CLIENT, now, X509_V_ERR_INVALID_PURPOSE},
        {"client as server", &client, X509_PURPOSE_SSL_SERVER, now, X509_V_ERR_INVALID_PURPOSE},
        {"a clock 5 minutes behind", &server, X509_PURPOSE_SSL_SERVER, now - 300, X509_V_OK},
        {"a clock 301 seconds behind", &server, X509_PURPOSE_SSL_SERVER, now - 301, X509_V_ERR_CERT_NOT_YET_VALID},
        {"its last second", &server, X509_PURPOSE_SSL_SERVER, now + 90 * DAY - 1, X509_V_OK},
        {"after its end", &server, X509_PURPOSE_SSL_SERVER, now + 90 * DAY + 1, X509_V_ERR_CERT_HAS_EXPIRED},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int result = strict_verify(cases[i].leaf, ca.cert, cases[i].purpose, cases[i].at);
        if (result != cases[i].expected)
            fail_msg("%s: %s", cases[i].name, X509_verify_cert_error_string(result));
    }
}

TEST(issue_leaf__another_ca__does_not_verify_it)
{
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) other = {0};
    AUTO(cert_pem) leaf = {0};
    make_ca(&ca);
    make_ca(&other);
    make_leaf(&ca, CERT_SERVER, &leaf);
    assert_int_equal(strict_verify(&leaf, other.cert, X509_PURPOSE_SSL_SERVER, now),
                     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

TEST(issue_ca__two_generations__differ_in_name_and_serial)
{
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) other = {0};
    make_ca(&ca);
    make_ca(&other);
    AUTO(x509) first = read_cert(ca.cert);
    AUTO(x509) second = read_cert(other.cert);
    assert_true(X509_NAME_cmp(X509_get_subject_name(first), X509_get_subject_name(second)) != 0);
    assert_true(ASN1_INTEGER_cmp(X509_get0_serialNumber(first), X509_get0_serialNumber(second)) != 0);
    char name[80];
    assert_true(X509_NAME_get_text_by_NID(X509_get_subject_name(first), NID_commonName, name, sizeof(name)) == 17);
    assert_memory_equal(name, "gpuslice ", 9);
}

TEST(issue__extensions__are_those_of_ca_and_leaf)
{
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) leaf = {0};
    make_ca(&ca);
    make_leaf(&ca, CERT_SERVER, &leaf);
    AUTO(x509) issuer = read_cert(ca.cert);
    AUTO(x509) server = read_cert(leaf.cert);
    assert_int_equal(X509_get_version(server), X509_VERSION_3);
    assert_int_equal(X509_check_ca(issuer), 1);
    assert_int_equal(X509_check_ca(server), 0);
    assert_int_equal(X509_get_pathlen(issuer), 0);
    assert_int_equal(X509_get_key_usage(issuer), KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    assert_int_equal(X509_get_key_usage(server), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(server), XKU_SSL_SERVER);
    assert_null(X509_get0_authority_key_id(issuer));
    assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(server), X509_get0_subject_key_id(issuer)), 0);
    /* SEQUENCE { TRUE, 0 } in DER: OpenSSL takes any byte but 0 for TRUE, Go only 0xff. */
    static const unsigned char constraints[] = {0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x00};
    X509_EXTENSION *written = X509_get_ext(issuer, X509_get_ext_by_NID(issuer, NID_basic_constraints, -1));
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(written);
    assert_int_equal(ASN1_STRING_length(value), sizeof(constraints));
    assert_memory_equal(ASN1_STRING_get0_data(value), constraints, sizeof(constraints));
    const int critical[] = {NID_basic_constraints, NID_key_usage};
    for (size_t i = 0; i < ARRAY_SIZE(critical); i++) {
        X509_EXTENSION *extension = X509_get_ext(server, X509_get_ext_by_NID(server, critical[i], -1));
        assert_true(X509_EXTENSION_get_critical(extension) == 1);
    }
}

TEST(check__hosts__only_the_alternative_names_count)
{
    static const struct {
        const char *host;
        bool good;
    } cases[] = {
        {"gpuslice.gpuslice-system.svc", true},
        {"gpuslice", true},
        {"127.0.0.1", true},
        {"2001:db8::1", true},
        {"GPUSLICE.gpuslice-system.svc", true},
        {"gpuslice.gpuslice-system", false},
        {"x.gpuslice.gpuslice-system.svc", false},
        {"127.0.0.2", false},
        {"2001:db8::2", false},
        {"common-name", false}, /* the leaf's common name */
    };
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) leaf = {0};
    make_ca(&ca);
    struct cert_request request = {
        .name = "common-name", .hosts = hosts, .host_count = ARRAY_SIZE(hosts), .lifetime = DAY, .now = now};
    struct err err = {0};
    assert_int_equal(cert_issue_leaf(&ca, &request, &leaf, &err), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cert_facts facts;
        int result = cert_check(&leaf, cases[i].host, now, &facts, &err);
        if ((result == 0) != cases[i].good)
            fail_msg("%s: %d %s", cases[i].host, result, err.text);
    }
    assert_string_equal(err.text, "certificate CN=common-name: is not for \"common-name\" (not among its subject "
                                  "alternative names)");
}

TEST(check__good_pair__gives_its_facts)
{
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) leaf = {0};
    make_ca(&ca);
    make_leaf(&ca, CERT_SERVER, &leaf);
    struct cert_facts facts;
    struct err err = {0};
    if (cert_check(&leaf, NULL, now, &facts, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(facts.subject, "CN=gpuslice");
    assert_int_equal(facts.not_before, now - CERT_SKEW_SECONDS);
    assert_int_equal(facts.not_after, now + 90 * DAY);
    assert_int_equal(strspn(facts.fingerprint, "0123456789abcdef"), 64);
    assert_int_equal(strlen(facts.fingerprint), 64);
}

/* Each case takes a good pair and breaks one thing. */
TEST(check__bad_pair__says_what_is_wrong)
{
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) other_ca = {0};
    AUTO(cert_pem) leaf = {0};
    AUTO(cert_pem) other = {0};
    AUTO(cert_pem) client = {0};
    make_ca(&ca);
    make_ca(&other_ca);
    make_leaf(&ca, CERT_SERVER, &leaf);
    make_leaf(&ca, CERT_SERVER, &other);
    make_leaf(&ca, CERT_CLIENT, &client);
    char broken[] = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    char nothing[] = "hello";
    const struct {
        const char *name;
        struct cert_pem pem;
        time_t at;
        const char *text;
    } cases[] = {
        {"another key",
         {leaf.cert, other.key, NULL},
         now,
         "certificate CN=gpuslice: the private key belongs to another certificate"},
        {"client's",
         {client.cert, client.key, NULL},
         now,
         "certificate CN=gpuslice: is not a server's (extended key usage serverAuth)"},
        {"expired",
         {leaf.cert, leaf.key, NULL},
         now + 91 * DAY,
         "certificate CN=gpuslice: expired at 2027-02-21T12:52:12Z, now is 2027-02-22T12:52:12Z"},
        {"not yet",
         {leaf.cert, leaf.key, NULL},
         now - DAY,
         "certificate CN=gpuslice: valid from 2026-11-23T12:47:12Z, now is 2026-11-22T12:52:12Z"},
        {"another CA",
         {leaf.cert, leaf.key, other_ca.cert},
         now,
         "certificate CN=gpuslice: unable to get local issuer certificate (verified against the given CA)"},
        {"no certificate",
         {nothing, leaf.key, NULL},
         now,
         "certificate: no certificate found; expected a block \"-----BEGIN CERTIFICATE-----\""},
        {"no key",
         {leaf.cert, nothing, NULL},
         now,
         "key: no private key found; expected a block \"-----BEGIN PRIVATE KEY-----\""},
        {"certificate as key",
         {leaf.cert, leaf.cert, NULL},
         now,
         "key: no private key found; expected a block \"-----BEGIN PRIVATE KEY-----\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cert_facts facts = {.not_after = 7};
        struct err err = {0};
        assert_int_equal(cert_check(&cases[i].pem, NULL, cases[i].at, &facts, &err), -1);
        if (err.code != ERR_INVALID || strcmp(err.text, cases[i].text) != 0)
            fail_msg("%s: %s", cases[i].name, err.text);
        assert_int_equal(facts.not_after, 7);
    }
    struct cert_pem half = {broken, leaf.key, NULL};
    struct cert_facts facts;
    struct err err = {0};
    assert_int_equal(cert_check(&half, NULL, now, &facts, &err), -1);
    assert_memory_equal(err.text, "certificate: certificate 1 cannot be read", 41);
}

TEST(issue_leaf__bad_request__is_refused)
{
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) leaf = {0};
    AUTO(cert_pem) other_ca = {0};
    make_ca(&ca);
    make_ca(&other_ca);
    make_leaf(&ca, CERT_SERVER, &leaf);
    struct cert_pem mixed = {.cert = ca.cert, .key = other_ca.key};
    struct cert_pem without_key = {.cert = ca.cert};
    static const char host_error[] = "\"%s\" is neither a DNS name nor an IP address; expected e.g. svc.ns.svc";
    const struct {
        const char *name;
        const struct cert_pem *ca;
        const char *host;
        int64_t lifetime;
        const char *text;
    } cases[] = {
        {"injection", &ca, "a,IP:10.0.0.1", DAY, host_error},
        {"prefix", &ca, "DNS:a", DAY, host_error},
        {"empty", &ca, "", DAY, host_error},
        {"dots", &ca, "a..b", DAY, host_error},
        {"dot at the end", &ca, "a.", DAY, host_error},
        {"dot at the start", &ca, ".a", DAY, host_error},
        {"hyphen at the end", &ca, "a-.b", DAY, host_error},
        {"hyphen at the start", &ca, "-a", DAY, host_error},
        {"long label", &ca, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", DAY, host_error},
        {"no host", &ca, NULL, DAY, "a server's certificate needs at least one DNS name or IP address"},
        {"no lifetime", &ca, "a", 0, "a lifetime of 0 seconds; expected at least 1"},
        {"too long", &ca, "a", 3651 * (int64_t)DAY, "the certificate would outlive its CA by 1 days and 0 seconds"},
        {"leaf as CA", &leaf, "a", DAY, "the issuing certificate is not a CA certificate (basicConstraints)"},
        {"another key", &mixed, "a", DAY,
         "the issuing key is not the key of the issuing certificate: key values mismatch"},
        {"no key", &without_key, "a", DAY, "the issuing CA's key is missing"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cert_request request = {.name = "x",
                                       .hosts = &cases[i].host,
                                       .host_count = cases[i].host ? 1 : 0,
                                       .lifetime = cases[i].lifetime,
                                       .now = now};
        struct cert_pem made = {0};
        struct err err = {0};
        char text[ERR_TEXT_SIZE];
        const char *mark = strstr(cases[i].text, "%s");
        if (mark)
            (void)snprintf(text, sizeof(text), "%.*s%s%s", (int)(mark - cases[i].text), cases[i].text, cases[i].host,
                           mark + 2);
        else
            (void)snprintf(text, sizeof(text), "%s", cases[i].text);
        if (cert_issue_leaf(cases[i].ca, &request, &made, &err) == 0 || made.cert)
            fail_msg("%s: issued", cases[i].name);
        if (err.code != ERR_INVALID || strcmp(err.text, text) != 0)
            fail_msg("%s: %s", cases[i].name, err.text);
    }
}

TEST(issue_ca__bad_name__is_refused)
{
    static const struct {
        const char *given, *text;
    } cases[] = {
        {"", "the certificate's name has 0 bytes; expected 1 to 55"},
        {NULL, "the certificate's name has 0 bytes; expected 1 to 55"},
        {"12345678901234567890123456789012345678901234567890123456",
         "the certificate's name has 56 bytes; expected 1 to 55"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct cert_request request = {.name = cases[i].given, .lifetime = DAY};
        struct cert_pem made = {0};
        struct err err = {0};
        assert_int_equal(cert_issue_ca(&request, &made, &err), -1);
        assert_string_equal(err.text, cases[i].text);
    }
}

static void assert_mode(const char *directory, const char *name, mode_t mode)
{
    AUTO(string) path = temp_path(directory, name);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 07777, mode);
}

TEST(save__files__key_is_private_and_all_can_be_loaded)
{
    AUTO(temp_dir) directory = temp_dir_new();
    AUTO(cert_pem) ca = {0};
    AUTO(cert_pem) leaf = {0};
    AUTO(cert_pem) loaded = {0};
    make_ca(&ca);
    make_leaf(&ca, CERT_SERVER, &leaf);
    struct err err = {0};
    mode_t before = umask(0);
    int result = cert_save(&leaf, directory, &err);
    (void)umask(before);
    if (result < 0)
        fail_msg("%s", err.text);
    assert_mode(directory, "tls.key", 0600);
    assert_mode(directory, "tls.crt", 0644);
    assert_mode(directory, "ca.crt", 0644);
    AUTO(string) cert = temp_path(directory, "tls.crt");
    AUTO(string) key = temp_path(directory, "tls.key");
    AUTO(string) ca_path = temp_path(directory, "ca.crt");
    if (cert_load(cert, key, ca_path, &loaded, &err) < 0)
        fail_msg("%s", err.text);
    assert_string_equal(loaded.cert, leaf.cert);
    assert_string_equal(loaded.key, leaf.key);
    assert_string_equal(loaded.ca, ca.cert);
    struct cert_facts facts;
    assert_int_equal(cert_check(&loaded, "gpuslice", now, &facts, &err), 0);
}

TEST(load__missing_file__is_named)
{
    AUTO(temp_dir) directory = temp_dir_new();
    AUTO(string) path = temp_path(directory, "tls.crt");
    struct cert_pem loaded = {0};
    struct err err = {0};
    char text[512];
    assert_int_equal(cert_load(path, path, NULL, &loaded, &err), -1);
    (void)snprintf(text, sizeof(text), "%s: No such file or directory", path);
    assert_string_equal(err.text, text);
    assert_int_equal(err.code, ERR_NOT_FOUND);
}
