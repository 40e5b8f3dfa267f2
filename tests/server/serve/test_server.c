/* serve/server over real sockets: which request gets which answer, and whether its connection is kept. */
#include "tests/support/server_fixture.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test.h"

#include <stdint.h>

#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void must(int result, const char *what, const struct err *err)
{
    if (result < 0)
        fail_msg("%s: %s", what, err->text);
}

/* Sends `head` and a body of `length` bytes 'x'. */
static void send_large(const char *name, struct https_client *client, const char *head, size_t length)
{
    static char piece[64 << 10];
    struct err err = {0};
    memset(piece, 'x', sizeof(piece));
    must(https_send(client, head, strlen(head), &err), name, &err);
    for (size_t sent = 0; sent < length;) {
        size_t now = length - sent < sizeof(piece) ? length - sent : sizeof(piece);
        must(https_send(client, piece, now, &err), name, &err);
        sent += now;
    }
}

struct exchange {
    const char *name, *request;
    unsigned status;
    const char *body;
    const char *type; /* NULL: text/plain; charset=utf-8 */
    const char *allow;
    bool closes;
};

static void check_reply(const struct exchange *row, const struct http_reply *reply)
{
    char value[128] = "";
    if (reply->status != row->status)
        fail_msg("%s: status %u, expected %u: %s", row->name, reply->status, row->status, buf_text(&reply->body));
    if (strcmp(buf_text(&reply->body), row->body) != 0)
        fail_msg("%s: body %s, expected %s", row->name, buf_text(&reply->body), row->body);
    if (reply->closes != row->closes)
        fail_msg("%s: closes: %d", row->name, reply->closes);
    (void)http_reply_header(reply, "Content-Type", value, sizeof(value));
    if (strcmp(value, row->type ? row->type : "text/plain; charset=utf-8") != 0)
        fail_msg("%s: type %s", row->name, value);
    bool has_allow = http_reply_header(reply, "Allow", value, sizeof(value));
    if (has_allow != (row->allow != NULL) || (has_allow && strcmp(value, row->allow) != 0))
        fail_msg("%s: Allow %s", row->name, has_allow ? value : "missing");
}

static void check_exchange(struct https_client *client, const struct exchange *row)
{
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    must(https_send(client, row->request, strlen(row->request), &err), row->name, &err);
    must(https_receive(client, &reply, &err), row->name, &err);
    check_reply(row, &reply);
}

#define POST(target, headers, body) "POST " target " HTTP/1.1\r\nHost: a\r\n" headers "\r\n" body
#define JSON_TYPE                   "Content-Type: application/json\r\n"

#define E20 "éééééééééééééééééééé"

