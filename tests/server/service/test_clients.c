/* `gpuslice serve --client-ca`: only clients with the right certificate can send a request. */
#include "certs/issue.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test.h"
#include "tests/support/webhook.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { DAY = 86400 };

DEFINE_AUTO(webhook, struct webhook *, webhook_free);

static void must(int result, const struct err *err)
{
    if (result < 0)
        fail_msg("%s", err->text);
}

static struct cert_pem make_ca(void)
{
    struct err err;
    struct cert_pem ca = {0};
    const struct cert_request request = {.name = "clients", .lifetime = 10 * DAY};
    must(cert_issue_ca(&request, &ca, &err), &err);
    return ca;
}

static struct cert_pem make_leaf(const struct cert_pem *ca, const char *name, const char *host, enum cert_usage usage)
{
    struct err err;
    struct cert_pem leaf = {0};
    const struct cert_request request = {
        .name = name, .hosts = &host, .host_count = 1, .lifetime = DAY, .usage = usage};
    must(cert_issue_leaf(ca, &request, &leaf, &err), &err);
    return leaf;
}

static char *pem_text(BIO *bio)
{
    char *data = NULL;
    long length = BIO_get_mem_data(bio, &data);
    char *text = strndup(data, (size_t)length);
    (void)BIO_free(bio);
    return text;
}

static X509 *read_cert(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    (void)BIO_free(bio);
    return cert;
}

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    (void)BIO_free(bio);
    return key;
}

static void set_dns_name(X509 *cert, const char *bytes, int length)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    assert_int_equal(ASN1_STRING_set(value, bytes, length), 1);
    GENERAL_NAME_set0_value(name, GEN_DNS, value);
    assert_true(sk_GENERAL_NAME_push(names, name) > 0);
    assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_REPLACE), 1);
    GENERAL_NAMES_free(names);
}

/* Returns a client's certificate such as no CA should sign: its common name and DNS name contain the given bytes, and
 * without with_purpose it has no extended key usage. */
static struct cert_pem make_odd(const struct cert_pem *ca, const char *name, int name_length, const char *host,
                                int host_length, bool with_purpose)
{
    struct cert_pem odd = make_leaf(ca, "x", "x", CERT_CLIENT);
    X509 *cert = read_cert(odd.cert);
    EVP_PKEY *key = read_key(ca->key);
    X509_NAME *subject = X509_NAME_new();
    assert_int_equal(X509_NAME_add_entry_by_NID(subject, NID_commonName, V_ASN1_UTF8STRING, (const unsigned char *)name,
                                                name_length, -1, 0),
                     1);
    assert_int_equal(X509_set_subject_name(cert, subject), 1);
    set_dns_name(cert, host, host_length);
    if (!with_purpose)
        X509_EXTENSION_free(X509_delete_ext(cert, X509_get_ext_by_NID(cert, NID_ext_key_usage, -1)));
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, cert), 1);
    free(odd.cert);
    odd.cert = pem_text(bio);
    X509_NAME_free(subject);
    EVP_PKEY_free(key);
    X509_free(cert);
    return odd;
}

static int ask(const struct webhook *webhook, const struct cert_pem *client, struct err *err)
{
    AUTO(https_client) connection = NULL;
    AUTO(http_reply) reply;
    const struct https_options options = {.port = webhook->port,
                                          .ca_pem = webhook->ca,
                                          .name = "localhost",
                                          .cert_pem = client ? client->cert : NULL,
                                          .key_pem = client ? client->key : NULL,
                                          .timeout_ms = WEBHOOK_WAIT_MS};
    http_reply_init(&reply);
    if (https_connect(&options, &connection, err) < 0 ||
        webhook_post(connection, WEBHOOK_REVIEW("ml-team", ""), &reply, err) < 0)
        return -1;
    return reply.status == 200 ? 0 : err_set(err, ERR_IO, "status %u", reply.status);
}

struct fixture {
    struct webhook *webhook;
    struct cert_pem ca, other_ca;
    struct cert_pem right, by_dns_name, other_name, other, server, nul_name, nul_host, no_purpose;
    const struct cert_pem *wanted;
};

static void fixture_fini(struct fixture *fixture)
{
    struct cert_pem *all[] = {&fixture->ca,         &fixture->other_ca,  &fixture->right,  &fixture->by_dns_name,
                              &fixture->other_name, &fixture->other,     &fixture->server, &fixture->nul_name,
                              &fixture->nul_host,   &fixture->no_purpose};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        cert_pem_fini(all[i]);
    webhook_free(fixture->webhook);
}
DEFINE_AUTO_FINI(fixture, struct fixture, fixture_fini);

