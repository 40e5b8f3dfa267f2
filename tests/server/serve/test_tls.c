/* serve/tls over real handshakes: versions, swaps under load, client certificates. */
#include "serve/tls.h"
#include "tests/support/server_fixture.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test.h"

#include <stdint.h>

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

enum { DAY = 86400 };

static void must(int result, const char *what, const struct err *err)
{
    if (result < 0)
        fail_msg("%s: %s", what, err->text);
}

/* Sends one request on a new connection. Returns -1 if any part of that fails, or if the status is not 200. */
static int try_request(const struct https_options *options, struct err *err)
{
    AUTO(https_client) client = NULL;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    if (https_connect(options, &client, err) < 0 || https_post(client, "/mutate", "{}", err) < 0 ||
        https_receive(client, &reply, err) < 0)
        return -1;
    return reply.status == 200 ? 0 : err_set(err, ERR_IO, "status %u", reply.status);
}

TEST(handshake__versions__only_1_2_and_1_3)
{
    static const struct {
        const char *name;
        int version;
        bool good;
    } cases[] = {
        {"TLS 1.3", TLS1_3_VERSION, true},
        {"TLS 1.2", TLS1_2_VERSION, true},
        {"TLS 1.1", TLS1_1_VERSION, false},
        {"TLS 1.0", TLS1_VERSION, false},
    };
    AUTO(fixture) fixture = fixture_new(NULL);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct https_options options = fixture_client_options(fixture);
        options.tls_version = cases[i].version;
        struct err err = {0};
        int result = try_request(&options, &err);
        if ((result == 0) != cases[i].good)
            fail_msg("%s: %d %s", cases[i].name, result, err.text);
        /* The client must have offered the version (else: "no protocols available") and the server refused it. */
        if (result < 0 && strcmp(err.text, "TLS handshake: unexpected eof while reading") != 0)
            fail_msg("%s: refused for another reason: %s", cases[i].name, err.text);
    }
}

TEST(handshake__wrong_name_or_ca__client_refuses)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(fixture) other = fixture_new(NULL);
    struct err err = {0};
    struct https_options options = fixture_client_options(fixture);
    options.name = "other.test";
    assert_int_equal(try_request(&options, &err), -1);
    assert_string_equal(err.text, "TLS handshake: certificate verify failed");
    options = fixture_client_options(fixture);
    options.ca_pem = other->ca.cert;
    assert_int_equal(try_request(&options, &err), -1);
    assert_string_equal(err.text, "TLS handshake: certificate verify failed");
}

TEST(swap__bad_material__old_pair_is_still_served)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(cert_pem) other = fixture_issue(fixture, NULL, CERT_SERVER);
    const struct {
        const char *name;
        struct tls_material material;
        const char *text;
    } cases[] = {
        {"another key",
         {fixture->pair.cert, other.key, NULL, NULL},
         "certificate and private key: the private key belongs to another certificate"},
        {"no certificate", {"hello", other.key, NULL, NULL}, "certificate and private key: "},
        {"no key", {other.cert, "hello", NULL, NULL}, "certificate and private key: "},
        {"no CA", {other.cert, other.key, "hello", NULL}, "client CA: "},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct err err = {0};
        if (tls_swap(fixture->tls, &cases[i].material, &err) == 0)
            fail_msg("%s: swapped", cases[i].name);
        if (err.code != ERR_INVALID || strncmp(err.text, cases[i].text, strlen(cases[i].text)) != 0)
            fail_msg("%s: %s", cases[i].name, err.text);
        struct https_options options = fixture_client_options(fixture);
        must(try_request(&options, &err), cases[i].name, &err);
    }
}

TEST(swap__new_pair__new_connections_get_it_old_ones_stay_open)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(cert_pem) other = fixture_issue(fixture, "renewed.test", CERT_SERVER);
    AUTO(https_client) old = fixture_connect(fixture);
    struct tls_material material = {.cert_pem = other.cert, .key_pem = other.key};
    struct err err = {0};
    must(tls_swap(fixture->tls, &material, &err), "swap", &err);
    struct https_options options = fixture_client_options(fixture);
    options.name = "renewed.test";
    must(try_request(&options, &err), "new connection", &err);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    must(https_post(old, "/mutate", "{}", &err), "old connection", &err);
    must(https_receive(old, &reply, &err), "old connection", &err);
    assert_int_equal(reply.status, 200);
}

enum { LOADERS = 3, CONNECTIONS_EACH = 60 };

struct load {
    const struct fixture *fixture;
    atomic_uint done, failed;
    atomic_uint running;
    char text[ERR_TEXT_SIZE]; /* of the first failure */
};

static void *connect_repeatedly(void *context)
{
    struct load *load = context;
    for (unsigned i = 0; i < CONNECTIONS_EACH; i++) {
        struct https_options options = fixture_client_options(load->fixture);
        struct err err = {0};
        if (try_request(&options, &err) == 0)
            (void)atomic_fetch_add(&load->done, 1);
        else if (atomic_fetch_add(&load->failed, 1) == 0)
            (void)snprintf(load->text, sizeof(load->text), "%s", err.text);
    }
    (void)atomic_fetch_sub(&load->running, 1);
    return NULL;
}

