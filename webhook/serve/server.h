/* An HTTPS server for POSTed JSON. One function turns the bytes of a request into those of its answer; the server does
 * not depend on pods or policies.
 *
 *   static int answer(void *context, const struct server_request *request, struct buf *ret_answer, struct err *err)
 *   {
 *       return engine_answer(context, &routes[request->path], &request->post, ret_answer, &facts, err);
 *   }
 *
 *   static const char *const paths[] = {"/mutate", "/advise", NULL};
 *   struct tls_material material = {.cert_pem = pair.cert, .key_pem = pair.key};
 *   AUTO(tls) tls = NULL;                       declared before the server, so that it is freed after the server
 *   AUTO(server) server = NULL;
 *   if (tls_new(&material, &tls, err) < 0)
 *       return -1;
 *   struct server_options options = {
 *       .listen = ":8443", .paths = paths, .answer = answer, .context = engine, .tls = tls};
 *   if (server_start(&options, &server, err) < 0)
 *       return -1;
 *   ... a new certificate: tls_swap(tls, &material, err); SIGTERM: drain(server, health, &drain_options, err) ...
 *
 * Before starting: block SIGTERM and SIGINT (its threads inherit the mask), ignore SIGPIPE, and raise RLIMIT_NOFILE's
 * soft limit, of which connections may use 11/16 (serve/connections.h). Refusals (404, 405, 413, ...) and failed
 * handshakes are logged at debug; `answer` must log its own results and errors. Bodies are never logged.
 *
 * What clients can use has total limits: connections (serve/connections.h says which one pays), bytes of bodies and of
 * unread answers (SERVER_BYTES_MAX), and time. Bodies over SERVER_LARGE are answered one at a time, in a thread of
 * their own. If the turn of a body does not come within two seconds, or only shortly before its deadline, it is
 * answered with post.crowded set. */
#pragma once

#include "base/buf.h"
#include "base/post.h"
#include "base/units.h"
#include "serve/tls.h"

struct server;

struct server_request {
    size_t path;        /* index in server_options.paths */
    int64_t started_ns; /* CLOCK_MONOTONIC when the request line arrived */
    struct post post;   /* a NUL that is not counted follows the body; the deadline comes from ?timeout=5s */
};

/* On 0 `ret_answer` is sent as 200 application/json; on -1 err->text is sent as one line of text/plain with
 * err_http_status(err->code). Called by several threads at once. Other connections of the thread wait in the meantime,
 * so the function should not block; if it must (for a namespace that is not known yet), it needs a short time limit.
 * The maximum of ret_answer is SERVER_ANSWER_MAX. */
typedef int server_answer_fn(void *context, const struct server_request *request, struct buf *ret_answer,
                             struct err *err);

enum {
    SERVER_ANSWER_MAX = 32 * MIB,
    SERVER_BYTES_MAX = 128 * MIB, /* of all received bodies and all unread answers */
    SERVER_LARGE = MIB,           /* bytes of a body; larger ones are answered one at a time */
};

struct server_outcome {
    const char *path; /* one of server_options.paths; NULL for any other */
    unsigned status;  /* 0: the connection ended before an answer was complete */
    int64_t duration_ns;
    size_t body_length; /* bytes received */
};

/* For metrics: called once at the end of every request, answered or not, by several threads at once. */
typedef void server_observe_fn(void *context, const struct server_outcome *outcome);

struct server_options {
    const char *listen;       /* HOST:PORT; see serve/listen.h */
    const char *const *paths; /* NULL-terminated; must outlive the server, like tls and context */
    server_answer_fn *answer;
    server_observe_fn *observe; /* may be NULL */
    void *context;              /* for both */
    struct tls *tls;
    /* 0 means the default. */
    unsigned threads;          /* number of CPUs, at least 2 */
    unsigned connection_limit; /* 4096; fewer if RLIMIT_NOFILE does not allow that many */
    unsigned idle_timeout_s;   /* 120: above Go's 90, so that the API server is the one that closes idle connections */
    /* 30000 for headers and body together; a handshake, and the headers alone, get at most 10000. */
    unsigned arrival_timeout_ms;
    size_t bytes_max; /* SERVER_BYTES_MAX */
    size_t body_max;  /* 20 MiB: an object of 3 MiB can be six times as long in a review ("<" is \u003c) */
};

/* Errors: ERR_INVALID (address), ERR_IO (in use ...), ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int server_start(const struct server_options *options, struct server **ret_server, struct err *err);

/* Stops immediately; call drain() first to lose no request. */
void server_free(struct server *server);

/* Returns the port that it listens on. */
unsigned server_port(const struct server *server);

struct server_counts {
    uint64_t connections;        /* since the start */
    uint64_t unused_connections; /* ended without a request: failed handshakes, port checks */
    uint64_t requests;           /* since the start */
    unsigned open_connections;
    unsigned requests_in_flight;
    size_t bytes_held; /* of received bodies and of unread answers */
    /* Connections shut down since the start because there were too many, they held too many bytes, or they took too
     * long. */
    uint64_t shut_by_connections, shut_by_bytes, shut_by_time;
};

struct server_counts server_counts(struct server *server);

/* Returns false, with a note that says why, if for ten seconds
 *  - a thread of the pool has neither answered a check (one is sent every three seconds) nor handled a request,
 *  - no check was sent, or
 *  - the thread of large reviews has worked on the same review. */
bool server_works(struct server *server, struct buf *ret_note);

/* Closes all connections and ends all threads. */
void server_stop(struct server *server);

DEFINE_AUTO(server, struct server *, server_free);
