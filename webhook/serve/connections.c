/* The table of open connections and its limits. */
#include "serve/connections.h"

#include "base/lock.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { FIRST_TABLE = 64, WHOLE = 16 };

unsigned connections_affordable(unsigned wanted, unsigned sixteenths)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur / WHOLE >= wanted)
        return wanted;
    unsigned share = (unsigned)(files.rlim_cur / WHOLE) * sixteenths;
    return share < wanted ? share : wanted;
}

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
    for (size_t i = 0; i < connections->by_fd_size; i++)
        free(connections->by_fd[i]);
    free(connections->by_fd);
    (void)pthread_mutex_destroy(&connections->mutex);
}

/* -- Called with the mutex held -- */

static void connection_enter_phase(struct connections *connections, struct connection *connection, enum phase phase)
{
    TAILQ_REMOVE(&connections->phases[connection->phase], connection, in_phase);
    connection->phase = phase;
    TAILQ_INSERT_TAIL(&connections->phases[phase], connection, in_phase);
}

static void connection_hold_bytes(struct connections *connections, struct connection *connection, size_t bytes)
{
    connections->bytes = connections->bytes - connection->bytes + bytes;
    connection->bytes = bytes;
}

static void end_strangeness(struct connections *connections, struct connection *connection)
{
    if (connection->known)
        return;
    connection->known = true;
    connections->stranger_count--;
    TAILQ_REMOVE(&connections->strangers, connection, among_strangers);
}

static uint64_t cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t length = sizeof(cookie);
    (void)getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &length);
    return cookie;
}

static void connection_forget(struct connections *connections, struct connection *connection)
{
    connection_hold_bytes(connections, connection, 0);
    end_strangeness(connections, connection);
    if (connection->phase == PHASE_CLOSING)
        connections->closing--;
    connections->unfreed -= connection->unfreed;
    TAILQ_REMOVE(&connections->phases[connection->phase], connection, in_phase);
    connections->by_fd[connection->fd] = NULL;
    connections->open--;
    free(connection);
}

/* The bytes that the connection holds count as released immediately, because its thread frees them as soon as it sees
 * the end of the stream. The client gets a reset, because after an orderly end it would continue to send. */
static void shut_down(struct connections *connections, struct connection *connection, enum connection_limit why)
{
    /* When out of memory, libmicrohttpd silently closes a descriptor that was handed to it, and the number may already
     * belong to another socket. */
    if (connection->phase == PHASE_ACCEPTED && cookie_of(connection->fd) != connection->cookie) {
        connection_forget(connections, connection);
        return;
    }

    const struct linger reset = {.l_onoff = 1};
    (void)setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    (void)shutdown(connection->fd, SHUT_RDWR);
    connection->unfreed = connection->bytes;
    connections->unfreed += connection->bytes;
    connection_hold_bytes(connections, connection, 0);
    end_strangeness(connections, connection);
    connection_enter_phase(connections, connection, PHASE_CLOSING);
    connections->closing++;
    connections->shut_down[why]++;
}

/* False if the connection is already closing. Also false if it is waiting or being decided, because libmicrohttpd does
 * not watch their sockets. */
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

static struct connection *first_known(struct connection_list *list)
{
    struct connection *each;
    TAILQ_FOREACH(each, list, in_phase) {
        if (each->known)
            return each;
    }
    return NULL;
}

static struct connection *longest_idle_known(struct connections *connections)
{
    static const enum phase order[] = {PHASE_IDLE, PHASE_HEADERS, PHASE_BODY, PHASE_SENDING};
    struct connection *known = NULL;
    for (size_t i = 0; !known && i < ARRAY_SIZE(order); i++)
        known = first_known(&connections->phases[order[i]]);
    return known;
}

/* Shuts down the oldest stranger, or the longest idle of the other connections if strangers are few. If strangers
 * always paid, a client with many connections that have each completed a request would cause each new connection to be
 * shut down by the next one. */
static bool connections_evict_one(struct connections *connections)
{
    bool few_strangers = connections->stranger_count < connections->limits.open / 4;
    struct connection *victim = few_strangers ? longest_idle_known(connections) : NULL;
    if (!victim)
        victim = oldest_stranger(connections);
    if (!victim)
        victim = longest_idle_known(connections);
    if (victim)
        shut_down(connections, victim, LIMIT_CONNECTIONS);
    return victim != NULL;
}

