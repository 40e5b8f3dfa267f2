/* The connections of a listener, their phases, and which of them is closed when a limit is reached. Private to serve/.
 *
 * Every client in the cluster can connect, and the API server, the client that matters, is only one of them. So every
 * resource has a total limit, and when it is reached, the connection that has made no progress for the longest time
 * pays, never the new one:
 *
 *   open connections   the oldest stranger (a connection without a successful request so far); if strangers are few,
 *                      so that they may well be newcomers, the longest idle of the others
 *   bytes held         the incomplete body or unread answer without progress for the longest time; an eighth of the
 *                      limit is reserved for bodies up to CONNECTIONS_SMALL
 *   time               a phase can have a limit, which arriving bytes do not extend
 *
 * "Pays" means that its socket is shut down; then its thread sees the end of the stream and releases it. A connection
 * stays in the table until connections_remove(), which is called before its descriptor is closed, so a shutdown can
 * never hit a descriptor that already has another owner. Thread-safe. Does not depend on TLS or HTTP. */
#pragma once

#include "base/err.h"
#include "base/units.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

enum phase {
    PHASE_ACCEPTED,  /* no thread has taken it over yet */
    PHASE_HANDSHAKE, /* of TLS; connections of a plain listener stay in this phase */
    PHASE_IDLE,      /* no byte has arrived since the handshake or the last request */
    PHASE_HEADERS,   /* a request has begun */
    PHASE_BODY,      /* the headers are complete, the body is not */
    PHASE_WAITING,   /* the body waits for room; the connection is suspended, so it is never shut down */
    PHASE_DECIDING,  /* the request is complete but not answered yet; the connection is never shut down */
    PHASE_SENDING,   /* its answer is being sent */
    PHASE_CLOSING,   /* shut down; its thread has not noticed yet */
    PHASES
};

enum limit_from { LIMIT_NONE, LIMIT_FROM_ACCEPT, LIMIT_FROM_REQUEST, LIMIT_FROM_PHASE };

struct phase_limit {
    enum limit_from from;
    int64_t ns;
};

enum {
    CONNECTIONS_SMALL = 64 * KIB, /* bytes: a body up to this size may use what is reserved for small ones */
    CONNECTIONS_STILL_MS = 200,   /* a connection without progress for this long counts as stalled */
};

/* Why a connection was shut down. */
enum connection_limit { LIMIT_CONNECTIONS, LIMIT_BYTES, LIMIT_TIME, LIMITS };

struct connection_limits {
    unsigned open;
    size_t bytes; /* of bodies and answers; 0 for a listener that does not call connections_hold() */
    struct phase_limit phases[PHASES];
};

struct connection {
    TAILQ_ENTRY(connection) in_phase;
    TAILQ_ENTRY(connection) among_strangers;
    int fd;
    uint64_t cookie;     /* SO_COOKIE: distinguishes its socket from a later one with the same number */
    enum phase phase;    /* changed by its own thread, and by those that wake it or shut it down */
    bool known;          /* not a stranger: it has had a successful request, or was shut down */
    int64_t accepted_ns; /* CLOCK_MONOTONIC, like the next two */
    int64_t request_ns;  /* when the first byte of the request arrived */
    int64_t since_ns;    /* start of this phase, or the last progress of a body */
    size_t bytes;        /* of its body, then of its answer */
    size_t unfreed;      /* bytes that it held when it was shut down */
    void *owned;         /* used only by its own thread */
};

TAILQ_HEAD(connection_list, connection);

struct connections {
    struct connection_limits limits;
    pthread_mutex_t mutex; /* guards what follows, and the members of each connection except `owned` */
    struct connection_list phases[PHASES];
    struct connection_list strangers; /* oldest first */
    struct connection **by_fd;
    size_t by_fd_size;
    unsigned open; /* including those that are closing */
    unsigned closing;
    unsigned stranger_count;
    size_t bytes;
    size_t unfreed; /* counted as released when the connection was shut down, but not freed yet */
    uint64_t shut_down[LIMITS];
};

