/* The HTTPS daemon: start, periodic work and end. exchange.c handles the requests.
 *
 * Does not depend on pods or policies. libmicrohttpd neither accepts connections (see acceptor.h) nor limits them: when
 * a connection is handed to it beyond its own limit, new_connection_process_() returns with a mutex locked (0.9.75 to
 * 0.9.77, daemon.c; fixed in 1.0.0), and nothing works any more. So open connections are counted where they are
 * accepted, and the library's limit is set too high to be reached. */
#include "base/units.h"
#include "serve/acceptor.h"
#include "serve/http.h"
#include "serve/keeper.h"
#include "serve/server_state.h"

#include "base/clock.h"
#include "base/log.h"

#include <gnutls/abstract.h>
#include <malloc.h>
#include <unistd.h>

enum {
    DEFAULT_CONNECTIONS = 4096,
    DEFAULT_IDLE_S = 120,
    DEFAULT_ARRIVAL_MS = 30000,
    DEFAULT_BODY_MAX = 20 * MIB,
    HEADERS_MS = 10000, /* for the headers of a request, and for a handshake */
    SENDING_MS = 30000, /* for the client to read an answer */
    BACKLOG = 4096,
    CONNECTION_MEMORY = 32 * KIB, /* for all headers of a request; bodies arrive in pieces of half this size */
    THREADS_MIN = 2,              /* libmicrohttpd creates no pool of one thread */
    BUSY_MS = 20,                 /* between checks while something waits */
    LOOK_MS = 200,                /* between checks of time limits */
    LANE_STUCK_MS = 10000,        /* a thread that takes longer for one review counts as stuck (server_works()) */
    TRIM_BYTES = 8 * MIB,         /* after holding this much at once, memory is given back */
    TRIM_QUIET_MS = 3000,
};

/* libmicrohttpd requires credentials of its own at the start. Every session is given the current credentials (a
 * generation, see tls.h) when its connection begins. If that fails, this function refuses the handshake, so that no
 * client escapes the check of its certificate. */
static int no_certificate(gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **certs,
                          unsigned *count, gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count, gnutls_privkey_t *key,
                          unsigned *flags)
{
    (void)session;
    (void)info;
    (void)certs;
    (void)count;
    (void)ocsp;
    (void)ocsp_count;
    (void)key;
    (void)flags;
    return -1;
}

static void take_options(struct server *server, const struct server_options *given)
{
    struct server_options *options = &server->options;
    *options = *given;

    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (options->threads == 0)
        options->threads = cpus > 0 ? (unsigned)cpus : THREADS_MIN;
    if (options->threads < THREADS_MIN)
        options->threads = THREADS_MIN;

    if (options->connection_limit == 0)
        options->connection_limit = DEFAULT_CONNECTIONS;
    if (options->connection_limit < options->threads)
        options->connection_limit = options->threads;
    unsigned most = connections_affordable(options->connection_limit, DESCRIPTORS_OF_REVIEWS);
    if (most < options->connection_limit)
        LOG(LOG_INFO, "the limit of file descriptors allows fewer connections than the connection limit",
            LOG_INT("connections", most));
    options->connection_limit = most;

    if (options->idle_timeout_s == 0)
        options->idle_timeout_s = DEFAULT_IDLE_S;
    if (options->arrival_timeout_ms == 0)
        options->arrival_timeout_ms = DEFAULT_ARRIVAL_MS;
    if (options->bytes_max == 0)
        options->bytes_max = SERVER_BYTES_MAX;

    server->rules = (struct request_rules){
        .paths = options->paths,
        .body_max = options->body_max ? options->body_max : DEFAULT_BODY_MAX,
    };
}

static void init_connections(struct server *server)
{
    const struct server_options *options = &server->options;
    const int64_t arrival_ns = options->arrival_timeout_ms * NS_PER_MS;
    const int64_t headers_ns = clock_earlier(arrival_ns, HEADERS_MS * NS_PER_MS);

    const struct connection_limits limits = {
        .open = options->connection_limit,
        .bytes = options->bytes_max,
        .phases = {[PHASE_ACCEPTED] = {LIMIT_FROM_ACCEPT, headers_ns},
                   [PHASE_HANDSHAKE] = {LIMIT_FROM_ACCEPT, headers_ns},
                   [PHASE_HEADERS] = {LIMIT_FROM_REQUEST, headers_ns},
                   [PHASE_BODY] = {LIMIT_FROM_REQUEST, arrival_ns},
                   [PHASE_SENDING] = {LIMIT_FROM_PHASE, SENDING_MS * NS_PER_MS}},
    };

    connections_init(&server->connections, &limits);
}

