/* kube/client: which servers it trusts, how it authenticates, and what it sends. */
#include "tests/support/kube_fixture.h"

#include "certs/issue.h"

enum { DAY = 24 * 60 * 60 };

struct pki {
    struct cert_pem ca, other_ca, server;
};

static void pki_make(struct pki *pki, const char *host)
{
    struct err err;
    const struct cert_request ca = {.name = "test", .lifetime = 10 * DAY};
    const struct cert_request leaf = {.name = "api", .hosts = &host, .host_count = 1, .lifetime = DAY};
    kube_must(cert_issue_ca(&ca, &pki->ca, &err), &err);
    kube_must(cert_issue_ca(&ca, &pki->other_ca, &err), &err);
    kube_must(cert_issue_leaf(&pki->ca, &leaf, &pki->server, &err), &err);
}

static void pki_fini(struct pki *pki)
{
    cert_pem_fini(&pki->ca);
    cert_pem_fini(&pki->other_ca);
    cert_pem_fini(&pki->server);
}
DEFINE_AUTO_FINI(pki, struct pki, pki_fini);

static int fetch(const struct access *access, struct client_answer *ret_answer, struct buf *body, struct err *err)
{
    AUTO(client) client = NULL;
    struct client_request request = {.path = "/x",
                                     .accept = "application/json",
                                     .deadline_ns = clock_monotonic_ns() + (int64_t)WAIT_MS * MS_NS,
                                     .cancel_fd = -1};
    if (client_new(access, &client, err) < 0)
        return -1;
    return client_fetch(client, &request, body, ret_answer, err);
}

static const struct {
    const char *name, *host; /* `host`: in the server's certificate */
    bool other_ca, insecure;
    const char *tls_server_name;
    const char *fault; /* part of the error; NULL: none */
} trusts[] = {
    {"the trusted CA", "127.0.0.1", false, false, NULL, NULL},
    {"another CA", "127.0.0.1", true, false, NULL, "SSL certificate problem"},
    {"a name that is not the address", "kubernetes", false, false, NULL,
     "no alternative certificate subject name matches"},
    {"that name as tls-server-name", "kubernetes", false, false, "kubernetes", NULL},
    {"a tls-server-name that the certificate lacks", "127.0.0.1", false, false, "kubernetes",
     "no alternative certificate subject name matches"},
    {"neither fits, but nothing is checked", "kubernetes", true, true, NULL, NULL},
};

TEST(server__over_tls__must_be_the_right_one)
{
    for (size_t i = 0; i < ARRAY_SIZE(trusts); i++) {
        const struct fake_step steps[] = {{.expect = "/x", .bearer = "abc", .body = "{}"}};
        AUTO(pki) pki = {0};
        AUTO(access) access = {0};
        AUTO(buf) body;
        struct client_answer answer = {0};
        struct err err;
        print_message("%s\n", trusts[i].name);
        buf_init(&body, 1024);
        pki_make(&pki, trusts[i].host);
        AUTO(fake_api) api = fake_api_new(steps, 1, &(struct fake_tls){pki.server.cert, pki.server.key});
        access_to(api, &access);
        access.ca.text = strdup(trusts[i].other_ca ? pki.other_ca.cert : pki.ca.cert);
        access.token.text = strdup("abc");
        access.insecure = trusts[i].insecure;
        access.tls_server_name = trusts[i].tls_server_name ? strdup(trusts[i].tls_server_name) : NULL;
        int result = fetch(&access, &answer, &body, &err);
        if (trusts[i].fault) {
            assert_int_equal(result, -1);
            assert_int_equal(err.code, ERR_UNAVAILABLE);
            if (!strstr(err.text, trusts[i].fault))
                fail_msg("%s: %s", trusts[i].name, err.text);
            assert_int_equal(fake_api_count(api, ""), 0); /* no request was sent, so the token was not either */
            continue;
        }
        kube_must(result, &err);
        assert_int_equal(answer.status, 200);
        assert_string_equal(buf_text(&body), "{}");
    }
}

/* After a 401, the program runs again, and the request is repeated with the new token. */
TEST(token__of_a_program__is_renewed_after_a_401)
{
    static const char script[] =
        "#!/bin/sh\necho x >> $0.count\necho '{\"kind\":\"ExecCredential\",\"apiVersion\":\"v\","
        "\"status\":{\"token\":\"t'$(wc -l < $0.count)'\"}}'\n";
    const struct fake_step steps[] = {{.expect = "/x", .bearer = "t2"}, {.expect = "/x", .bearer = "t2", .body = "{}"}};
    AUTO(temp_dir) folder = temp_dir_new();
    AUTO(access) access = {0};
    AUTO(buf) body;
    AUTO(fake_api) api = fake_api_new(steps, ARRAY_SIZE(steps), NULL);
    struct client_answer answer = {0};
    struct err err;
    buf_init(&body, 1024);
    temp_write(folder, "helper", script);
    access_to(api, &access);
    access.exec.command = strdup("/bin/sh");
    access.exec.api_version = strdup("v");
    AUTO(string) path = temp_path(folder, "helper");
    kube_must(strlist_add(&access.exec.arguments, path, &err), &err);
    kube_must(fetch(&access, &answer, &body, &err), &err);
    assert_int_equal(answer.status, 200);
    assert_int_equal(fake_api_count(api, "/x"), 2);
}

