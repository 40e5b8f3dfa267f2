/* serve/drain: requests are answered until the deadline, and connections do not delay the end for long. */
#include "base/clock.h"
#include "serve/drain.h"
#include "tests/support/server_fixture.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test.h"

#include <stdint.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { CLIENTS = 8, ROUNDS = 5, MS_NS = 1000000 };

static void must(int result, const char *what, const struct err *err)
{
    if (result < 0)
        fail_msg("%s: %s", what, err->text);
}

/* Clients like those of a Service: they open connections while there is an endpoint, and reuse each until it closes. */
struct load {
    struct fixture *fixture;
    unsigned health_port;
    atomic_bool endpoint_gone;
    atomic_uint answered, lost, running;
    char text[ERR_TEXT_SIZE]; /* of the first loss */
};

/* Sends requests on one connection until an answer closes it. Returns false if a request is not answered with 200. */
static bool use_connection(struct load *load, struct https_client *client, struct err *err)
{
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    for (;;) {
        if (https_post(client, "/mutate", "{}", err) < 0 || https_receive(client, &reply, err) < 0)
            return false;
        if (reply.status != 200)
            return err_set(err, ERR_IO, "status %u", reply.status) == 0;
        unsigned answered = atomic_fetch_add(&load->answered, 1);
        /* Some connections end early, so that there are always handshakes in progress. */
        if (reply.closes || (answered % 16 == 0 && !atomic_load(&load->endpoint_gone)))
            return true;
    }
}

static void *send_repeatedly(void *context)
{
    struct load *load = context;
    while (!atomic_load(&load->endpoint_gone)) {
        struct https_options options = fixture_client_options(load->fixture);
        AUTO(https_client) client = NULL;
        struct err err = {0};
        if (https_connect(&options, &client, &err) < 0 || !use_connection(load, client, &err)) {
            if (atomic_fetch_add(&load->lost, 1) == 0)
                (void)snprintf(load->text, sizeof(load->text), "%s", err.text);
            break;
        }
    }
    (void)atomic_fetch_sub(&load->running, 1);
    return NULL;
}

/* Acts as the endpoints controller: removes the endpoint when /readyz fails. */
static void *watch_readiness(void *context)
{
    struct load *load = context;
    while (!atomic_load(&load->endpoint_gone)) {
        struct https_options options = {.port = load->health_port, .plain = true};
        AUTO(https_client) client = NULL;
        AUTO(http_reply) reply;
        http_reply_init(&reply);
        struct err err = {0};
        if (https_connect(&options, &client, &err) < 0 || https_get(client, "/readyz", &err) < 0 ||
            https_receive(client, &reply, &err) < 0 || reply.status != 200)
            atomic_store(&load->endpoint_gone, true);
    }
    return NULL;
}

static bool load_has_begun(void *context)
{
    struct load *load = context;
    return atomic_load(&load->answered) >= 200;
}

static void drain_once(unsigned round)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(health) health = NULL;
    struct health_options health_options = {.listen = "127.0.0.1:0"};
    struct drain_options options = {.serve_on_ms = 300, .finish_ms = 30000};
    struct load load = {.fixture = fixture};
    struct err err = {0};
    pthread_t threads[CLIENTS];
    pthread_t controller;
    must(health_start(&health_options, &health, &err), "health", &err);
    load.health_port = health_port(health);
    atomic_store(&load.running, CLIENTS);
    for (unsigned i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_repeatedly, &load), 0);
    assert_int_equal(pthread_create(&controller, NULL, watch_readiness, &load), 0);
    bool began = eventually(load_has_begun, &load, 60000);
    int result = drain(fixture->server, health, &options, &err);
    for (unsigned i = 0; i < CLIENTS; i++)
        (void)pthread_join(threads[i], NULL);
    (void)pthread_join(controller, NULL);
    assert_true(began);
    must(result, "drain", &err);
    if (atomic_load(&load.lost) > 0)
        fail_msg("round %u: %u of %d clients lost a request, the first: %s", round, atomic_load(&load.lost), CLIENTS,
                 load.text);
    struct server_counts counts = server_counts(fixture->server);
    assert_int_equal(counts.requests, atomic_load(&load.answered));
    assert_int_equal(counts.open_connections, 0);
}

TEST(drain__under_load__no_request_is_lost)
{
    for (unsigned round = 0; round < ROUNDS; round++)
        drain_once(round);
}

struct drained {
    struct fixture *fixture;
    struct drain_options options;
    int result;
    struct err err;
    atomic_bool done;
};

static void *drain_in_thread(void *context)
{
    struct drained *drained = context;
    drained->result = drain(drained->fixture->server, NULL, &drained->options, &drained->err);
    atomic_store(&drained->done, true);
    return NULL;
}

static bool one_waits(void *context)
{
    struct fixture *fixture = context;
    return atomic_load(&fixture->waiting) == 1;
}

