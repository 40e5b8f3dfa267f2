/* The HTTPS daemon: libmicrohttpd's callbacks around struct request and the answer function.
 *
 * Knows nothing of pods or policies. Library facts that shape it (libmicrohttpd 0.9.75 and 1.0.1): it does not accept
 * itself, see acceptor.h; answers only in the last handler call, because an earlier one closes the connection. */
#include "serve/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/acceptor.h"
#include "serve/http.h"
#include "serve/listen.h"
#include "serve/request.h"
#include "serve/tally.h"

#include <gnutls/abstract.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    DEFAULT_CONNECTIONS = 4096,
    DEFAULT_IDLE_S = 120,
    DEFAULT_ARRIVAL_MS = 30000,
    DEFAULT_BODY_MAX = 7 << 20,
    BACKLOG = 1024,
    ANSWER_USUAL = 4096,          /* bytes; a longer one grows */
    CONNECTION_MEMORY = 32 << 10, /* the largest header, and half of it the piece in which bodies come */
    THREADS_MIN = 2,              /* libmicrohttpd makes no pool of one */
    MS_NS = 1000000,
    MS_PER_S = 1000,
};

struct server {
    struct server_options options;
    struct request_rules rules;
    struct MHD_Daemon *daemon; /* NULL once stopped */
    struct acceptor *acceptor; /* NULL once it accepts no more */
    int listen_fd;             /* -1: none */
    unsigned port;
    atomic_bool closing; /* every answer ends its connection */
    struct tally tally;
};

/* libmicrohttpd's socket context. */
struct connection {
    struct tls_generation *generation; /* NULL: no credentials; its handshake fails */
    bool had_request;
};

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* Before the first byte of TLS. There is no way to refuse here; without a generation the handshake fails by itself,
 * see no_certificate(). */
static void connection_begins(struct server *server, struct MHD_Connection *mhd, void **context)
{
    tally_connection_begins(&server->tally);
    struct connection *connection = calloc(1, sizeof(*connection));
    *context = connection;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (connection && info && info->tls_session)
        connection->generation = tls_attach(server->options.tls, info->tls_session);
}

static void connection_ends(struct server *server, void **context)
{
    struct connection *connection = *context;
    bool had_request = connection && connection->had_request;
    if (!had_request)
        LOG(LOG_DEBUG, "connection ended without a request", LOG_END);
    if (connection)
        tls_generation_unref(connection->generation);
    free(connection);
    *context = NULL;
    tally_connection_ends(&server->tally, had_request);
}

static void on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_begins(context, mhd, socket_context);
    else
        connection_ends(context, socket_context);
}

/* libmicrohttpd wants credentials of its own at the start. Every session gets its generation's instead; should that
 * ever fail, this refuses the handshake, so that no client gets in unchecked. */
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

/* The request line is there: from now on the request counts as in flight, and the connection is dropped if nothing
 * comes for the time that a whole request may take. */
static void *request_begins(void *context, const char *uri, struct MHD_Connection *mhd)
{
    (void)uri;
    struct server *server = context;
    struct connection *connection = connection_of(mhd);
    struct request *request = request_new(&server->rules, clock_monotonic_ns());
    if (!connection || !request) {
        request_free(request);
        return NULL;
    }
    tally_request_begins(&server->tally);
    connection->had_request = true;
    unsigned silence_s = (server->options.arrival_timeout_ms + MS_PER_S - 1) / MS_PER_S;
    (void)MHD_set_connection_option(mhd, MHD_CONNECTION_OPTION_TIMEOUT, silence_s);
    return request;
}

static void request_ends(void *context, struct MHD_Connection *mhd, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    (void)mhd;
    struct server *server = context;
    struct request *request = *request_context;
    *request_context = NULL;
    if (!request)
        return;
    struct server_outcome outcome = {
        .path = request->path,
        .status = code == MHD_REQUEST_TERMINATED_COMPLETED_OK ? request->status : 0,
        .duration_ns = clock_monotonic_ns() - request->started_ns,
        .body_length = request->received,
    };
    if (server->options.observe)
        server->options.observe(server->options.context, &outcome);
    request_free(request);
    tally_request_ends(&server->tally);
}

static enum MHD_Result send_refusal(struct server *server, struct MHD_Connection *mhd, const struct request *request)
{
    LOG(LOG_DEBUG, "request refused", LOG_INT("status", request->status), LOG_STR("text", request->text));
    AUTO(buf) line;
    buf_init(&line, ERR_TEXT_SIZE);
    buf_addf(&line, "%s\n", request->text);
    struct http_answer answer = {
        .status = request->status,
        .type = HTTP_TEXT,
        .body = &line,
        .allow = request->status == MHD_HTTP_METHOD_NOT_ALLOWED ? "POST" : NULL,
        .close = request->close || atomic_load(&server->closing),
    };
    return http_send(mhd, &answer);
}

