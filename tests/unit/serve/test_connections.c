/* serve/connections: which connection is shut down when a limit is reached. The sockets are real; the clock is
 * simulated. */
#include "serve/connections.h"
#include "tests/support/test.h"

#include <stddef.h>
#include <stdint.h>

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 12 };

struct peer {
    int fd, other; /* the ends of the server and of the client */
    struct connection *connection;
};

struct table {
    struct connections connections;
    struct peer peers[MOST];
    size_t count;
    int64_t now_ns;
};

static void table_init(struct table *table, const struct connection_limits *limits)
{
    *table = (struct table){.now_ns = NS_PER_S};
    connections_init(&table->connections, limits);
}

static void table_fini(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        connections_remove(&table->connections, table->peers[i].connection);
        (void)close(table->peers[i].fd);
        (void)close(table->peers[i].other);
    }
    assert_int_equal(connections_sum(&table->connections).open, 0);
    assert_int_equal(connections_sum(&table->connections).bytes, 0);
    connections_fini(&table->connections);
}
DEFINE_AUTO_FINI(table, struct table, table_fini);

/* Adds a connection in `phase`, one second after the last one. */
static struct connection *add(struct table *table, enum phase phase)
{
    struct peer *peer = &table->peers[table->count++];
    struct err err;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    peer->fd = ends[0];
    peer->other = ends[1];
    table->now_ns += NS_PER_S;
    assert_int_equal(connections_add(&table->connections, peer->fd, table->now_ns, &err), 0);
    peer->connection = connections_take_up(&table->connections, peer->fd, table->now_ns);
    assert_non_null(peer->connection);
    for (enum phase next = PHASE_IDLE; next <= phase; next++)
        assert_true(connections_enter(&table->connections, peer->connection, next, table->now_ns));
    return peer->connection;
}

static bool is_shut_down(const struct table *table, size_t index)
{
    char byte;
    return recv(table->peers[index].other, &byte, 1, MSG_DONTWAIT) == 0;
}

static void check_shut_down(const struct table *table, const bool expected[])
{
    for (size_t i = 0; i < table->count; i++) {
        if (is_shut_down(table, i) != expected[i])
            fail_msg("connection %zu: %s", i, expected[i] ? "is open" : "was shut down");
    }
}

TEST(limit__strangers__oldest_is_shut_down)
{
    const struct connection_limits limits = {.open = 3};
    AUTO(table) table;
    table_init(&table, &limits);
    connections_know(&table.connections, add(&table, PHASE_IDLE));
    (void)add(&table, PHASE_BODY);
    (void)add(&table, PHASE_IDLE);
    (void)add(&table, PHASE_HANDSHAKE);
    check_shut_down(&table, (const bool[]){false, true, false, false});
    (void)add(&table, PHASE_HANDSHAKE);
    check_shut_down(&table, (const bool[]){false, true, true, false, false});
}

TEST(limit__only_known_clients__longest_idle_is_shut_down)
{
    const struct connection_limits limits = {.open = 3};
    AUTO(table) table;
    table_init(&table, &limits);
    for (size_t i = 0; i < 3; i++)
        connections_know(&table.connections, add(&table, PHASE_IDLE));
    table.now_ns += NS_PER_S;
    (void)connections_enter(&table.connections, table.peers[0].connection, PHASE_DECIDING, table.now_ns);
    (void)connections_enter(&table.connections, table.peers[1].connection, PHASE_IDLE, table.now_ns);
    (void)add(&table, PHASE_HANDSHAKE);
    check_shut_down(&table, (const bool[]){false, false, true, false});
}

/* When known clients hold all connections that are allowed, an idle one of theirs is shut down for a newcomer. If only
 * strangers were shut down, each newcomer would shut down the previous one. */
TEST(limit__few_strangers__longest_idle_is_shut_down)
{
    const struct connection_limits limits = {.open = 8};
    AUTO(table) table;
    table_init(&table, &limits);
    for (size_t i = 0; i < 8; i++)
        connections_know(&table.connections, add(&table, PHASE_IDLE));
    table.now_ns += NS_PER_S;
    (void)connections_enter(&table.connections, table.peers[1].connection, PHASE_IDLE, table.now_ns);
    (void)add(&table, PHASE_HANDSHAKE);
    (void)add(&table, PHASE_HANDSHAKE);
    check_shut_down(&table, (const bool[]){true, false, true, false, false, false, false, false, false, false});
    (void)add(&table, PHASE_HANDSHAKE); /* two of eight are strangers: no longer few */
    check_shut_down(&table, (const bool[]){true, false, true, false, false, false, false, false, true, false, false});
}