/* Describes the connections that may pay for bytes. */
struct payers {
    const struct connection *newcomer; /* never pays for itself */
    size_t bodies_over, answers_over;  /* a body, or an answer, must hold more bytes than this */
    int64_t still_ns;                  /* and must have made no progress since then */
};

static bool may_pay(const struct payers *payers, const struct connection *connection)
{
    size_t over = connection->phase == PHASE_BODY ? payers->bodies_over : payers->answers_over;
    return connection != payers->newcomer && connection->bytes > over && connection->since_ns <= payers->still_ns;
}

/* Returns the first connection that may pay, or NULL. Adds the bytes that all of them hold to *sum. */
static struct connection *first_payer(struct connection_list *list, const struct payers *payers, size_t *sum)
{
    struct connection *first = NULL;
    struct connection *each;
    TAILQ_FOREACH(each, list, in_phase) {
        if (!may_pay(payers, each))
            continue;
        first = first ? first : each;
        *sum += each->bytes;
    }
    return first;
}

/* Shuts down the payer without progress for the longest time. Returns false if all payers together hold less than
 * `needed` bytes. */
static bool give_up_one(struct connections *connections, const struct payers *payers, size_t needed)
{
    size_t sum = 0;
    struct connection *body = first_payer(&connections->phases[PHASE_BODY], payers, &sum);
    struct connection *answer = first_payer(&connections->phases[PHASE_SENDING], payers, &sum);
    struct connection *victim = body && (!answer || body->since_ns <= answer->since_ns) ? body : answer;
    if (!victim || sum < needed)
        return false;
    shut_down(connections, victim, LIMIT_BYTES);
    return true;
}

/* Makes room for `more` bytes below the limit; returns false if that is not possible. A short answer pays only for a
 * small body, and only if nothing else can: its client has had no time to read it, and closing it frees almost nothing.
 */
static bool make_room(struct connections *connections, const struct connection *newcomer, size_t more, bool small,
                      int64_t still_ns)
{
    size_t limit = connections->limits.bytes - (small ? 0 : connections->limits.bytes / 8);
    struct payers payers = {.newcomer = newcomer,
                            .bodies_over = small ? 0 : CONNECTIONS_SMALL,
                            .answers_over = CONNECTIONS_SMALL,
                            .still_ns = still_ns};
    while (connections->bytes + more > limit) {
        size_t needed = connections->bytes + more - limit;
        if (give_up_one(connections, &payers, needed))
            continue;
        if (!small || payers.answers_over == 0)
            return false;
        payers.answers_over = 0;
    }

    return true;
}

static int grow_table(struct connections *connections, int fd, struct err *err)
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

static struct connection *connection_at_fd(const struct connections *connections, int fd)
{
    return fd >= 0 && (size_t)fd < connections->by_fd_size ? connections->by_fd[fd] : NULL;
}

/* -- Public functions -- */

bool connections_have_room(struct connections *connections)
{
    unsigned limit = connections->limits.open;
    AUTO(lock) held = lock_take(&connections->mutex);
    /* When the connections above the limit arrived, there may have been none to evict. */
    while (connections->open - connections->closing > limit && connections_evict_one(connections))
        continue;
    return connections->open < limit + connections_slack(limit);
}

bool connections_evict(struct connections *connections)
{
    AUTO(lock) held = lock_take(&connections->mutex);
    return connections_evict_one(connections);
}

int connections_add(struct connections *connections, int fd, int64_t now_ns, struct err *err)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    if (!connection)
        return err_nomem(err);
    *connection = (struct connection){.fd = fd, .cookie = cookie_of(fd), .accepted_ns = now_ns, .since_ns = now_ns};

    AUTO(lock) held = lock_take(&connections->mutex);
    if (grow_table(connections, fd, err) < 0) {
        free(connection);
        return -1;
    }

    /* If a connection in the table has this number, libmicrohttpd has silently closed it, because the kernel does not
     * assign the number of an open descriptor. */
    if (connection_at_fd(connections, fd))
        connection_forget(connections, connection_at_fd(connections, fd));
    if (connections->open - connections->closing >= connections->limits.open)
        (void)connections_evict_one(connections);

    connections->by_fd[fd] = connection;
    connections->open++;
    TAILQ_INSERT_TAIL(&connections->phases[PHASE_ACCEPTED], connection, in_phase);
    TAILQ_INSERT_TAIL(&connections->strangers, connection, among_strangers);
    connections->stranger_count++;
    return 0;
}

