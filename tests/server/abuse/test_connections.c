/* `gpuslice serve` while strangers hold as many connections to one of its listeners as the limit allows, or more: the
 * next client, which could be the API server, is answered. */
#include "tests/support/abuse.h"

enum {
    OVER_LIMIT = ABUSE_LIMIT + 300,
    DESCRIPTORS = 1024, /* fewer than the limit of connections */
    ROUNDS = SANITIZED ? 3 : 20,
    SPARE = 200, /* descriptors that a test needs in addition to its swarm's */
    HELD_MS = 1000,
    NEW_CLIENTS = 20,
    SHAKEN = SANITIZED ? 200 : 1000, /* a handshake takes a millisecond on each side */
    PROBE_STRANGERS = 500,
    PROBES = 20,
    DRIP_MS = 1000,
};

/* Opens more connections than the limit allows, holds them for a moment and closes them all at once, in several rounds.
 * After each round a new client must be answered. */
static void endure_bursts(struct abuse *abuse, unsigned descriptors, const char *threads)
{
    abuse_needs_descriptors(OVER_LIMIT + SPARE);
    abuse->webhook->descriptors = descriptors;
    abuse_start(abuse, (const char *[]){"--threads", threads, NULL});
    abuse_steady(abuse);
    int64_t worst_ms = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        char when[64];
        struct swarm_options options = {.port = abuse->webhook->port, .members = OVER_LIMIT};
        struct swarm *swarm = abuse_swarm(abuse, &options);
        (void)swarm_await_still(swarm, HELD_MS); /* not all of them need to be accepted by then */
        abuse_swarms_end(abuse);
        (void)snprintf(when, sizeof(when), "after burst %u of %u", round + 1, (unsigned)ROUNDS);
        int64_t took_ms = abuse_ask(when, abuse, NULL);
        worst_ms = took_ms > worst_ms ? took_ms : worst_ms;
    }
    print_message("%u bursts of %u, %s threads: the slowest new client after %lld ms\n", (unsigned)ROUNDS,
                  (unsigned)OVER_LIMIT, threads, (long long)worst_ms);
    abuse_steady_end("bursts", abuse);
    abuse_end(abuse);
}

ABUSE_TEST(burst_beyond_the_limit__two_threads__new_client_is_answered)
{
    endure_bursts(*state, 0, "2");
}

ABUSE_TEST(burst_beyond_the_limit__sixteen_threads__new_client_is_answered)
{
    endure_bursts(*state, 0, "16");
}

ABUSE_TEST(burst_beyond_the_open_files__new_client_is_answered)
{
    endure_bursts(*state, DESCRIPTORS, "2");
}

/* Strangers connect again as soon as they are evicted, even while the server shuts down. */
ABUSE_TEST(every_connection_is_held__silent__new_clients_are_answered)
{
    struct abuse *abuse = *state;
    abuse_needs_descriptors(ABUSE_LIMIT + SPARE);
    abuse_start(abuse, NULL);
    abuse_steady(abuse);
    struct swarm_options options = {.port = abuse->webhook->port, .members = ABUSE_LIMIT, .reopen = true};
    struct swarm *swarm = abuse_swarm(abuse, &options);
    (void)swarm_await_held(swarm, ABUSE_WAIT_MS);
    abuse_ask_times("4,096 silent connections", abuse, NULL, NEW_CLIENTS);
    abuse_steady_end("4,096 silent connections", abuse);
    abuse_end(abuse);
}

ABUSE_TEST(every_connection_is_held__after_handshakes__new_clients_are_answered)
{
    struct abuse *abuse = *state;
    abuse_needs_descriptors(ABUSE_LIMIT + SPARE);
    abuse_start(abuse, NULL);
    struct swarm_options shaken = {.port = abuse->webhook->port, .members = SHAKEN, .tls = true, .reopen = true};
    struct swarm_options silent = {.port = abuse->webhook->port, .members = ABUSE_LIMIT - SHAKEN, .reopen = true};
    if (!swarm_await_held(abuse_swarm(abuse, &shaken), ABUSE_WAIT_MS))
        fail_msg("the strangers' handshakes are not done");
    (void)swarm_await_held(abuse_swarm(abuse, &silent), ABUSE_GIVE_UP_MS);
    abuse_steady(abuse);
    abuse_ask_times("connections after their handshakes", abuse, NULL, NEW_CLIENTS);
    abuse_steady_end("connections after their handshakes", abuse);
    abuse_swarms_end(abuse);
    abuse_end(abuse);
}