static enum MHD_Result send_answer(struct server *server, struct MHD_Connection *mhd, struct request *request)
{
    struct server_request view = {request->path, request->started_ns, request->deadline_ns, buf_text(&request->body),
                                  request->body.length};
    AUTO(buf) body;
    buf_init(&body, SERVER_ANSWER_MAX);
    buf_reserve(&body, ANSWER_USUAL);
    struct err err = {0};
    int result = server->options.answer(server->options.context, &view, &body, &err);
    if (result == 0)
        result = buf_check(&body, &err);
    if (result < 0 && err.code == ERR_NONE)
        (void)err_set(&err, ERR_INTERNAL, "no answer, and no reason given");
    if (result < 0) {
        request_refuse(request, err_http_status(err.code), "%s", err.text);
        return send_refusal(server, mhd, request);
    }
    request->status = MHD_HTTP_OK;
    struct http_answer answer = {
        .status = MHD_HTTP_OK, .type = HTTP_JSON, .body = &body, .close = atomic_load(&server->closing)};
    return http_send(mhd, &answer);
}

/* The whole request is there. */
static enum MHD_Result finish(struct server *server, struct MHD_Connection *mhd, struct request *request)
{
    (void)MHD_set_connection_option(mhd, MHD_CONNECTION_OPTION_TIMEOUT, server->options.idle_timeout_s);
    if (request->status == 0 && request->deadline_ns && clock_monotonic_ns() > request->deadline_ns)
        request_refuse(request, MHD_HTTP_GATEWAY_TIMEOUT, "the request was complete only after its own timeout");
    return request->status ? send_refusal(server, mhd, request) : send_answer(server, mhd, request);
}

/* Called with the headers, then with each part of the body, then with none: only then may it be answered. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
                                  const char *version, const char *data, size_t *length, void **request_context)
{
    (void)version;
    struct server *server = context;
    struct request *request = *request_context;
    if (!request)
        return MHD_NO; /* out of memory at the request line */
    if (!request->checked) {
        request_check(request, mhd, url, method);
        return request_is_late(request, clock_monotonic_ns()) ? MHD_NO : MHD_YES;
    }
    if (*length == 0)
        return finish(server, mhd, request);
    bool go_on = request_add(request, data, *length, clock_monotonic_ns());
    *length = 0;
    return go_on ? MHD_YES : MHD_NO;
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
    if (options->idle_timeout_s == 0)
        options->idle_timeout_s = DEFAULT_IDLE_S;
    if (options->arrival_timeout_ms == 0)
        options->arrival_timeout_ms = DEFAULT_ARRIVAL_MS;
    server->rules = (struct request_rules){
        .paths = options->paths,
        .body_max = options->body_max ? options->body_max : DEFAULT_BODY_MAX,
        .arrival_ns = (int64_t)options->arrival_timeout_ms * MS_NS,
    };
}

static int start_daemon(struct server *server, struct err *err)
{
    const struct server_options *options = &server->options;
    struct MHD_OptionItem numbers[] = {
        {MHD_OPTION_THREAD_POOL_SIZE, options->threads, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, options->connection_limit, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_s, NULL}, /* bounds the handshake too */
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL}, /* its documentation says 0 for browsers; our client is Go's */
        {MHD_OPTION_END, 0, NULL},
    };
    /* The logger comes first: what is wrong with later options goes to it. */
    server->daemon = MHD_start_daemon(
        MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_TLS | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG, 0,
        NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, http_log, NULL, MHD_OPTION_ARRAY, numbers,
        MHD_OPTION_HTTPS_PRIORITIES, TLS_PRIORITIES, MHD_OPTION_HTTPS_CERT_CALLBACK2, no_certificate,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_URI_LOG_CALLBACK, request_begins, server,
        MHD_OPTION_NOTIFY_COMPLETED, request_ends, server, MHD_OPTION_END);
    if (!server->daemon)
        return err_set(err, ERR_INTERNAL, "%s: libmicrohttpd cannot start (threads or memory?)", options->listen);
    return 0;
}

/* Dealt out over the pool by the number of the descriptor. On failure libmicrohttpd has closed it: the limit is
 * reached. */
static void take_connection(void *context, int fd, const struct sockaddr *address, socklen_t length)
{
    const struct server *server = context;
    if (MHD_add_connection(server->daemon, fd, address, length) != MHD_YES)
        LOG(LOG_DEBUG, "connection refused", LOG_INT("limit", server->options.connection_limit));
}

int server_start(const struct server_options *options, struct server **ret_server, struct err *err)
{
    struct server *made = calloc(1, sizeof(*made));
    if (!made)
        return err_nomem(err);
    if (tally_init(&made->tally, err) < 0) {
        free(made);
        return -1;
    }
    made->listen_fd = -1;
    AUTO(server) server = made;
    take_options(server, options);
    if (listen_open(options->listen, BACKLOG, &server->listen_fd, err) < 0)
        return -1;
    server->port = listen_port(server->listen_fd);
    if (start_daemon(server, err) < 0 ||
        acceptor_start(server->listen_fd, take_connection, server, &server->acceptor, err) < 0)
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
    return tally_counts(&server->tally);
}

void server_close_after_answers(struct server *server)
{
    atomic_store(&server->closing, true);
}

void server_stop_accepting(struct server *server)
{
    acceptor_free(TAKE(server->acceptor));
    if (server->listen_fd >= 0)
        (void)close(server->listen_fd);
    server->listen_fd = -1;
}

unsigned server_wait_quiet(struct server *server, int64_t deadline_ns)
{
    return tally_wait_quiet(&server->tally, deadline_ns);
}

void server_stop(struct server *server)
{
    server_stop_accepting(server);
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    server->daemon = NULL;
}

void server_free(struct server *server)
{
    if (!server)
        return;
    server_stop(server);
    tally_fini(&server->tally);
    free(server);
}