/* There may be more connections than allowed, if none could be shut down when they came. */
TEST(limit__known_clients_in_a_request__are_shut_down_too)
{
    const struct connection_limits limits = {.open = 2};
    AUTO(table) table;
    table_init(&table, &limits);
    for (size_t i = 0; i < 4; i++) {
        connections_know(&table.connections, add(&table, PHASE_IDLE));
        (void)connections_enter(&table.connections, table.peers[i].connection, PHASE_DECIDING, table.now_ns);
    }
    check_shut_down(&table, (const bool[]){false, false, false, false});
    for (size_t i = 0; i < 4; i++)
        (void)connections_enter(&table.connections, table.peers[i].connection, i < 2 ? PHASE_HEADERS : PHASE_SENDING,
                                table.now_ns);
    assert_true(connections_have_room(&table.connections));
    check_shut_down(&table, (const bool[]){true, true, false, false});
    assert_true(connections_evict(&table.connections));
    check_shut_down(&table, (const bool[]){true, true, true, false});
}

/* libmicrohttpd ignores suspended connections until they are resumed. */
TEST(limit__suspended_connections__are_never_shut_down)
{
    const struct connection_limits limits = {.open = 2};
    AUTO(table) table;
    table_init(&table, &limits);
    (void)add(&table, PHASE_WAITING);
    (void)add(&table, PHASE_DECIDING);
    (void)add(&table, PHASE_HANDSHAKE);
    check_shut_down(&table, (const bool[]){false, false, false});
    assert_true(connections_evict(&table.connections));
    check_shut_down(&table, (const bool[]){false, false, true});
    assert_false(connections_evict(&table.connections));
}

TEST(bytes__over_the_limit__longest_without_progress_is_shut_down)
{
    const struct connection_limits limits = {.open = MOST, .bytes = 8 * MIB};
    AUTO(table) table;
    table_init(&table, &limits);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(connections_hold(&table.connections, add(&table, PHASE_BODY), 2 * MIB, false, table.now_ns),
                         ROOM_THERE);
    table.now_ns += NS_PER_S; /* the first makes progress, so the second is the longest without */
    assert_int_equal(connections_hold(&table.connections, table.peers[0].connection, MIB, false, table.now_ns),
                     ROOM_THERE);
    assert_int_equal(connections_hold(&table.connections, add(&table, PHASE_BODY), MIB, false, table.now_ns),
                     ROOM_THERE);
    check_shut_down(&table, (const bool[]){false, true, false, false});
    assert_int_equal(connections_sum(&table.connections).bytes, 6 * MIB);
    assert_int_equal(connections_hold(&table.connections, table.peers[1].connection, 1, false, table.now_ns),
                     ROOM_CLOSED);
}

TEST(bytes__unread_answers__are_shut_down_too)
{
    const struct connection_limits limits = {.open = MOST, .bytes = 8 * MIB};
    AUTO(table) table;
    table_init(&table, &limits);
    struct connection *reader = add(&table, PHASE_SENDING);
    connections_hold_only(&table.connections, reader, 6 * MIB);
    assert_int_equal(connections_hold(&table.connections, add(&table, PHASE_BODY), 2 * MIB, false, table.now_ns),
                     ROOM_THERE);
    check_shut_down(&table, (const bool[]){true, false});
}

TEST(bytes__short_answers__are_shut_down_last)
{
    const struct connection_limits limits = {.open = MOST, .bytes = 8 * MIB};
    AUTO(table) table;
    table_init(&table, &limits);
    connections_hold_only(&table.connections, add(&table, PHASE_SENDING), 1400);
    connections_hold_only(&table.connections, add(&table, PHASE_SENDING), 7 * MIB - 1400);
    struct connection *newcomer = add(&table, PHASE_BODY);
    assert_int_equal(connections_hold(&table.connections, newcomer, MIB, false, table.now_ns), ROOM_THERE);
    check_shut_down(&table, (const bool[]){false, true, false});
    (void)connections_enter(&table.connections, newcomer, PHASE_DECIDING, table.now_ns);
    connections_hold_only(&table.connections, newcomer, 8 * MIB - 1400);
    assert_int_equal(connections_hold(&table.connections, add(&table, PHASE_BODY), 100, false, table.now_ns),
                     ROOM_THERE);
    check_shut_down(&table, (const bool[]){true, true, false, false});
}

