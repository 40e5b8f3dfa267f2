/* The table of open connections and its limits. */
#include "serve/connections.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { FIRST_TABLE = 64, MS_NS = 1000000 };

void connections_init(struct connections *connections, const struct connection_limits *limits)
{
    *connections = (struct connections){.limits = *limits};
    (void)pthread_mutex_init(&connections->mutex, NULL); /* cannot fail with default attributes on Linux */
    for (size_t i = 0; i < PHASES; i++)
        TAILQ_INIT(&connections->phases[i]);
    TAILQ_INIT(&connections->strangers);
}

void connections_fini(struct connections *connections)
{
    free(connections->by_fd);
    (void)pthread_mutex_destroy(&connections->mutex);
}

static void lock(struct connections *connections)
{
    (void)pthread_mutex_lock(&connections->mutex);
}

static void unlock(struct connections *connections)
{
    (void)pthread_mutex_unlock(&connections->mutex);
}

/* -- With the mutex held -- */

static void move(struct connections *connections, struct connection *connection, enum phase phase)
{
    TAILQ_REMOVE(&connections->phases[connection->phase], connection, in_phase);
    connection->phase = phase;
    TAILQ_INSERT_TAIL(&connections->phases[phase], connection, in_phase);
}

static void hold(struct connections *connections, struct connection *connection, size_t bytes)
{
    connections->bytes = connections->bytes - connection->bytes + bytes;
    connection->bytes = bytes;
}

static void end_strangeness(struct connections *connections, struct connection *connection)
{
    if (connection->known)
        return;
    connection->known = true;
    TAILQ_REMOVE(&connections->strangers, connection, among_strangers);
}

/* What it holds counts as given back at once: its thread frees it as soon as it sees the end. The client sees a reset:
 * a mere end would let it go on sending. */
static void shut_down(struct connections *connections, struct connection *connection, enum connection_limit why)
{
    const struct linger reset = {.l_onoff = 1};
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    (void)shutdown(connection->fd, SHUT_RDWR);
    hold(connections, connection, 0);
    end_strangeness(connections, connection);
    move(connections, connection, PHASE_CLOSING);
    connections->closing++;
    connections->shut_down[why]++;
}

/* libmicrohttpd does not look at the socket of a connection that it has suspended. */
static bool can_be_shut_down(const struct connection *connection)
{
    return connection->phase != PHASE_WAITING && connection->phase != PHASE_DECIDING &&
           connection->phase != PHASE_CLOSING;
}

static struct connection *oldest_stranger(struct connections *connections)
{
    struct connection *each;
    TAILQ_FOREACH(each, &connections->strangers, among_strangers) {
        if (can_be_shut_down(each))
            return each;
    }
    return NULL;
}

static bool evict(struct connections *connections)
{
    struct connection *victim = oldest_stranger(connections);
    if (!victim)
        victim = TAILQ_FIRST(&connections->phases[PHASE_IDLE]);
    if (!victim)
        victim = TAILQ_FIRST(&connections->phases[PHASE_BODY]);
    if (victim)
        shut_down(connections, victim, LIMIT_CONNECTIONS);
    return victim != NULL;
}

static struct connection *first_that_holds(struct connection_list *list, size_t more_than, const struct connection *but)
{
    struct connection *each;
    TAILQ_FOREACH(each, list, in_phase) {
        if (each->bytes > more_than && each != but)
            return each;
    }
    return NULL;
}

/* Gives up the body or answer that stood still for longest, if it did since `still_ns`. A short answer is given up only
 * where there is nothing else: its client has had no time to read it, and it frees next to nothing. */
static bool give_up_one(struct connections *connections, const struct connection *newcomer, int64_t still_ns)
{
    struct connection_list *sending = &connections->phases[PHASE_SENDING];
    struct connection *body = first_that_holds(&connections->phases[PHASE_BODY], 0, newcomer);
    struct connection *answer = first_that_holds(sending, CONNECTIONS_SMALL, newcomer);
    if (!body && !answer)
        answer = first_that_holds(sending, 0, newcomer);
    struct connection *victim = body && (!answer || body->since_ns <= answer->since_ns) ? body : answer;
    if (!victim || victim->since_ns > still_ns)
        return false;
    shut_down(connections, victim, LIMIT_BYTES);
    return true;
}

static void forget(struct connections *connections, struct connection *connection)
{
    hold(connections, connection, 0);
    end_strangeness(connections, connection);
    if (connection->phase == PHASE_CLOSING)
        connections->closing--;
    TAILQ_REMOVE(&connections->phases[connection->phase], connection, in_phase);
    connections->by_fd[connection->fd] = NULL;
    connections->open--;
    free(connection);
}

static int make_table(struct connections *connections, int fd, struct err *err)
{
    size_t size = connections->by_fd_size ? connections->by_fd_size : FIRST_TABLE;
    while (size <= (size_t)fd)
        size *= 2;
    if (size == connections->by_fd_size)
        return 0;
    struct connection **grown = realloc(connections->by_fd, size * sizeof(struct connection *));
    if (!grown)
        return err_nomem(err);
    for (size_t i = connections->by_fd_size; i < size; i++)
        grown[i] = NULL;
    connections->by_fd = grown;
    connections->by_fd_size = size;
    return 0;
}

static struct connection *at(const struct connections *connections, int fd)
{
    return fd >= 0 && (size_t)fd < connections->by_fd_size ? connections->by_fd[fd] : NULL;
}

/* -- For everybody -- */