/* Sixteenths of the process's file descriptors, so that neither listener takes those of the other. The rest is for
 * files, the Kubernetes API and connections that are closing. */
enum { DESCRIPTORS_OF_REVIEWS = 11, DESCRIPTORS_OF_PROBES = 1 };

/* Returns sixteenths/16 of RLIMIT_NOFILE's soft limit, but at most `wanted`. */
unsigned connections_affordable(unsigned wanted, unsigned sixteenths);

void connections_init(struct connections *connections, const struct connection_limits *limits);
/* Call it when no thread uses the table any more. Also frees the connections that are still in it. */
void connections_fini(struct connections *connections);

/* Returns by how much connections, including those that are closing, may exceed `open` before accepting pauses. */
static inline unsigned connections_slack(unsigned open)
{
    return open / 16 + 8;
}

/* Evicts connections above the limit. Returns false if too many still exist, so that a new one must wait. */
bool connections_have_room(struct connections *connections);

/* Shuts down a connection to make room for a new one. Returns false if none can be shut down. */
bool connections_evict(struct connections *connections);

/* Adds the connection of an accepted descriptor, and evicts another if there are too many. Errors: ERR_NOMEM. */
MUST_CHECK int connections_add(struct connections *connections, int fd, int64_t now_ns, struct err *err);

/* Called by the thread that takes the connection over. Moves it to PHASE_HANDSHAKE unless it was shut down. Returns
 * NULL if no connection with this descriptor is in the table. */
struct connection *connections_take_up(struct connections *connections, int fd, int64_t now_ns);

/* Call it before the descriptor is closed. Frees the connection. */
void connections_remove(struct connections *connections, struct connection *connection);
/* The same for a connection that no thread took over. */
void connections_drop(struct connections *connections, int fd);

/* Moves the connection to a phase. Returns false, without effect, if it has been shut down. */
bool connections_enter(struct connections *connections, struct connection *connection, enum phase phase,
                       int64_t now_ns);

/* Records that the connection has had a successful request, so that it is no longer a stranger. */
void connections_know(struct connections *connections, struct connection *connection);

enum room { ROOM_THERE, ROOM_NONE, ROOM_CLOSED };

/* Counts `more` bytes of a body as held; if there is no room, the connections without progress for the longest time pay
 * for them. Small bodies do not pay for a large one. If `patient`, only connections without progress for
 * CONNECTIONS_STILL_MS pay for a large one, so that many active ones take turns instead of shutting each other down.
 * Returns ROOM_NONE if other connections cannot pay enough at the moment and the body must wait, ROOM_CLOSED if this
 * connection has been shut down. */
enum room connections_hold(struct connections *connections, struct connection *connection, size_t more, bool patient,
                           int64_t now_ns);

/* Counts an answer of `bytes` instead of the connection's body. Returns false if the connection has been shut down, or
 * if there is no room and others cannot pay enough; the connection then holds nothing. There is always room for an
 * answer up to CONNECTIONS_SMALL. */
bool connections_hold_answer(struct connections *connections, struct connection *connection, size_t bytes);

/* Lowers the number of bytes that the connection holds to `bytes`. */
void connections_hold_only(struct connections *connections, struct connection *connection, size_t bytes);

/* Shuts down connections that have exceeded the time limit of their phase. */
void connections_enforce(struct connections *connections, int64_t now_ns);

/* Moves each connection in PHASE_WAITING to PHASE_BODY and calls `visit` for it, with the table locked. Returns their
 * number. */
size_t connections_wake_waiting(struct connections *connections, void (*visit)(struct connection *connection));

struct connections_sum {
    unsigned open;
    size_t bytes;
    uint64_t shut_down[LIMITS]; /* since the start */
};
struct connections_sum connections_sum(struct connections *connections);
