/* The connections of a listener, their phases, and which of them is closed when a limit is reached. Private to serve/.
 *
 * Anybody in the cluster can connect, and the client that matters, the API server, is just one of them. So every
 * resource has a total limit, and when it is reached, the connection that has made no progress for the longest time
 * pays, never the new one:
 *
 *   open connections   the oldest that has not completed a request (a stranger); if these are few, so that they may
 *                      well be newcomers, the longest idle of the others
 *   bytes held         the incomplete body, or unread answer, without progress for the longest time; an eighth is
 *                      reserved for bodies up to CONNECTIONS_SMALL
 *   time               each phase has a total limit, no matter how often a byte arrives
 *
 * "Pays" means that the socket is shut down: its thread sees the end of the stream and releases it. A connection stays
 * in the table until connections_remove(), which is called before its descriptor is closed, so a shutdown can never hit
 * a descriptor that already has another owner. Thread-safe. Knows sockets; nothing of TLS or HTTP. */
#ifndef GPUSLICE_SERVE_CONNECTIONS_H
#define GPUSLICE_SERVE_CONNECTIONS_H

#include "base/err.h"
#include "base/units.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

enum phase {
    PHASE_ACCEPTED,  /* no thread has taken it over yet */
    PHASE_HANDSHAKE, /* TLS; a plain listener has none */
    PHASE_IDLE,      /* no byte of a request has arrived since the last request */
    PHASE_HEADERS,   /* a request has begun */
    PHASE_BODY,      /* the headers are complete, the body is not */
    PHASE_WAITING,   /* the body waits for room; the connection is suspended, so it is never shut down */
    PHASE_DECIDING,  /* the request is complete but not answered yet; likewise */
    PHASE_SENDING,   /* its answer is on its way */
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
    CONNECTIONS_STILL_MS = 200,   /* without progress for this long, it counts as stalled */
};

/* Why a connection was shut down. */
enum connection_limit { LIMIT_CONNECTIONS, LIMIT_BYTES, LIMIT_TIME, LIMITS };

struct connection_limits {
    unsigned open;
    size_t bytes; /* 0: nothing is counted */
    struct phase_limit phases[PHASES];
};

struct connection {
    TAILQ_ENTRY(connection) in_phase;
    TAILQ_ENTRY(connection) among_strangers;
    int fd;
    uint64_t cookie;     /* SO_COOKIE: distinguishes its socket from a later one with the same number */
    enum phase phase;    /* written by its own thread, and once by the thread that shuts it down: PHASE_CLOSING */
    bool known;          /* it has completed a request, so it is not a stranger */
    int64_t accepted_ns; /* CLOCK_MONOTONIC, as all of these */
    int64_t request_ns;  /* when the first byte of the request arrived */
    int64_t since_ns;    /* start of this phase, or the last progress of a body */
    size_t bytes;        /* held: of its body, then of its answer */
    size_t unfreed;      /* held when it was shut down */
    void *owned;         /* for its own thread */
};

TAILQ_HEAD(connection_list, connection);

struct connections {
    struct connection_limits limits;
    pthread_mutex_t mutex; /* guards what follows, and the members of each connection except `owned` */
    struct connection_list phases[PHASES];
    struct connection_list strangers; /* oldest first */
    struct connection **by_fd;
    size_t by_fd_size;
    unsigned open; /* closing ones included */
    unsigned closing;
    unsigned stranger_count;
    size_t bytes;
    size_t unfreed; /* counted as released when the connection was shut down, but not freed yet */
    uint64_t shut_down[LIMITS];
};

void connections_init(struct connections *connections, const struct connection_limits *limits);
/* Call it when no thread uses them any more. Connections that no thread took over may remain. */
void connections_fini(struct connections *connections);

/* Returns how many closing connections may exist beyond `open` before accepting pauses. */
static inline unsigned connections_slack(unsigned open)
{
    return open / 16 + 8;
}

/* False while so many are closing that a new one must wait. */
bool connections_have_room(struct connections *connections);

/* Shuts down a connection to make room for a new one; false if none can be shut down. */
bool connections_evict(struct connections *connections);

/* Counts an accepted descriptor, and evicts another one if there are too many. Errors: ERR_NOMEM. */
MUST_CHECK int connections_add(struct connections *connections, int fd, int64_t now_ns, struct err *err);

/* Called by the thread that takes it over: PHASE_HANDSHAKE. NULL: it is not, or no longer, in the table; shut it
 * down. */
struct connection *connections_take_up(struct connections *connections, int fd, int64_t now_ns);

/* Call it before the descriptor is closed. Frees the connection. */
void connections_remove(struct connections *connections, struct connection *connection);
/* The same for one that no thread took over. */
void connections_drop(struct connections *connections, int fd);

/* False, without effect, if it was shut down in the meantime. */
bool connections_enter(struct connections *connections, struct connection *connection, enum phase phase,
                       int64_t now_ns);

/* Notes that it has completed a request. */
void connections_know(struct connections *connections, struct connection *connection);

enum room { ROOM_THERE, ROOM_NONE, ROOM_CLOSED };

/* Counts that many more bytes of a body; the connection without progress for the longest time pays for them. Small
 * bodies do not pay for a large one, and for a `patient` one only connections without progress for CONNECTIONS_STILL_MS
 * pay, so that many active ones take turns instead of killing each other. ROOM_NONE: nobody can pay at the moment;
 * wait. ROOM_CLOSED: it was shut down in the meantime. */
enum room connections_hold(struct connections *connections, struct connection *connection, size_t more, bool patient,
                           int64_t now_ns);

/* From now on it holds an answer of that many bytes instead of its body. False, without effect, if there is no room
 * even after stalled connections have paid. A short answer is always accepted. */
bool connections_hold_answer(struct connections *connections, struct connection *connection, size_t bytes);

/* From now on it holds that many bytes, which must not be more than before. */
void connections_hold_only(struct connections *connections, struct connection *connection, size_t bytes);

/* Shuts down connections that have exceeded their time. */
void connections_enforce(struct connections *connections, int64_t now_ns);

/* Puts each connection in PHASE_WAITING into PHASE_BODY and calls `visit` for it. Returns how many. */
size_t connections_wake_waiting(struct connections *connections, void (*visit)(struct connection *connection));

struct connections_sum {
    unsigned open;
    unsigned waiting;
    size_t bytes;
    uint64_t shut_down[LIMITS]; /* since the start */
};
struct connections_sum connections_sum(struct connections *connections);

#endif
