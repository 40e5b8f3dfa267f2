/* The connections that a listener holds, what each is about, and who pays when a limit is reached. Private to serve/.
 *
 * Anybody in the cluster can connect, and the client that matters, the API server, is one of them. So every resource
 * has a limit in sum, and reaching it costs the connection that has made no progress for longest, never the one that
 * comes:
 *
 *   open connections   the oldest that has not completed a request (a stranger); where these are few, so that they may
 *                      well be newcomers, the one of the others that is idle for longest
 *   bytes held         the incomplete body, or the answer that nobody reads, that stood still for longest; an eighth is
 *                      kept for bodies up to CONNECTIONS_SMALL
 *   time               each phase has a limit in total, however often a byte comes
 *
 * "Pays" means that the socket is shut down: the thread that it belongs to sees its end and gives it back. A connection
 * stays in the table until connections_remove(), which comes before its descriptor is closed, so that no shutdown ever
 * hits a descriptor that has another owner by now. Thread-safe. Knows sockets; nothing of TLS or HTTP. */
#ifndef GPUSLICE_SERVE_CONNECTIONS_H
#define GPUSLICE_SERVE_CONNECTIONS_H

#include "base/err.h"
#include "base/units.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

enum phase {
    PHASE_ACCEPTED,  /* no thread has taken it up yet */
    PHASE_HANDSHAKE, /* TLS; a plain listener has none */
    PHASE_IDLE,      /* no byte of a request has come since the last one */
    PHASE_HEADERS,   /* a request has begun */
    PHASE_BODY,      /* its headers are complete, its body is not */
    PHASE_WAITING,   /* its body waits for room; suspended, so it is never shut down */
    PHASE_DECIDING,  /* it is complete and not answered yet; likewise */
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
    CONNECTIONS_SMALL = 64 * KIB, /* bytes: a body up to this size may use what is kept back from larger ones */
    CONNECTIONS_STILL_MS = 200,   /* without progress: it stands still */
};

/* Why one was shut down. */
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
    uint64_t cookie;     /* SO_COOKIE: tells its socket from a later one of the same number */
    enum phase phase;    /* written by its own thread, and once by who shuts it down: PHASE_CLOSING */
    bool known;          /* it has completed a request, so it is no stranger */
    int64_t accepted_ns; /* CLOCK_MONOTONIC, as all of these */
    int64_t request_ns;  /* when the first byte of the request came */
    int64_t since_ns;    /* in this phase, or the last progress of a body */
    size_t bytes;        /* that it holds: of its body, then of its answer */
    size_t unfreed;      /* that it held when it was shut down */
    void *owned;         /* its thread's */
};

TAILQ_HEAD(connection_list, connection);

struct connections {
    struct connection_limits limits;
    pthread_mutex_t mutex; /* guards what follows, and the members of each connection but `owned` */
    struct connection_list phases[PHASES];
    struct connection_list strangers; /* oldest first */
    struct connection **by_fd;
    size_t by_fd_size;
    unsigned open; /* closing ones included */
    unsigned closing;
    unsigned stranger_count;
    size_t bytes;
    size_t unfreed; /* that was counted as given back when its connection was shut down, and is not freed yet */
    uint64_t shut_down[LIMITS];
};

void connections_init(struct connections *connections, const struct connection_limits *limits);
/* No thread uses them any more. Those that nobody took up may be left. */
void connections_fini(struct connections *connections);

/* Closing ones that may be there beyond `open` connections before accepting pauses. */
static inline unsigned connections_slack(unsigned open)
{
    return open / 16 + 8;
}

/* False while so many are closing that another one must wait. */
bool connections_have_room(struct connections *connections);

/* Shuts one down for a newcomer; false if none can be. */
bool connections_evict(struct connections *connections);

/* A descriptor was accepted: counts it, and evicts another one if it is one too many. Errors: ERR_NOMEM. */
MUST_CHECK int connections_add(struct connections *connections, int fd, int64_t now_ns, struct err *err);

/* Its thread takes it up: PHASE_HANDSHAKE. NULL: it is not in the table (any more); shut it down. */
struct connection *connections_take_up(struct connections *connections, int fd, int64_t now_ns);

/* Before the descriptor is closed, whoever closes it. Frees the connection. */
void connections_remove(struct connections *connections, struct connection *connection);
/* The same for one that nobody took up. */
void connections_drop(struct connections *connections, int fd);

/* False, and nothing changes, if it was shut down meanwhile. */
bool connections_enter(struct connections *connections, struct connection *connection, enum phase phase,
                       int64_t now_ns);

/* It has completed a request. */
void connections_know(struct connections *connections, struct connection *connection);

enum room { ROOM_THERE, ROOM_NONE, ROOM_CLOSED };

/* Counts so many bytes more of a body. Who stood still for longest pays for them. Small bodies do not pay for a large
 * one, and for one that is `patient` only who stood still for CONNECTIONS_STILL_MS pays, so that many that all go on
 * have their turns instead of killing each other. ROOM_NONE: nobody can pay just now, and nobody did; wait.
 * ROOM_CLOSED: it was shut down meanwhile. */
enum room connections_hold(struct connections *connections, struct connection *connection, size_t more, bool patient,
                           int64_t now_ns);

/* From now on it holds an answer of so many bytes instead of its body. False, and nothing changes, if there is no room
 * for it, though who stood still for longest paid. A short answer is always taken. */
bool connections_hold_answer(struct connections *connections, struct connection *connection, size_t bytes);

/* From now on it holds so many bytes; no more than it did. */
void connections_hold_only(struct connections *connections, struct connection *connection, size_t bytes);

/* Shuts down what is over its time. */
void connections_enforce(struct connections *connections, int64_t now_ns);

/* Calls `visit` for each one in PHASE_WAITING, which is PHASE_BODY from then on. Returns how many. */
size_t connections_wake_waiting(struct connections *connections, void (*visit)(struct connection *connection));

struct connections_sum {
    unsigned open;
    unsigned waiting;
    size_t bytes;
    uint64_t shut_down[LIMITS]; /* since the start */
};
struct connections_sum connections_sum(struct connections *connections);

#endif