static bool refuses_connections(void *context)
{
    struct fixture *fixture = context;
    struct https_options options = {.port = server_port(fixture->server), .plain = true};
    AUTO(https_client) client = NULL;
    struct err err = {0};
    return https_connect(&options, &client, &err) < 0 && strcmp(err.text, "connect: Connection refused") == 0;
}

/* A request is in flight when the drain begins: the drain waits for it, new connections are refused meanwhile, and its
 * answer closes the connection. */
TEST(drain__request_in_flight__is_waited_for)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) client = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    must(https_post(client, "/mutate", "wait", &err), "post", &err);
    assert_true(eventually(one_waits, fixture, 10000));
    struct drained drained = {.fixture = fixture, .options = {.finish_ms = 60000}};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, drain_in_thread, &drained), 0);
    assert_true(eventually(refuses_connections, fixture, 10000));
    assert_false(atomic_load(&drained.done));
    fixture_release(fixture);
    int result = https_receive(client, &reply, &err);
    (void)pthread_join(thread, NULL);
    must(result, "reply", &err);
    must(drained.result, "drain", &drained.err);
    assert_int_equal(reply.status, 200);
    assert_true(reply.closes);
}

/* A part of a request was sent when the drain begins: the rest may still come. */
TEST(drain__request_partly_sent__is_waited_for)
{
    static const char *const parts[] = {"POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n",
                                        "Content-Length: 4\r\n\r\n{  ", "}"};
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) client = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    struct drained drained = {.fixture = fixture, .options = {.finish_ms = 60000}};
    pthread_t thread;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        must(https_send(client, parts[i], strlen(parts[i]), &err), parts[i], &err);
        if (i == 0) {
            assert_int_equal(pthread_create(&thread, NULL, drain_in_thread, &drained), 0);
            assert_true(eventually(refuses_connections, fixture, 10000));
        }
    }
    int result = https_receive(client, &reply, &err);
    (void)pthread_join(thread, NULL);
    must(result, "reply", &err);
    must(drained.result, "drain", &drained.err);
    assert_int_equal(reply.status, 200);
    assert_true(reply.closes);
}

/* A client with an open connection, used before or not, sends a request two seconds after the drain has begun. */
static void request_late(bool used)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) client = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    struct drained drained = {.fixture = fixture, .options = {.finish_ms = 60000}};
    const struct timespec pause = {.tv_sec = 2};
    pthread_t thread;
    if (used) {
        must(https_post(client, "/mutate", "{}", &err), "post", &err);
        must(https_receive(client, &reply, &err), "reply", &err);
        assert_false(reply.closes);
    }
    assert_int_equal(pthread_create(&thread, NULL, drain_in_thread, &drained), 0);
    assert_true(eventually(refuses_connections, fixture, 10000));
    (void)nanosleep(&pause, NULL); /* the test needs time to pass */
    int result = https_post(client, "/mutate", "{}", &err);
    if (result == 0)
        result = https_receive(client, &reply, &err);
    (void)pthread_join(thread, NULL);
    must(result, "reply", &err);
    must(drained.result, "drain", &drained.err);
    assert_int_equal(reply.status, 200);
    assert_true(reply.closes);
}

TEST(drain__fresh_connection__may_still_send_a_request)
{
    request_late(false);
}

TEST(drain__idle_connection__may_send_one_more_request)
{
    request_late(true);
}

TEST(drain__request_without_end__is_cut_off_at_the_deadline)
{
    static const char half[] = "POST /mutate HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) client = fixture_connect(fixture);
    struct err err = {0};
    must(https_send(client, half, sizeof(half) - 1, &err), "half", &err);
    struct drain_options options = {.finish_ms = 300};
    assert_int_equal(drain(fixture->server, NULL, &options, &err), -1);
    assert_string_equal(err.text, "requests that did not finish within 300 ms and were cut off: 1");
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    must(https_wait_closed(client, &err), "closed", &err);
}

/* A connection without any request, and one that is idle after a request, do not delay the drain for long. */
TEST(drain__idle_connections__are_closed_in_the_end)
{
    AUTO(fixture) fixture = fixture_new(NULL);
    AUTO(https_client) fresh = fixture_connect(fixture);
    AUTO(https_client) used = fixture_connect(fixture);
    AUTO(http_reply) reply;
    http_reply_init(&reply);
    struct err err = {0};
    must(https_post(used, "/mutate", "{}", &err), "post", &err);
    must(https_receive(used, &reply, &err), "reply", &err);
    assert_false(reply.closes);
    struct drain_options options = {.finish_ms = 60000};
    int64_t begin = clock_monotonic_ns();
    must(drain(fixture->server, NULL, &options, &err), "drain", &err);
    assert_true(clock_monotonic_ns() - begin < 10000 * (int64_t)MS_NS);
    must(https_wait_closed(fresh, &err), "fresh", &err);
    must(https_wait_closed(used, &err), "used", &err);
}