static void fixture_start(struct fixture *fixture, const char *const names[4])
{
    struct err err;
    fixture->webhook = webhook_new();
    fixture->ca = make_ca();
    fixture->other_ca = make_ca();
    fixture->right = make_leaf(&fixture->ca, "kube-apiserver", "x", CERT_CLIENT);
    fixture->by_dns_name = make_leaf(&fixture->ca, "x", "apiserver.example.com", CERT_CLIENT);
    fixture->other_name = make_leaf(&fixture->ca, "somebody", "else", CERT_CLIENT);
    fixture->other = make_leaf(&fixture->other_ca, "kube-apiserver", "x", CERT_CLIENT);
    fixture->server = make_leaf(&fixture->ca, "kube-apiserver", "x", CERT_SERVER);
    static const char nul_name[] = "kube-apiserver\0.example.com";
    static const char nul_host[] = "apiserver.example.com\0.example.org";
    fixture->nul_name = make_odd(&fixture->ca, nul_name, sizeof(nul_name) - 1, "y", 1, true);
    fixture->nul_host = make_odd(&fixture->ca, "x", 1, nul_host, sizeof(nul_host) - 1, true);
    fixture->no_purpose = make_odd(&fixture->ca, "kube-apiserver", -1, "y", 1, false);
    temp_write(fixture->webhook->folder, "clients.crt", fixture->ca.cert);
    AUTO(string) path = temp_path(fixture->webhook->folder, "clients.crt");
    const char *const more[] = {"--client-ca", path, names[0], names[1], names[2], names[3], NULL};
    must(webhook_start(fixture->webhook, more, &err), &err);
}

TEST(client__with_or_without_the_right_certificate__is_served_or_refused)
{
    AUTO(fixture) named = {0};
    AUTO(fixture) any = {0};
    fixture_start(&named,
                  (const char *const[4]){"--client-name", "kube-apiserver", "--client-name", "apiserver.example.com"});
    fixture_start(&any, (const char *const[4]){NULL});
    const struct {
        const char *name;
        const struct fixture *fixture;
        const struct cert_pem *client;
        bool good;
    } cases[] = {
        {"no certificate", &named, NULL, false},
        {"another CA", &named, &named.other, false},
        {"another name", &named, &named.other_name, false},
        {"a server's certificate", &named, &named.server, false},
        {"an accepted common name, and more after a NUL", &named, &named.nul_name, false},
        {"an accepted DNS name, and more after a NUL", &named, &named.nul_host, false},
        {"no extended key usage, so for all purposes (RFC 5280 section 4.2.1.12)", &named, &named.no_purpose, true},
        {"an accepted common name", &named, &named.right, true},
        {"an accepted DNS name", &named, &named.by_dns_name, true},
        {"any name, no certificate", &any, NULL, false},
        {"any name, another CA", &any, &any.other, false},
        {"any name, a server's certificate", &any, &any.server, false},
        {"any name", &any, &any.other_name, true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        int result = ask(cases[i].fixture->webhook, cases[i].client, &err);
        if ((result == 0) != cases[i].good)
            fail_msg("%s: %s", cases[i].name, result == 0 ? "was served" : err.text);
    }
    AUTO(http_reply) reply; /* probes need no certificate */
    struct err err;
    http_reply_init(&reply);
    must(webhook_get(named.webhook, "/readyz?verbose", &reply, &err), &err);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(buf_text(&reply.body), "[+]client-ca ok: CN=clients "));
}

static bool is_served(void *context)
{
    struct fixture *fixture = context;
    struct err err;
    return ask(fixture->webhook, fixture->wanted, &err) == 0;
}

TEST(client_ca__changed__is_loaded_again)
{
    struct err err;
    AUTO(fixture) fixture = {0};
    fixture_start(&fixture, (const char *const[4]){NULL});
    must(ask(fixture.webhook, &fixture.right, &err), &err);
    temp_write(fixture.webhook->folder, "clients.crt", fixture.other_ca.cert);
    fixture.wanted = &fixture.other;
    assert_true(eventually(is_served, &fixture, WEBHOOK_WAIT_MS));
    assert_int_equal(ask(fixture.webhook, &fixture.right, &err), -1);
    temp_write(fixture.webhook->folder, "clients.crt", "rubbish");
    must(webhook_await_readyz(fixture.webhook, "the last load failed and changed nothing: ", &err), &err);
    must(ask(fixture.webhook, &fixture.other, &err), &err);
    assert_int_equal(ask(fixture.webhook, NULL, &err), -1);
}

TEST(client_ca__without_a_certificate__fails_the_start)
{
    struct err err;
    AUTO(webhook) webhook = webhook_new();
    temp_write(webhook->folder, "clients.crt", "rubbish");
    AUTO(string) path = temp_path(webhook->folder, "clients.crt");
    const char *const more[] = {"--client-ca", path, NULL};
    assert_int_equal(webhook_start(webhook, more, &err), -1);
    assert_non_null(strstr(err.text, "clients.crt: no certificate found"));
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}
