/* An HTTPS server for POSTed JSON. Bytes in, bytes out, through one function; knows nothing of pods or policies.
 *
 *   static int answer(void *context, const struct server_request *request, struct buf *ret_answer, struct err *err)
 *   {
 *       return engine_answer(context, &routes[request->path], &request->post, ret_answer, &facts, err);
 *   }
 *
 *   static const char *const paths[] = {"/mutate", "/advise", NULL};
 *   struct tls_material material = {.cert_pem = pair.cert, .key_pem = pair.key};
 *   AUTO(tls) tls = NULL;                       declared before the server: it must be freed after it
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
 * soft limit above connection_limit (serve/descriptors.h). Refusals (404, 405, 413, ...) and failed handshakes are
 * logged at debug; what `answer` returns is for `answer` to log. Bodies are never logged.
 *
 * What clients can take of it is limited in sum: connections (serve/connections.h says who pays), bytes of bodies and
 * of answers that nobody reads (SERVER_BYTES_MAX), time. Bodies over SERVER_LARGE are answered one at a time, in a
 * thread of their own; one whose turn does not come within two seconds is answered as `crowded`. */
#ifndef GPUSLICE_SERVE_SERVER_H
#define GPUSLICE_SERVE_SERVER_H

#include "base/buf.h"
#include "base/post.h"
#include "base/units.h"
#include "serve/tls.h"

struct server;

struct server_request {
    size_t path;        /* index in server_options.paths */
    int64_t started_ns; /* CLOCK_MONOTONIC when the request line came */
    struct post post;   /* its body is followed by a NUL that is not counted; the deadline is that of ?timeout=5s */
};

/* 0: `ret_answer` is sent as 200 application/json. -1: err->text is sent as one line of text/plain with
 * err_http_status(err->code). Called by several threads at once; a connection's neighbours wait meanwhile, so it should
 * wait for nothing itself, and if it must (a namespace that is not known yet), within a short bound of its own.
 * ret_answer's maximum is SERVER_ANSWER_MAX. */
typedef int server_answer_fn(void *context, const struct server_request *request, struct buf *ret_answer,
                             struct err *err);

enum {
    SERVER_ANSWER_MAX = 32 * MIB,
    SERVER_BYTES_MAX = 128 * MIB, /* of all bodies that have arrived, and all answers that have not been read */
    SERVER_LARGE = MIB,           /* bytes of a body; larger ones have a lane of their own */
};

struct server_outcome {
    const char *path; /* one of server_options.paths; NULL for any other */
    unsigned status;  /* 0: the connection ended before an answer was complete */
    int64_t duration_ns;
    size_t body_length; /* bytes received */
};

/* Called once for every request, by several threads at once, when its answer is on its way. For metrics. */
typedef void server_observe_fn(void *context, const struct server_outcome *outcome);

struct server_options {
    const char *listen;       /* HOST:PORT; see serve/listen.h */
    const char *const *paths; /* NULL-terminated; must outlive the server, as tls and context */
    server_answer_fn *answer;
    server_observe_fn *observe; /* may be NULL */
    void *context;              /* for both */
    struct tls *tls;
    /* 0 takes the default. */
    unsigned threads;            /* number of CPUs, at least 2 */
    unsigned connection_limit;   /* 4096; fewer where RLIMIT_NOFILE does not allow for as many */
    unsigned idle_timeout_s;     /* 120: above Go's 90, so that the API server closes idle connections, never we */
    unsigned arrival_timeout_ms; /* 30000 for headers and body together, of which headers and handshakes get 10000 */
    size_t bytes_max;            /* SERVER_BYTES_MAX */
    size_t body_max;             /* 20 MiB: a request of 3 MiB can be six times as long in a review ("<" is \u003c) */
};

/* Errors: ERR_INVALID (address), ERR_IO (in use ...), ERR_NOMEM, ERR_INTERNAL. */
MUST_CHECK int server_start(const struct server_options *options, struct server **ret_server, struct err *err);

/* Stops at once, whatever is under way; drain() first to lose nothing. */
void server_free(struct server *server);

/* The port that it listens on. */
unsigned server_port(const struct server *server);

struct server_counts {
    uint64_t connections;        /* since the start */
    uint64_t unused_connections; /* ended without a request: failed handshakes, port checks */
    uint64_t requests;           /* since the start */
    unsigned open_connections;
    unsigned requests_in_flight;
    size_t bytes_held; /* of bodies that have arrived, and of answers that nobody has read */
    /* Shut down since the start, because there were too many, they held too much, or took too long. */
    uint64_t shut_by_connections, shut_by_bytes, shut_by_time;
};

struct server_counts server_counts(struct server *server);

/* False if one of its threads does not answer any more: it was asked more than ten seconds ago (and is asked each three
 * seconds), or has worked on one review for as long. The note says which. */
bool server_works(struct server *server, struct buf *ret_note);

/* The steps of drain(), in this order. From the first on, every answer carries "Connection: close". */
void server_close_after_answers(struct server *server);
/* No new connections: clients get "connection refused". */
void server_stop_accepting(struct server *server);
/* Waits until no connection is open, or nothing is in flight and no request came for five seconds; until `deadline_ns`
 * of CLOCK_MONOTONIC at the latest. Returns the requests in flight. */
unsigned server_wait_quiet(struct server *server, int64_t deadline_ns);
/* Closes all connections and ends all threads. */
void server_stop(struct server *server);

DEFINE_AUTO(server, struct server *, server_free);

#endif