TEST(request__good_or_bad__answered_on_one_connection)
{
    static const struct exchange rows[] = {
        {"good", POST("/mutate", JSON_TYPE "Content-Length: 2\r\n", "{}"), 200,
         JSON({"path":"/mutate","length":2,"timeout":0}), "application/json", NULL, false},
        {"timeout", POST("/advise?timeout=5s", JSON_TYPE "Content-Length: 2\r\n", "{}"), 200,
         JSON({"path":"/advise","length":2,"timeout":5000}), "application/json", NULL, false},
        {"timeout in ms", POST("/mutate?x=1&timeout=1500ms", JSON_TYPE "Content-Length: 2\r\n", "{}"), 200,
         JSON({"path":"/mutate","length":2,"timeout":1500}), "application/json", NULL, false},
        {"timeout of zero", POST("/mutate?timeout=0s", JSON_TYPE "Content-Length: 2\r\n", "{}"), 200,
         JSON({"path":"/mutate","length":2,"timeout":0}), "application/json", NULL, false},
        {"type with parameter",
         POST("/mutate", "Content-Type: Application/JSON ; charset=utf-8\r\nContent-Length: 0\r\n", ""), 200,
         JSON({"path":"/mutate","length":0,"timeout":0}), "application/json", NULL, false},
        {"chunked", POST("/mutate", JSON_TYPE "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
         200, JSON({"path":"/mutate","length":5,"timeout":0}), "application/json", NULL, false},
        {"unknown path", POST("/nothing", JSON_TYPE "Content-Length: 2\r\n", "{}"), 404,
         "no such path: /nothing (known paths: /mutate, /advise)\n", NULL, NULL, false},
        {"longer path", POST("/mutate/", JSON_TYPE "Content-Length: 2\r\n", "{}"), 404,
         "no such path: /mutate/ (known paths: /mutate, /advise)\n", NULL, NULL, false},
        {"line break in the path", POST("/a%0Ab%0d", JSON_TYPE "Content-Length: 2\r\n", "{}"), 404,
         "no such path: /a%0Ab%0d (known paths: /mutate, /advise)\n", NULL, NULL, false},
        {"percent-encoded path", POST("/%6dutate", JSON_TYPE "Content-Length: 2\r\n", "{}"), 404,
         "no such path: /%6dutate (known paths: /mutate, /advise)\n", NULL, NULL, false},
        {"absolute form", POST("http://a/mutate", JSON_TYPE "Content-Length: 2\r\n", "{}"), 404,
         "no such path: http://a/mutate (known paths: /mutate, /advise)\n", NULL, NULL, false},
        {"GET", "GET /mutate HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method GET is not allowed; use POST\n", NULL, "POST",
         false},
        {"PUT", "PUT /mutate HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405,
         "method PUT is not allowed; use POST\n", NULL, "POST", false},
        {"no type", POST("/mutate", "Content-Length: 2\r\n", "{}"), 415,
         "the Content-Type is missing; send application/json\n", NULL, NULL, false},
        {"other type", POST("/mutate", "Content-Type: application/yaml\r\nContent-Length: 2\r\n", "{}"), 415,
         "Content-Type application/yaml is not supported; send application/json\n", NULL, NULL, false},
        {"longer type", POST("/mutate", "Content-Type: application/jsonp\r\nContent-Length: 2\r\n", "{}"), 415,
         "Content-Type application/jsonp is not supported; send application/json\n", NULL, NULL, false},
        {"type longer than is shown, of two-byte characters",
         POST("/mutate", "Content-Type: a" E20 E20 E20 "\r\nContent-Length: 2\r\n", "{}"), 415,
         "Content-Type a" E20 E20 "ééééééééé is not supported; send application/json\n", NULL, NULL, false},
        {"compressed", POST("/mutate", JSON_TYPE "Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}"), 415,
         "Content-Encoding gzip is not supported; send it uncompressed\n", NULL, NULL, false},
        {"bad timeout", POST("/mutate?timeout=soon", JSON_TYPE "Content-Length: 2\r\n", "{}"), 400,
         "query parameter timeout: \"soon\" is not a duration; expected e.g. 5s or 500ms\n", NULL, NULL, false},
        {"answer fails", POST("/mutate", JSON_TYPE "Content-Length: 12\r\n", "fail byte 17"), 400, "byte 17\n", NULL,
         NULL, false},
        {"answer fails in two lines", POST("/mutate", JSON_TYPE "Content-Length: 14\r\n", "fail two\nlines"), 400,
         "two?lines\n", NULL, NULL, false},
        {"good again", POST("/mutate", JSON_TYPE "Content-Length: 2\r\n", "{}"), 200,
         JSON({"path":"/mutate","length":2,"timeout":0}), "application/json", NULL, false},
        {"client closes", POST("/mutate", JSON_TYPE "Connection: close\r\nContent-Length: 2\r\n", "{}"), 200,
         JSON({"path":"/mutate","length":2,"timeout":0}), "application/json", NULL, true},
    };
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) client = fixture_connect(fixture);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        check_exchange(client, &rows[i]);
    struct err err = {0};
    must(https_wait_closed(client, &err), "the end", &err);
    assert_int_equal(server_counts(fixture->server).connections, 1);
    assert_int_equal(server_counts(fixture->server).requests, ARRAY_SIZE(rows));
    assert_int_equal(atomic_load(&fixture->outcomes[404]), 5);
    assert_int_equal(atomic_load(&fixture->outcomes[405]), 2);
    assert_int_equal(atomic_load(&fixture->outcomes[415]), 5);
}