TEST(swap__under_load__no_new_connection_fails)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(cert_pem) other = fixture_issue(fixture, NULL, CERT_SERVER);
    const struct tls_material materials[] = {{.cert_pem = other.cert, .key_pem = other.key},
                                             {.cert_pem = fixture->pair.cert, .key_pem = fixture->pair.key}};
    struct load load = {.fixture = fixture};
    atomic_store(&load.running, LOADERS);
    pthread_t threads[LOADERS];
    for (unsigned i = 0; i < LOADERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, connect_repeatedly, &load), 0);
    unsigned swaps = 0;
    while (atomic_load(&load.running) > 0) {
        struct err err = {0};
        must(tls_swap(fixture->tls, &materials[swaps++ % 2], &err), "swap", &err);
    }
    for (unsigned i = 0; i < LOADERS; i++)
        (void)pthread_join(threads[i], NULL);
    if (atomic_load(&load.failed) > 0)
        fail_msg("%u of %d failed, the first: %s", atomic_load(&load.failed), LOADERS * CONNECTIONS_EACH, load.text);
    assert_int_equal(atomic_load(&load.done), LOADERS * CONNECTIONS_EACH);
    assert_true(swaps > 10);
}

struct clients {
    struct cert_pem good, other_name, server_purpose, expired, stranger, ca_of_stranger;
};

static struct cert_pem issue_at(const struct cert_pem *ca, const char *name, time_t now)
{
    struct cert_request request = {.name = name, .lifetime = DAY, .usage = CERT_CLIENT, .now = now};
    struct cert_pem pair = {0};
    struct err err = {0};
    must(cert_issue_leaf(ca, &request, &pair, &err), name, &err);
    return pair;
}

static void make_clients(const struct fixture *fixture, struct clients *ret)
{
    struct cert_request ca = {.name = "stranger", .lifetime = 10 * DAY};
    struct err err = {0};
    *ret = (struct clients){
        .good = fixture_issue(fixture, "kube-apiserver", CERT_CLIENT),
        .other_name = fixture_issue(fixture, "somebody", CERT_CLIENT),
        .server_purpose = fixture_issue(fixture, "kube-apiserver", CERT_SERVER),
    };
    /* The CA became valid five minutes ago, and the certificate expired within these five minutes. */
    struct cert_request brief = {
        .name = "kube-apiserver", .lifetime = 1, .usage = CERT_CLIENT, .now = time(NULL) - CERT_SKEW_SECONDS + 30};
    must(cert_issue_leaf(&fixture->ca, &brief, &ret->expired, &err), "expired", &err);
    must(cert_issue_ca(&ca, &ret->ca_of_stranger, &err), "stranger", &err);
    ret->stranger = issue_at(&ret->ca_of_stranger, "kube-apiserver", 0);
}

static void free_clients(struct clients *clients)
{
    struct cert_pem *all[] = {&clients->good,    &clients->other_name, &clients->server_purpose,
                              &clients->expired, &clients->stranger,   &clients->ca_of_stranger};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        cert_pem_fini(all[i]);
}

TEST(client_certificates__required__only_listed_names_are_accepted)
{
    static const char *const names[] = {"kube-apiserver", NULL};
    AUTO(fixture) fixture = fixture_new(NULL);
    struct clients clients;
    make_clients(fixture, &clients);
    struct tls_material material = {.cert_pem = fixture->pair.cert,
                                    .key_pem = fixture->pair.key,
                                    .client_ca_pem = fixture->ca.cert,
                                    .client_names = names};
    struct err err = {0};
    must(tls_swap(fixture->tls, &material, &err), "swap", &err);
    const struct {
        const char *name;
        const struct cert_pem *pair;
        bool good;
    } cases[] = {
        {"listed", &clients.good, true},
        {"none", NULL, false},
        {"name not listed", &clients.other_name, false},
        {"a server's certificate", &clients.server_purpose, false},
        {"expired", &clients.expired, false},
        {"another CA", &clients.stranger, false},
    };
    const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < ARRAY_SIZE(cases) * ARRAY_SIZE(versions); i++) {
        size_t row = i / ARRAY_SIZE(versions);
        struct https_options options = fixture_client_options(fixture);
        options.tls_version = versions[i % ARRAY_SIZE(versions)];
        options.cert_pem = cases[row].pair ? cases[row].pair->cert : NULL;
        options.key_pem = cases[row].pair ? cases[row].pair->key : NULL;
        int result = try_request(&options, &err);
        if ((result == 0) != cases[row].good)
            fail_msg("%s, version %x: %d %s", cases[row].name, (unsigned)options.tls_version, result, err.text);
    }
    assert_int_equal(atomic_load(&fixture->answered), ARRAY_SIZE(versions)); /* the others never sent a request */
    free_clients(&clients);
}

TEST(client_certificates__no_list__any_name_is_accepted)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(cert_pem) client = fixture_issue(fixture, "somebody", CERT_CLIENT);
    struct tls_material material = {
        .cert_pem = fixture->pair.cert, .key_pem = fixture->pair.key, .client_ca_pem = fixture->ca.cert};
    struct err err = {0};
    must(tls_swap(fixture->tls, &material, &err), "swap", &err);
    struct https_options options = fixture_client_options(fixture);
    assert_int_equal(try_request(&options, &err), -1);
    options.cert_pem = client.cert;
    options.key_pem = client.key;
    must(try_request(&options, &err), "somebody", &err);
}