TEST(body__that_is_too_large__is_refused)
{
    const struct fake_step steps[] = {{.expect = "/x", .body = JSON({"a":"0123456789"})}};
    AUTO(access) access = {0};
    AUTO(buf) body;
    AUTO(fake_api) api = fake_api_new(steps, 1, NULL);
    struct client_answer answer = {0};
    struct err err;
    buf_init(&body, 10);
    access_to(api, &access);
    assert_int_equal(fetch(&access, &answer, &body, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
}

/* -- What is written -- */

struct received {
    pthread_mutex_t mutex;
    unsigned status; /* of the answer */
    unsigned calls;
    char text[256]; /* "PUT /x body" of the last request */
};

static void answer(void *context, const struct fake_request *request, struct fake_reply *ret_reply)
{
    struct received *received = context;
    (void)pthread_mutex_lock(&received->mutex);
    (void)snprintf(received->text, sizeof(received->text), "%s %s %s", request->method, request->target, request->body);
    received->calls++;
    ret_reply->status = received->status;
    (void)pthread_mutex_unlock(&received->mutex);
    ret_reply->body = strdup(JSON({"reason":"Reason","message":"a message"}));
    (void)snprintf(ret_reply->headers, sizeof(ret_reply->headers), "Date: Mon, 23 Nov 2026 12:52:12 GMT\r\n");
}

TEST(write__by_method_and_status__answers_or_refuses)
{
    static const struct {
        const char *method, *body;
        unsigned status;
        const char *received, *message; /* `message` is "" for a 200 or 201 */
        enum err_code code;             /* of the refusal */
        const char *refusal;
    } cases[] = {
        {"POST", JSON({"a":1}), 201, "POST /x {\"a\":1}", "", ERR_NONE, NULL},
        {"PUT", "{}", 200, "PUT /x {}", "", ERR_NONE, NULL},
        {"PATCH", "[]", 200, "PATCH /x []", "", ERR_NONE, NULL},
        {NULL, NULL, 200, "GET /x ", "", ERR_NONE, NULL},
        {"PUT", "{}", 409, "PUT /x {}", "Reason: a message", ERR_UNAVAILABLE, "HTTP 409 Reason: a message"},
        {"PATCH", "[]", 422, "PATCH /x []", "Reason: a message", ERR_UNAVAILABLE, "HTTP 422 Reason: a message"},
        {"POST", "{}", 403, "POST /x {}", "Reason: a message", ERR_UNAVAILABLE,
         "HTTP 403 Reason: a message; required rights: create of x"},
        {"PUT", "{}", 404, "PUT /x {}", "Reason: a message", ERR_NOT_FOUND, "HTTP 404 Reason: a message"},
        {"PUT", "{}", 401, "PUT /x {}", "Reason: a message", ERR_UNAVAILABLE,
         "HTTP 401 Reason: a message; the token or certificate is not accepted"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct received received = {.mutex = PTHREAD_MUTEX_INITIALIZER, .status = cases[i].status};
        AUTO(access) access = {0};
        AUTO(buf) body;
        AUTO(client) client = NULL;
        AUTO(fake_api) api = fake_api_new_answering(answer, &received, NULL);
        struct client_answer found = {0};
        struct err err;
        buf_init(&body, 1024);
        access_to(api, &access);
        kube_must(client_new(&access, &client, &err), &err);
        struct client_request request = {.path = "/x",
                                         .accept = "application/json",
                                         .method = cases[i].method,
                                         .type = cases[i].body ? "application/json" : NULL,
                                         .body = cases[i].body,
                                         .deadline_ns = clock_monotonic_ns() + (int64_t)WAIT_MS * MS_NS,
                                         .cancel_fd = -1};
        kube_must(client_fetch(client, &request, &body, &found, &err), &err);
        assert_string_equal(received.text, cases[i].received);
        assert_int_equal(received.calls, 1);
        assert_int_equal(found.status, cases[i].status);
        assert_string_equal(found.message, cases[i].message);
        assert_int_equal(found.date, 1795438332);
        assert_int_equal(body.length > 0, cases[i].refusal == NULL);
        if (!cases[i].refusal)
            continue;
        assert_int_equal(client_refusal(&found, "create of x", &err), -1);
        assert_int_equal(err.code, cases[i].code);
        assert_string_equal(err.text, cases[i].refusal);
    }
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}