TEST(lengths__more_than_one__400_and_closed)
{
    static const struct exchange rows[] = {
        {"both", POST("/mutate", JSON_TYPE "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
         "2 headers give the body's length; send one Content-Length or one Transfer-Encoding\n", NULL, NULL, true},
        {"two lengths", POST("/mutate", JSON_TYPE "Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400,
         "2 headers give the body's length; send one Content-Length or one Transfer-Encoding\n", NULL, NULL, true},
    };
    AUTO(fixture) fixture = fixture_new(NULL);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        AUTO(https_client) client = fixture_connect(fixture);
        check_exchange(client, &rows[i]);
        struct err err = {0};
        must(https_wait_closed(client, &err), rows[i].name, &err);
    }
    assert_int_equal(atomic_load(&fixture->answered), 0);
}

TEST(body__around_the_limit__413_and_connection_kept)
{
    static const struct {
        const char *name;
        size_t length;
        unsigned status;
        const char *body;
    } cases[] = {
        {"20 MiB", 20 * MIB, 200, JSON({"path":"/mutate","length":20971520,"timeout":0})},
        {"20 MiB and one", 20 * MIB + 1, 413, "the body is larger than 20971520 bytes\n"},
        {"40 MiB", 40 * MIB, 413, "the body is larger than 20971520 bytes\n"},
    };
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) client = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char head[160];
        (void)snprintf(head, sizeof(head), POST("/mutate", JSON_TYPE "Content-Length: %zu\r\n", ""), cases[i].length);
        send_large(cases[i].name, client, head, cases[i].length);
        must(https_receive(client, &reply, &err), cases[i].name, &err);
        if (reply.status != cases[i].status || reply.closes || strcmp(buf_text(&reply.body), cases[i].body) != 0)
            fail_msg("%s: %u %s", cases[i].name, reply.status, buf_text(&reply.body));
    }
    assert_int_equal(server_counts(fixture->server).connections, 1);
}

/* The server must not read without end. */
TEST(body__four_times_the_limit__connection_dropped)
{
    struct server_options options = {.body_max = 1000};
    AUTO(fixture) fixture = fixture_new(&options);
    AUTO(https_client) client = fixture_connect(fixture);
    struct err err = {0};
    send_large("5000", client, POST("/mutate", JSON_TYPE "Content-Length: 1000000\r\n", ""), 5000);
    must(https_wait_closed(client, &err), "dropped", &err);
    assert_int_equal(atomic_load(&fixture->answered), 0);
}

static bool nothing_open(void *context)
{
    struct fixture *fixture = context;
    struct server_counts counts = server_counts(fixture->server);
    return counts.open_connections == 0 && counts.requests_in_flight == 0;
}

TEST(body__truncated__nothing_answered_nothing_left)
{
    static const char request[] = POST("/mutate", JSON_TYPE "Content-Length: 100\r\n", "{\"half\":");
    AUTO(fixture) fixture = fixture_new(NULL);
    struct https_client *client = fixture_connect(fixture);
    struct err err = {0};
    must(https_send(client, request, sizeof(request) - 1, &err), "half", &err);
    https_close(client);
    assert_true(eventually(nothing_open, fixture, 10000));
    assert_int_equal(atomic_load(&fixture->answered), 0);
    assert_int_equal(server_counts(fixture->server).connections, 1);
}