/* Answers need room even when no body does. */
TEST(answers__over_the_limit__oldest_is_shut_down_then_large_ones_are_refused)
{
    const struct connection_limits limits = {.open = MOST, .bytes = 8 * MIB};
    AUTO(table) table;
    table_init(&table, &limits);
    static const struct {
        size_t bytes;
        bool held;
    } answers[] = {{3 * MIB, true}, {3 * MIB, true}, {3 * MIB, true}, {3 * MIB, false}, {64 << 10, true}};
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        struct connection *connection = add(&table, PHASE_DECIDING);
        if (connections_hold_answer(&table.connections, connection, answers[i].bytes) != answers[i].held)
            fail_msg("answer %zu", i);
        (void)connections_enter(&table.connections, connection, PHASE_SENDING, table.now_ns);
    }
    /* The third answer shuts down the first and the fourth the second. Their bytes are not freed yet, so that the
     * fourth would exceed the limit by more than a quarter and is refused. */
    check_shut_down(&table, (const bool[]){true, true, false, false, false});
    assert_int_equal(connections_sum(&table.connections).bytes, 3 * MIB + (64 << 10));
}

TEST(bytes__last_eighth__is_for_small_bodies_only)
{
    const struct connection_limits limits = {.open = MOST, .bytes = 8 * MIB};
    AUTO(table) table;
    table_init(&table, &limits);
    connections_hold_only(&table.connections, add(&table, PHASE_DECIDING), 7 * MIB);
    struct connection *large = add(&table, PHASE_BODY);
    assert_int_equal(connections_hold(&table.connections, large, CONNECTIONS_SMALL, false, table.now_ns), ROOM_THERE);
    assert_int_equal(connections_hold(&table.connections, large, 1, false, table.now_ns), ROOM_NONE);
    struct connection *small = add(&table, PHASE_BODY);
    assert_int_equal(connections_hold(&table.connections, small, CONNECTIONS_SMALL, false, table.now_ns), ROOM_THERE);
    check_shut_down(&table, (const bool[]){false, false, false});
}

TEST(bytes__large_body_that_can_wait__spares_connections_with_progress)
{
    const struct connection_limits limits = {.open = MOST, .bytes = 8 * MIB};
    AUTO(table) table;
    table_init(&table, &limits);
    int64_t now_ns = 10 * NS_PER_S;
    struct connection *progressing = add(&table, PHASE_BODY);
    struct connection *newcomer = add(&table, PHASE_BODY);
    assert_int_equal(connections_hold(&table.connections, progressing, 7 * MIB, true, now_ns), ROOM_THERE);
    assert_int_equal(connections_hold(&table.connections, newcomer, MIB, true, now_ns + 1), ROOM_NONE);
    assert_int_equal(connections_hold(&table.connections, newcomer, MIB, true, now_ns + NS_PER_S), ROOM_THERE);
    check_shut_down(&table, (const bool[]){true, false});
}

TEST(bytes__small_bodies__are_not_shut_down_for_a_large_one)
{
    const struct connection_limits limits = {.open = MOST, .bytes = 8 * MIB};
    AUTO(table) table;
    table_init(&table, &limits);
    connections_hold_only(&table.connections, add(&table, PHASE_DECIDING), 6 * MIB);
    struct connection *small = add(&table, PHASE_BODY);
    struct connection *large = add(&table, PHASE_BODY);
    struct connection *newcomer = add(&table, PHASE_BODY);
    assert_int_equal(connections_hold(&table.connections, small, CONNECTIONS_SMALL, false, table.now_ns), ROOM_THERE);
    assert_int_equal(connections_hold(&table.connections, large, MIB / 2, false, table.now_ns), ROOM_THERE);
    table.now_ns += NS_PER_S;
    /* Shutting down the other large body would not make enough room, so it stays open. */
    assert_int_equal(connections_hold(&table.connections, newcomer, MIB, false, table.now_ns), ROOM_NONE);
    check_shut_down(&table, (const bool[]){false, false, false, false});
    assert_int_equal(connections_hold(&table.connections, newcomer, MIB - CONNECTIONS_SMALL, false, table.now_ns),
                     ROOM_THERE);
    check_shut_down(&table, (const bool[]){false, false, true, false});
}