bool connections_have_room(struct connections *connections)
{
    lock(connections);
    bool room = connections->open < connections->limits.open + CONNECTIONS_SLACK;
    unlock(connections);
    return room;
}

bool connections_evict(struct connections *connections)
{
    lock(connections);
    bool evicted = evict(connections);
    unlock(connections);
    return evicted;
}

int connections_add(struct connections *connections, int fd, int64_t now_ns, struct err *err)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        return err_nomem(err);
    *connection = (struct connection){.fd = fd, .accepted_ns = now_ns, .since_ns = now_ns};

    lock(connections);
    if (make_table(connections, fd, err) < 0) {
        unlock(connections);
        free(connection);
        return -1;
    }
    /* The kernel gives a number again only when it was closed: libmicrohttpd gave that one up without a word. */
    if (at(connections, fd))
        forget(connections, at(connections, fd));
    if (connections->open - connections->closing >= connections->limits.open)
        (void)evict(connections);
    connections->by_fd[fd] = connection;
    connections->open++;
    TAILQ_INSERT_TAIL(&connections->phases[PHASE_ACCEPTED], connection, in_phase);
    TAILQ_INSERT_TAIL(&connections->strangers, connection, among_strangers);
    unlock(connections);
    return 0;
}

struct connection *connections_take_up(struct connections *connections, int fd, int64_t now_ns)
{
    lock(connections);
    struct connection *connection = at(connections, fd);
    if (connection && connection->phase == PHASE_ACCEPTED) {
        connection->since_ns = now_ns;
        move(connections, connection, PHASE_HANDSHAKE);
    }
    unlock(connections);
    return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
    lock(connections);
    forget(connections, connection);
    unlock(connections);
}

void connections_drop(struct connections *connections, int fd)
{
    lock(connections);
    if (at(connections, fd))
        forget(connections, at(connections, fd));
    unlock(connections);
}

bool connections_enter(struct connections *connections, struct connection *connection, enum phase phase, int64_t now_ns)
{
    lock(connections);
    bool open = connection->phase != PHASE_CLOSING;
    if (open) {
        if (phase == PHASE_HEADERS)
            connection->request_ns = now_ns;
        connection->since_ns = now_ns;
        move(connections, connection, phase);
    }
    unlock(connections);
    return open;
}

void connections_know(struct connections *connections, struct connection *connection)
{
    lock(connections);
    end_strangeness(connections, connection);
    unlock(connections);
}

enum room connections_hold(struct connections *connections, struct connection *connection, size_t more, bool patient,
                           int64_t now_ns)
{
    lock(connections);
    bool open = connection->phase != PHASE_CLOSING;
    bool small = connection->bytes + more <= CONNECTIONS_SMALL;
    size_t limit = connections->limits.bytes - (small ? 0 : connections->limits.bytes / 8);
    int64_t still_ns = patient && !small ? now_ns - (int64_t)CONNECTIONS_STILL_MS * MS_NS : now_ns;
    bool room = open;
    while (room && connections->bytes + more > limit)
        room = give_up_one(connections, connection, still_ns);
    if (room) {
        hold(connections, connection, connection->bytes + more);
        connection->since_ns = now_ns;
        move(connections, connection, PHASE_BODY);
    }
    unlock(connections);
    return !open ? ROOM_CLOSED : room ? ROOM_THERE : ROOM_NONE;
}

void connections_hold_only(struct connections *connections, struct connection *connection, size_t bytes)
{
    lock(connections);
    if (connection->phase != PHASE_CLOSING)
        hold(connections, connection, bytes);
    unlock(connections);
}

static bool is_over_time(const struct connections *connections, const struct connection *connection, int64_t now_ns)
{
    const struct phase_limit *limit = &connections->limits.phases[connection->phase];
    const int64_t began[] = {[LIMIT_NONE] = now_ns,
                             [LIMIT_FROM_ACCEPT] = connection->accepted_ns,
                             [LIMIT_FROM_REQUEST] = connection->request_ns,
                             [LIMIT_FROM_PHASE] = connection->since_ns};
    return limit->from != LIMIT_NONE && now_ns - began[limit->from] > limit->ns;
}

void connections_enforce(struct connections *connections, int64_t now_ns)
{
    lock(connections);
    for (enum phase phase = 0; phase < PHASE_CLOSING; phase++) {
        struct connection *each = TAILQ_FIRST(&connections->phases[phase]);
        while (each) {
            struct connection *next = TAILQ_NEXT(each, in_phase);
            if (can_be_shut_down(each) && is_over_time(connections, each, now_ns))
                shut_down(connections, each, LIMIT_TIME);
            each = next;
        }
    }
    unlock(connections);
}

size_t connections_wake_waiting(struct connections *connections, void (*visit)(struct connection *connection))
{
    size_t count = 0;
    lock(connections);
    struct connection *each;
    while ((each = TAILQ_FIRST(&connections->phases[PHASE_WAITING])) != NULL) {
        move(connections, each, PHASE_BODY);
        visit(each);
        count++;
    }
    unlock(connections);
    return count;
}

struct connections_sum connections_sum(struct connections *connections)
{
    lock(connections);
    struct connections_sum sum = {.open = connections->open, .bytes = connections->bytes};
    const struct connection *each;
    TAILQ_FOREACH(each, &connections->phases[PHASE_WAITING], in_phase)
        sum.waiting++;
    memcpy(sum.shut_down, connections->shut_down, sizeof(sum.shut_down));
    unlock(connections);
    return sum;
}