/* A byte every 50 ms restarts libmicrohttpd's own timer, but not the limit of the request. */
TEST(body__trickling__dropped_at_the_limit)
{
    struct server_options options = {.arrival_timeout_ms = 400};
    AUTO(fixture) fixture = fixture_new(&options);
    AUTO(https_client) client = fixture_connect(fixture);
    struct err err = {0};
    static const char head[] = POST("/mutate", JSON_TYPE "Content-Length: 1000\r\n", "");
    const struct timespec pause = {.tv_nsec = 50000000};
    must(https_send(client, head, sizeof(head) - 1, &err), "head", &err);
    unsigned sent = 0;
    while (sent < 200 && https_send(client, "x", 1, &err) == 0) {
        sent++;
        (void)nanosleep(&pause, NULL);
    }
    assert_in_range(sent, 5, 100); /* 8 within 400 ms, and those until the next check */
    must(https_wait_closed(client, &err), "trickling", &err);
    assert_true(eventually(nothing_open, fixture, 10000));
    assert_int_equal(atomic_load(&fixture->outcomes[0]), 1);
}

TEST(body__silent__dropped_at_the_limit)
{
    static const struct {
        const char *name, *request;
    } cases[] = {
        {"within the headers", "POST /mutate HTTP/1.1\r\nHost: a\r\nConte"},
        {"before the body", POST("/mutate", JSON_TYPE "Content-Length: 9\r\n", "")},
        {"within the body", POST("/mutate", JSON_TYPE "Content-Length: 9\r\n", "{")},
    };
    struct server_options options = {.arrival_timeout_ms = 500};
    AUTO(fixture) fixture = fixture_new(&options);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        AUTO(https_client) client = fixture_connect(fixture);
        struct err err = {0};
        must(https_send(client, cases[i].request, strlen(cases[i].request), &err), cases[i].name, &err);
        must(https_wait_closed(client, &err), cases[i].name, &err);
    }
    assert_int_equal(atomic_load(&fixture->answered), 0);
}

/* Between requests only the limit for idle connections applies, which is longer. */
TEST(connection__idle_longer_than_a_request_may_take__kept)
{
    struct server_options options = {.arrival_timeout_ms = 100};
    AUTO(fixture) fixture = fixture_new(&options);
    AUTO(https_client) client = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    const struct timespec idle = {.tv_sec = 2, .tv_nsec = 200000000}; /* libmicrohttpd counts in whole seconds */
    for (unsigned i = 0; i < 2; i++) {
        must(https_post(client, "/mutate", "{}", &err), "post", &err);
        must(https_receive(client, &reply, &err), "reply", &err);
        if (i == 0)
            (void)nanosleep(&idle, NULL); /* the test needs time to pass */
    }
    assert_int_equal(server_counts(fixture->server).connections, 1);
}

TEST(deadline__passed_before_the_body_came__504)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) client = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    static const char head[] = POST("/mutate?timeout=1ns", JSON_TYPE "Content-Length: 2\r\n", "");
    must(https_send(client, head, sizeof(head) - 1, &err), "head", &err);
    must(https_send(client, "{}", 2, &err), "body", &err);
    must(https_receive(client, &reply, &err), "reply", &err);
    assert_int_equal(reply.status, 504);
    assert_string_equal(buf_text(&reply.body), "the request was complete only after its own timeout\n");
    assert_int_equal(atomic_load(&fixture->answered), 0);
}

static bool one_unused(void *context)
{
    struct fixture *fixture = context;
    return server_counts(fixture->server).unused_connections == 1;
}

TEST(tls__garbage__connection_dropped_and_counted)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    struct https_options options = {.port = server_port(fixture->server), .plain = true};
    AUTO(https_client) client = NULL;
    struct err err = {0};
    must(https_connect(&options, &client, &err), "connect", &err);
    must(https_post(client, "/mutate", "{}", &err), "plain text", &err);
    /* An alert may precede the end. */
    while (https_wait_closed(client, &err) < 0 && strstr(err.text, "bytes in place"))
        continue;
    assert_true(eventually(one_unused, fixture, 10000));
    AUTO(https_client) good = fixture_connect(fixture);
    must(https_post(good, "/mutate", "{}", &err), "good", &err);
    assert_int_equal(server_counts(fixture->server).unused_connections, 1);
}

