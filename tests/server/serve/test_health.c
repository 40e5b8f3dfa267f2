/* serve/health: what probes, people and Prometheus read. */
#include "serve/health.h"
#include "tests/support/https_client.h"
#include "tests/support/test.h"

#include <stdint.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

struct fixture {
    atomic_bool policies_ready, certificate_ready;
    atomic_bool metrics_fail;
};

static void must(int result, const char *what, const struct err *err)
{
    if (result < 0)
        fail_msg("%s: %s", what, err->text);
}

static bool check_policies(void *context, struct buf *ret_note)
{
    struct fixture *fixture = context;
    bool ready = atomic_load(&fixture->policies_ready);
    buf_add_string(ret_note, ready ? "7 files" : "nothing loaded yet");
    return ready;
}

static bool check_certificate(void *context, struct buf *ret_note)
{
    (void)ret_note;
    struct fixture *fixture = context;
    return atomic_load(&fixture->certificate_ready);
}

static int write_metrics(void *context, struct buf *out, struct err *err)
{
    struct fixture *fixture = context;
    buf_add_string(out, "a_total 1\n");
    return atomic_load(&fixture->metrics_fail) ? err_set(err, ERR_INTERNAL, "no metrics today") : 0;
}

struct probe {
    const char *name;
    bool policies, certificate;
    const char *request;
    unsigned status;
    const char *body;
};

static struct health *start(struct fixture *fixture)
{
    static struct health_check checks[3];
    static struct health_page pages[2];
    checks[0] = (struct health_check){"policies", check_policies, fixture};
    checks[1] = (struct health_check){"certificate", check_certificate, fixture};
    pages[0] = (struct health_page){"/metrics", "text/plain; version=0.0.4", write_metrics, fixture};
    struct health_options options = {.listen = "127.0.0.1:0", .checks = checks, .pages = pages};
    struct health *health = NULL;
    struct err err = {0};
    must(health_start(&options, &health, &err), "start", &err);
    return health;
}

static const char *host = "127.0.0.1";

static struct https_client *connect_to(const struct health *health)
{
    struct https_options options = {.host = host, .port = health_port(health), .plain = true};
    struct https_client *client = NULL;
    struct err err = {0};
    must(https_connect(&options, &client, &err), "connect", &err);
    return client;
}

/* Sends one request on a new connection, which the server must close afterwards. */
static void ask(const struct health *health, const char *name, const char *request, struct http_reply *reply)
{
    AUTO(https_client) client = connect_to(health);
    struct err err = {0};
    char text[256];
    (void)snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: a\r\n\r\n", request);
    must(https_send(client, text, strlen(text), &err), name, &err);
    must(https_receive(client, reply, &err), name, &err);
    must(https_wait_closed(client, &err), name, &err);
}

TEST(probes__states__status_and_lines)
{
    static const struct probe rows[] = {
        {"alive", false, false, "GET /livez", 200, "ok\n"},
        {"alive, verbose", false, false, "GET /livez?verbose", 200, "ok\n"},
        {"ready", true, true, "GET /readyz", 200, "ok\n"},
        {"ready, verbose", true, true, "GET /readyz?verbose", 200,
         "[+]policies ok: 7 files\n[+]certificate ok\nreadyz check passed\n"},
        {"ready, verbose=1", true, true, "GET /readyz?verbose=1", 200,
         "[+]policies ok: 7 files\n[+]certificate ok\nreadyz check passed\n"},
        {"one fails", false, true, "GET /readyz", 503, "[-]policies failed: nothing loaded yet\nreadyz check failed\n"},
        {"one fails, verbose", true, false, "GET /readyz?verbose", 503,
         "[+]policies ok: 7 files\n[-]certificate failed\nreadyz check failed\n"},
        {"both fail", false, false, "GET /readyz", 503,
         "[-]policies failed: nothing loaded yet\n[-]certificate failed\nreadyz check failed\n"},
        {"page", true, true, "GET /metrics", 200, "a_total 1\n"},
        {"unknown", true, true, "GET /healthz", 404, "no such path (known paths: /livez, /readyz, /metrics)\n"},
        {"delete", true, true, "DELETE /readyz", 405, "method is not allowed; use GET\n"},
    };
    struct fixture fixture = {0};
    AUTO(health) health = start(&fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        atomic_store(&fixture.policies_ready, rows[i].policies);
        atomic_store(&fixture.certificate_ready, rows[i].certificate);
        ask(health, rows[i].name, rows[i].request, &reply);
        if (reply.status != rows[i].status || !reply.closes || strcmp(buf_text(&reply.body), rows[i].body) != 0)
            fail_msg("%s: %u %s", rows[i].name, reply.status, buf_text(&reply.body));
    }
}

TEST(page__type_and_error__as_given)
{
    struct fixture fixture = {0};
    AUTO(health) health = start(&fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    char type[64] = "";
    ask(health, "metrics", "GET /metrics", &reply);
    assert_true(http_reply_header(&reply, "Content-Type", type, sizeof(type)));
    assert_string_equal(type, "text/plain; version=0.0.4");
    atomic_store(&fixture.metrics_fail, true);
    ask(health, "metrics", "GET /metrics", &reply);
    assert_int_equal(reply.status, 500);
    assert_string_equal(buf_text(&reply.body), "no metrics today\n");
}

TEST(readiness__draining__fails_whatever_the_checks_return)
{
    struct fixture fixture = {0};
    atomic_store(&fixture.policies_ready, true);
    atomic_store(&fixture.certificate_ready, true);
    AUTO(health) health = start(&fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    health_set_draining(health);
    ask(health, "draining", "GET /readyz", &reply);
    assert_int_equal(reply.status, 503);
    assert_string_equal(buf_text(&reply.body), "[-]draining failed: shutting down\nreadyz check failed\n");
    ask(health, "draining", "GET /livez", &reply);
    assert_int_equal(reply.status, 200);
}

static bool is_alive(void *context, struct buf *ret_note)
{
    const atomic_bool *alive = context;
    buf_add_string(ret_note, "thread 2 of 4 has not answered for 11 s");
    return atomic_load(alive);
}

TEST(liveness__alive_function__decides)
{
    atomic_bool alive = true;
    struct health_options options = {.listen = "127.0.0.1:0", .alive = is_alive, .alive_context = &alive};
    AUTO(health) health = NULL;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    must(health_start(&options, &health, &err), "start", &err);
    ask(health, "alive", "GET /livez", &reply);
    assert_int_equal(reply.status, 200);
    assert_string_equal(buf_text(&reply.body), "ok\n");
    atomic_store(&alive, false);
    ask(health, "not alive", "GET /livez", &reply);
    assert_int_equal(reply.status, 503);
    assert_string_equal(buf_text(&reply.body), "failed: thread 2 of 4 has not answered for 11 s\n");
}

TEST(start__only_an_address__is_enough)
{
    struct health_options options = {.listen = "[::1]:0"};
    AUTO(health) health = NULL;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    must(health_start(&options, &health, &err), "start", &err);
    host = "::1";
    ask(health, "ready", "GET /readyz", &reply);
    host = "127.0.0.1";
    assert_int_equal(reply.status, 200);
}