struct connection *connections_take_up(struct connections *connections, int fd, int64_t now_ns)
{
    AUTO(lock) held = lock_take(&connections->mutex);
    struct connection *connection = connection_at_fd(connections, fd);
    if (connection && connection->phase == PHASE_ACCEPTED) {
        connection->since_ns = now_ns;
        connection_enter_phase(connections, connection, PHASE_HANDSHAKE);
    }
    return connection;
}

void connections_remove(struct connections *connections, struct connection *connection)
{
    AUTO(lock) held = lock_take(&connections->mutex);
    connection_forget(connections, connection);
}

void connections_drop(struct connections *connections, int fd)
{
    AUTO(lock) held = lock_take(&connections->mutex);
    if (connection_at_fd(connections, fd))
        connection_forget(connections, connection_at_fd(connections, fd));
}

bool connections_enter(struct connections *connections, struct connection *connection, enum phase phase, int64_t now_ns)
{
    AUTO(lock) held = lock_take(&connections->mutex);
    if (connection->phase == PHASE_CLOSING)
        return false;
    if (phase == PHASE_HEADERS)
        connection->request_ns = now_ns;
    connection->since_ns = now_ns;
    connection_enter_phase(connections, connection, phase);
    return true;
}

void connections_know(struct connections *connections, struct connection *connection)
{
    AUTO(lock) held = lock_take(&connections->mutex);
    end_strangeness(connections, connection);
}

enum room connections_hold(struct connections *connections, struct connection *connection, size_t more, bool patient,
                           int64_t now_ns)
{
    AUTO(lock) held = lock_take(&connections->mutex);
    if (connection->phase == PHASE_CLOSING)
        return ROOM_CLOSED;

    bool small = connection->bytes + more <= CONNECTIONS_SMALL;
    int64_t still_ns = patient && !small ? now_ns - CONNECTIONS_STILL_MS * NS_PER_MS : now_ns;
    if (!make_room(connections, connection, more, small, still_ns))
        return ROOM_NONE;

    connection_hold_bytes(connections, connection, connection->bytes + more);
    connection->since_ns = now_ns;
    connection_enter_phase(connections, connection, PHASE_BODY);
    return ROOM_THERE;
}

/* A thread frees the bytes of closed connections only at the end of its round, and may create many answers before that.
 * So these bytes count as well, but against a limit that is a quarter higher. */
bool connections_hold_answer(struct connections *connections, struct connection *connection, size_t bytes)
{
    AUTO(lock) held = lock_take(&connections->mutex);
    if (connection->phase == PHASE_CLOSING)
        return false;

    size_t most = connections->limits.bytes + connections->limits.bytes / 4;
    connection_hold_bytes(connections, connection, 0);
    if (bytes > CONNECTIONS_SMALL && (!make_room(connections, connection, bytes, false, INT64_MAX) ||
                                      connections->bytes + connections->unfreed + bytes > most))
        return false;

    connection_hold_bytes(connections, connection, bytes);
    return true;
}

void connections_hold_only(struct connections *connections, struct connection *connection, size_t bytes)
{
    AUTO(lock) held = lock_take(&connections->mutex);
    if (connection->phase != PHASE_CLOSING)
        connection_hold_bytes(connections, connection, bytes);
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
    AUTO(lock) held = lock_take(&connections->mutex);
    for (enum phase phase = 0; phase < PHASE_CLOSING; phase++) {
        struct connection *each = TAILQ_FIRST(&connections->phases[phase]);
        while (each) {
            struct connection *next = TAILQ_NEXT(each, in_phase);
            if (can_be_shut_down(each) && is_over_time(connections, each, now_ns))
                shut_down(connections, each, LIMIT_TIME);
            each = next;
        }
    }
}

size_t connections_wake_waiting(struct connections *connections, void (*visit)(struct connection *connection))
{
    size_t count = 0;
    AUTO(lock) held = lock_take(&connections->mutex);
    struct connection *each;
    while ((each = TAILQ_FIRST(&connections->phases[PHASE_WAITING])) != NULL) {
        connection_enter_phase(connections, each, PHASE_BODY);
        visit(each);
        count++;
    }
    return count;
}

struct connections_sum connections_sum(struct connections *connections)
{
    AUTO(lock) held = lock_take(&connections->mutex);
    struct connections_sum sum = {.open = connections->open, .bytes = connections->bytes};
    memcpy(sum.shut_down, connections->shut_down, sizeof(sum.shut_down));
    return sum;
}