TEST(connection__many_requests__one_handshake)
{
    enum { REQUESTS = 500 };
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) client = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    for (unsigned i = 0; i < REQUESTS; i++) {
        must(https_post(client, "/mutate", "{}", &err), "post", &err);
        must(https_receive(client, &reply, &err), "reply", &err);
        assert_int_equal(reply.status, 200);
    }
    assert_int_equal(server_counts(fixture->server).connections, 1);
    assert_int_equal(atomic_load(&fixture->answered), REQUESTS);
}

TEST(connection__pipelined_requests__answered_in_order)
{
    static const char two[] = POST("/mutate", JSON_TYPE "Content-Length: 2\r\n", "{}")
        POST("/advise", JSON_TYPE "Content-Length: 3\r\n", "{ }");
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) client = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    must(https_send(client, two, sizeof(two) - 1, &err), "two", &err);
    must(https_receive(client, &reply, &err), "first", &err);
    assert_string_equal(buf_text(&reply.body), JSON({"path":"/mutate","length":2,"timeout":0}));
    must(https_receive(client, &reply, &err), "second", &err);
    assert_string_equal(buf_text(&reply.body), JSON({"path":"/advise","length":3,"timeout":0}));
}

TEST(answer__large__arrives_whole)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) client = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    must(https_post(client, "/mutate", "large", &err), "post", &err);
    must(https_receive(client, &reply, &err), "reply", &err);
    assert_int_equal(reply.body.length, 5000000);
    assert_memory_equal(reply.body.data + 4999990, "0123456789", 10);
}

TEST(connections__a_thousand_at_once__all_served_twice)
{
    enum { CONNECTIONS = 1000 };
    AUTO(fixture) fixture = fixture_new(NULL);
    struct https_client **clients = calloc(CONNECTIONS, sizeof(*clients));
    assert_non_null(clients);
    for (unsigned i = 0; i < CONNECTIONS; i++)
        clients[i] = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < CONNECTIONS; i++) /* all requests are sent before the first answer is read */
            must(https_post(clients[i], "/mutate", "{}", &err), "post", &err);
        for (unsigned i = 0; i < CONNECTIONS; i++) {
            must(https_receive(clients[i], &reply, &err), "reply", &err);
            assert_int_equal(reply.status, 200);
        }
    }
    struct server_counts counts = server_counts(fixture->server);
    assert_int_equal(counts.open_connections, CONNECTIONS);
    assert_int_equal(counts.connections, CONNECTIONS);
    assert_int_equal(counts.requests, 2 * CONNECTIONS);
    for (unsigned i = 0; i < CONNECTIONS; i++)
        https_close(clients[i]);
    free(clients);
    assert_true(eventually(nothing_open, fixture, 20000));
}

TEST(start__ipv6__serves)
{
    struct server_options options = {.listen = "[::1]:0"};
    AUTO(fixture) fixture = fixture_new(&options);
    struct https_options to = fixture_client_options(fixture);
    to.host = "::1";
    AUTO(https_client) client = NULL;
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    must(https_connect(&to, &client, &err), "connect", &err);
    must(https_post(client, "/mutate", "{}", &err), "post", &err);
    must(https_receive(client, &reply, &err), "reply", &err);
    assert_int_equal(reply.status, 200);
}

TEST(start__port_in_use__error_names_address_and_cause)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    char address[64];
    char text[128];
    (void)snprintf(address, sizeof(address), "127.0.0.1:%u", server_port(fixture->server));
    (void)snprintf(text, sizeof(text), "%s: Address already in use", address);
    static const char *const paths[] = {NULL};
    struct server_options options = {.listen = address, .paths = paths, .tls = fixture->tls};
    struct server *second = NULL;
    struct err err = {0};
    assert_int_equal(server_start(&options, &second, &err), -1);
    assert_string_equal(err.text, text);
    assert_null(second);
}