static int start_daemon(struct server *server, struct err *err)
{
    const struct server_options *options = &server->options;
    struct MHD_OptionItem numbers[] = {
        {MHD_OPTION_THREAD_POOL_SIZE, options->threads, NULL},
        /* The limit is divided by the number of threads, but any of them may get all connections. */
        {MHD_OPTION_CONNECTION_LIMIT,
         2 * (options->connection_limit + connections_slack(options->connection_limit)) * options->threads, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_s, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL}, /* its documentation recommends 0 for browsers; our client is Go */
        {MHD_OPTION_END, 0, NULL},
    };

    /* The logger comes first, so that errors in later options go to it. */
    server->daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_ALLOW_SUSPEND_RESUME |
                                          MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG,
                                      0, NULL, NULL, exchange_continues, server, MHD_OPTION_EXTERNAL_LOGGER, http_log,
                                      NULL, MHD_OPTION_ARRAY, numbers, MHD_OPTION_HTTPS_PRIORITIES, TLS_PRIORITIES,
                                      MHD_OPTION_HTTPS_CERT_CALLBACK2, no_certificate, MHD_OPTION_NOTIFY_CONNECTION,
                                      exchange_connection, server, MHD_OPTION_URI_LOG_CALLBACK, exchange_begins, server,
                                      MHD_OPTION_NOTIFY_COMPLETED, exchange_ends, server, MHD_OPTION_END);

    if (!server->daemon)
        return err_set(err, ERR_INTERNAL, "%s: libmicrohttpd cannot start (threads or memory?)", options->listen);
    return 0;
}

/* Gives malloc's free memory back to the system after a flood. */
static void give_memory_back(struct server *server, size_t held, int64_t now_ns)
{
    if (held >= TRIM_BYTES)
        server->flooded_ns = now_ns;
    if (!server->flooded_ns || now_ns - server->flooded_ns < TRIM_QUIET_MS * NS_PER_MS)
        return;
    server->flooded_ns = 0;
    (void)malloc_trim(0);
}

static int server_housekeeping(void *context, int64_t now_ns)
{
    struct server *server = context;
    connections_enforce(&server->connections, now_ns);
    size_t waiting = exchange_wake_waiting(server);
    waiting += lane_expire(server->lane, now_ns);
    pulse_ask(server->pulse, server->daemon, now_ns);
    struct connections_sum sum = connections_sum(&server->connections);
    give_memory_back(server, sum.bytes + sum.open * CONNECTION_MEMORY, now_ns);
    return waiting > 0 ? BUSY_MS : LOOK_MS;
}

static int start_threads(struct server *server, struct err *err)
{
    if (pulse_new(server->options.threads, clock_monotonic_ns(), &server->pulse, err) < 0 ||
        lane_start(&server->lane, err) < 0 || start_daemon(server, err) < 0)
        return -1;
    if (keeper_start("the keeper thread", -1, server_housekeeping, server, &server->keeper, err) < 0 ||
        acceptor_start(server->options.listen, BACKLOG, &server->connections, server->daemon, &server->acceptor, err) <
            0)
        return -1;
    server->port = acceptor_port(server->acceptor);
    return 0;
}

int server_start(const struct server_options *options, struct server **ret_server, struct err *err)
{
    struct server *made = calloc(1, sizeof(*made));
    if (!made)
        return err_nomem(err);

    take_options(made, options);
    init_connections(made);

    AUTO(server) server = made;
    if (start_threads(server, err) < 0)
        return -1;
    *ret_server = TAKE(server);
    return 0;
}

unsigned server_port(const struct server *server)
{
    return server->port;
}

struct server_counts server_counts(struct server *server)
{
    const struct connections_sum sum = connections_sum(&server->connections);
    return (struct server_counts){
        .connections = atomic_load(&server->counts.connections),
        .unused_connections = atomic_load(&server->counts.unused_connections),
        .requests = atomic_load(&server->counts.requests),
        .open_connections = atomic_load(&server->counts.open_connections),
        .requests_in_flight = atomic_load(&server->counts.requests_in_flight),
        .bytes_held = sum.bytes,
        .shut_by_connections = sum.shut_down[LIMIT_CONNECTIONS],
        .shut_by_bytes = sum.shut_down[LIMIT_BYTES],
        .shut_by_time = sum.shut_down[LIMIT_TIME],
    };
}

bool server_works(struct server *server, struct buf *ret_note)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t busy_ns = lane_busy_ns(server->lane, now_ns);
    if (busy_ns > LANE_STUCK_MS * NS_PER_MS) {
        buf_addf(ret_note, "the thread of large reviews has not answered for %lld s", (long long)(busy_ns / NS_PER_S));
        return false;
    }
    return pulse_check(server->pulse, now_ns, ret_note);
}

void server_stop(struct server *server)
{
    acceptor_free(TAKE(server->acceptor));
    keeper_free(TAKE(server->keeper));

    /* No connection may be suspended when libmicrohttpd stops, because it would panic. */
    atomic_store(&server->stopping, true);
    if (server->lane)
        lane_end(server->lane);
    (void)exchange_wake_waiting(server);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
}

void server_free(struct server *server)
{
    if (!server)
        return;
    server_stop(server);
    lane_free(server->lane);
    pulse_free(server->pulse);
    connections_fini(&server->connections);
    free(server);
}