/* More strangers than there is room for connect again and again, and evict each other. A kept connection must stay
 * open, but its requests may take long, because the strangers and the server use all of the CPU. */
ABUSE_TEST(strangers_push_each_other_out__new_clients_are_answered)
{
    struct abuse *abuse = *state;
    abuse_needs_descriptors(OVER_LIMIT + SPARE);
    abuse_start(abuse, NULL);
    abuse_steady(abuse);
    struct swarm_options options = {.port = abuse->webhook->port, .members = OVER_LIMIT, .reopen = true};
    (void)swarm_await_still(abuse_swarm(abuse, &options), HELD_MS);
    abuse_ask_times("strangers who push each other out", abuse, NULL, NEW_CLIENTS);
    abuse_steady_end_at_any_pace("strangers who push each other out", abuse);
    abuse_swarms_end(abuse);
    abuse_end(abuse);
}

/* Fails the test unless 200 comes in time. */
static void probe(const struct abuse *abuse, const char *path)
{
    struct err err = {0};
    AUTO(http_reply) reply;
    AUTO(https_client) client = NULL;
    const struct https_options options = {
        .port = abuse->webhook->health_port, .plain = true, .timeout_ms = ABUSE_GIVE_UP_MS};
    http_reply_init(&reply);
    int64_t began_ns = clock_monotonic_ns();
    int result = https_connect(&options, &client, &err);
    if (result == 0)
        result = https_get(client, path, &err);
    if (result == 0)
        result = https_receive(client, &reply, &err);
    int64_t took_ms = (clock_monotonic_ns() - began_ns) / ABUSE_MS_NS;
    if (result < 0)
        fail_msg("%s: no answer after %lld ms: %s", path, (long long)took_ms, err.text);
    assert_int_equal(reply.status, 200);
    if (!SANITIZED && took_ms > abuse_patience(ABUSE_ANSWER_MS))
        fail_msg("%s: the answer took %lld ms, more than %d", path, (long long)took_ms, (int)ABUSE_ANSWER_MS);
}

static void probe_beside(struct abuse *abuse, const struct swarm_options *options)
{
    static const char *const paths[] = {"/livez", "/readyz", "/metrics"};
    struct swarm *swarm = abuse_swarm(abuse, options);
    (void)swarm_await_held(swarm, ABUSE_GIVE_UP_MS);
    for (unsigned i = 0; i < PROBES * ARRAY_SIZE(paths); i++)
        probe(abuse, paths[i % ARRAY_SIZE(paths)]);
    abuse_swarms_end(abuse);
}

ABUSE_TEST(health_port_is_held__silent__probes_are_answered)
{
    struct abuse *abuse = *state;
    abuse_needs_descriptors(PROBE_STRANGERS + SPARE);
    abuse_start(abuse, NULL);
    struct swarm_options options = {.port = abuse->webhook->health_port, .members = PROBE_STRANGERS, .reopen = true};
    probe_beside(abuse, &options);
    abuse_end(abuse);
}

ABUSE_TEST(health_port_is_held__byte_by_byte__probes_are_answered)
{
    static const char drip[] = "aaaaaaaaaaaaaa\r\nX-More: ";
    struct abuse *abuse = *state;
    abuse_needs_descriptors(PROBE_STRANGERS + SPARE);
    abuse_start(abuse, NULL);
    struct swarm_options options = {.port = abuse->webhook->health_port,
                                    .members = PROBE_STRANGERS,
                                    .opening = "GET /livez HTTP/1.1\r\nX-More: ",
                                    .drip = drip,
                                    .drip_length = sizeof(drip) - 1,
                                    .drip_size = 1,
                                    .drip_ms = DRIP_MS,
                                    .reopen = true};
    probe_beside(abuse, &options);
    abuse_end(abuse);
}

BEFORE_TESTS()
{
    (void)signal(SIGPIPE, SIG_IGN);
}