static size_t woken;

static void count_woken(struct connection *connection)
{
    assert_int_equal(connection->phase, PHASE_BODY);
    woken++;
}

TEST(waiting__woken__is_in_phase_body_again)
{
    const struct connection_limits limits = {.open = MOST, .bytes = 8 * MIB};
    AUTO(table) table;
    table_init(&table, &limits);
    (void)add(&table, PHASE_WAITING);
    (void)add(&table, PHASE_BODY);
    (void)add(&table, PHASE_WAITING);
    assert_int_equal(connections_wake_waiting(&table.connections, count_woken), 2);
    assert_int_equal(woken, 2);
    assert_int_equal(connections_wake_waiting(&table.connections, count_woken), 0); /* none waits now */
}

TEST(time__limits_of_phases__progress_does_not_extend_them)
{
    const struct connection_limits limits = {.open = MOST,
                                             .bytes = 8 * MIB,
                                             .phases = {[PHASE_HANDSHAKE] = {LIMIT_FROM_ACCEPT, 10 * NS_PER_S},
                                                        [PHASE_HEADERS] = {LIMIT_FROM_REQUEST, 10 * NS_PER_S},
                                                        [PHASE_BODY] = {LIMIT_FROM_REQUEST, 30 * NS_PER_S}}};
    AUTO(table) table;
    table_init(&table, &limits);
    (void)add(&table, PHASE_HANDSHAKE);
    (void)add(&table, PHASE_IDLE);
    (void)add(&table, PHASE_HEADERS);
    struct connection *body = add(&table, PHASE_BODY);
    int64_t began_ns = table.now_ns;
    for (int i = 1; i <= 9; i++) /* a byte each second does not extend the limit */
        (void)connections_hold(&table.connections, body, 1, false, began_ns + i * NS_PER_S);
    connections_enforce(&table.connections, began_ns + 6 * NS_PER_S);
    check_shut_down(&table, (const bool[]){false, false, false, false});
    connections_enforce(&table.connections, began_ns + 11 * NS_PER_S);
    check_shut_down(&table, (const bool[]){true, false, true, false});
    connections_enforce(&table.connections, began_ns + 31 * NS_PER_S);
    check_shut_down(&table, (const bool[]){true, false, true, true});
    assert_int_equal(connections_sum(&table.connections).shut_down[LIMIT_TIME], 3);
}

/* When memory runs out, libmicrohttpd closes a descriptor without calling us. */
TEST(number__given_again__former_connection_is_forgotten)
{
    const struct connection_limits limits = {.open = MOST};
    AUTO(table) table;
    table_init(&table, &limits);
    int ends[2];
    struct err err;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(connections_add(&table.connections, ends[0], 1, &err), 0);
    assert_int_equal(connections_add(&table.connections, ends[0], 2, &err), 0);
    assert_int_equal(connections_sum(&table.connections).open, 1);
    connections_drop(&table.connections, ends[0]);
    assert_null(connections_take_up(&table.connections, ends[0], 3));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* A descriptor that libmicrohttpd has closed may now be that of a file or of another client. */
TEST(number__of_another_socket__is_not_shut_down)
{
    const struct connection_limits limits = {.open = MOST};
    AUTO(table) table;
    table_init(&table, &limits);
    int ends[2];
    int others[2];
    struct err err;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(connections_add(&table.connections, ends[0], 1, &err), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, others), 0);
    assert_int_equal(dup2(others[0], ends[0]), ends[0]);
    assert_true(connections_evict(&table.connections));
    assert_int_equal(connections_sum(&table.connections).open, 0);
    char byte;
    assert_int_equal(recv(others[1], &byte, 1, 0), -1); /* it is still open */
    for (size_t i = 0; i < 2; i++) {
        (void)close(ends[i]);
        (void)close(others[i]);
    }
}
